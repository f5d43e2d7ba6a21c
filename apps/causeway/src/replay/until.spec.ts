import { parseUntil } from './until';

describe('parseUntil', () => {
  it('reads a version or a moment', () => {
    expect(parseUntil('17')).toEqual({ untilVersion: 17 });
    expect(parseUntil('2026-01-31T12:00:00Z')).toEqual({ untilMs: Date.UTC(2026, 0, 31, 12) });
    expect(parseUntil('2026-01-31T12:00:00.250+01:00')).toEqual({
      untilMs: Date.UTC(2026, 0, 31, 11) + 250,
    });
  });

  it.each([
    '',
    '-1',
    '1.5',
    'yesterday',
    '2026-01-31',
    '2026-01-31T12:00:00',
    '2026-13-31T12:00:00Z',
  ])('refuses "%s"', (text) => {
    expect(() => parseUntil(text)).toThrow('--until');
  });
});
