import type { Authority } from '#domain/ledger';
import { BOB, NOON_MS, OUTGOING, PaymentScene } from '#testing';
import { mayHaveComeBefore } from './may-have-come-before';

const DUE_MS = NOON_MS + 9_000;
const outgoing = { ledgerId: BOB, transferId: OUTGOING };

const missed = (authority: Authority = 'shadow'): PaymentScene => {
  const scene = new PaymentScene({ bob: { authority } });
  scene.accept();
  scene.ledgers.missed.add(BOB);
  return scene;
};

describe('what a peer fulfilled late may be a repetition of what it fulfilled in time', () => {
  test.each([
    ['where the peer decides', missed(), DUE_MS, true],
    ['where another one decides', missed('validated'), DUE_MS, true],
    ['and not where we do', missed('admin'), DUE_MS, false],
    ['and not if it is in time itself', missed(), DUE_MS - 1, false],
    ['and not if we know of no such transfer', new PaymentScene(), DUE_MS, false],
  ])('%s', (_which, { ledgers }, receivedAtMs, may) => {
    expect(mayHaveComeBefore(ledgers, outgoing, receivedAtMs)).toBe(may);
  });

  test('and not if nothing can have been missed', () => {
    const { ledgers } = missed();
    ledgers.missed.clear();
    expect(mayHaveComeBefore(ledgers, outgoing, DUE_MS)).toBe(false);
  });

  test('and not if the transfer has ended', () => {
    const scene = missed();
    scene.fulfill();
    expect(mayHaveComeBefore(scene.ledgers, outgoing, DUE_MS)).toBe(false);
  });
});
