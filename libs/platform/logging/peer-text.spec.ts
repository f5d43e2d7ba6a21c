import fc from 'fast-check';
import { PEER_TEXT_LENGTH, peerText } from './peer-text';

describe('what a peer said, shown to people', () => {
  it('stays as it is where it is short and printable', () => {
    for (const text of ['', 'not today', 'zu groß ☂ 😀', 'x'.repeat(PEER_TEXT_LENGTH)]) {
      expect(peerText(text)).toBe(text);
    }
  });

  it('is cut visibly to its greatest length', () => {
    const cut = peerText(`${'x'.repeat(PEER_TEXT_LENGTH)}y`);
    expect(cut).toBe(`${'x'.repeat(PEER_TEXT_LENGTH - 1)}…`);
    expect(Array.from(peerText('😀'.repeat(70_000)))).toHaveLength(PEER_TEXT_LENGTH);
  });

  it.each([
    ['a line end', 'ok\n{"level":"info"}', 'ok\ufffd{"level":"info"}'],
    ['an escape sequence', 'a\u001b[2Jb', 'a\ufffd[2Jb'],
    ['a change of the writing direction', 'a\u202eb', 'a\ufffdb'],
    ['a line separator', 'a\u2028b', 'a\ufffdb'],
    ['half a character', 'a\ud800b', 'a\ufffdb'],
  ])('shows a mark instead of %s', (_, text, shown) => {
    expect(peerText(text)).toBe(shown);
  });

  it('is never longer and never holds a control character, whatever it was', () => {
    const anyText = fc.string({ unit: 'binary', maxLength: 3 * PEER_TEXT_LENGTH });
    fc.assert(
      fc.property(anyText, (text) => {
        const shown = peerText(text);
        expect(Array.from(shown).length).toBeLessThanOrEqual(PEER_TEXT_LENGTH);
        expect(shown).not.toMatch(/\p{Cc}/u);
        expect(peerText(shown)).toBe(shown);
      }),
    );
  });
});
