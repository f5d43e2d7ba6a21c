import fc from 'fast-check';
import { BackOff } from './back-off';

const settings = { minMs: 1_000, maxMs: 60_000, steadyAfterMs: 60_000, random: () => 0 };

describe('BackOff', () => {
  it('doubles from 1 s to 60 s and stays there', () => {
    const backOff = new BackOff(settings);
    const delays = Array.from({ length: 9 }, () => backOff.afterMs(0));
    expect(delays).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => 1_000 * seconds));
  });

  it('starts afresh after a minute of uptime, and not before', () => {
    const backOff = new BackOff(settings);
    backOff.afterMs(0);
    backOff.afterMs(0);
    expect(backOff.afterMs(59_999)).toBe(4_000);
    expect(backOff.afterMs(60_000)).toBe(1_000);
  });

  it('takes at most a fifth off, and adds nothing', () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(random, fc.integer({ min: 0, max: 12 }), (share, attempts) => {
        const jittered = new BackOff({ ...settings, random: () => share });
        const plain = new BackOff(settings);
        for (let attempt = 0; attempt < attempts; attempt += 1) {
          const full = plain.afterMs(0);
          const delay = jittered.afterMs(0);
          expect(delay).toBeLessThanOrEqual(full);
          expect(delay).toBeGreaterThanOrEqual(0.8 * full - 1);
        }
      }),
    );
  });
});
