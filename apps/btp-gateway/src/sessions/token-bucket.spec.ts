import fc from 'fast-check';
import { TokenBucket } from './token-bucket';

describe('TokenBucket', () => {
  it('lets a second’s worth through at once, and then no more', () => {
    const bucket = new TokenBucket(3, 1_000);
    expect([1, 2, 3, 4].map(() => bucket.take(1_000))).toEqual([true, true, true, false]);
  });

  it('fills up by the rate', () => {
    const bucket = new TokenBucket(10, 0);
    for (let taken = 0; taken < 10; taken += 1) bucket.take(0);
    expect(bucket.take(99)).toBe(false);
    expect(bucket.take(100)).toBe(true);
    expect(bucket.take(100)).toBe(false);
  });

  it('never holds more than a second’s worth', () => {
    const bucket = new TokenBucket(2, 0);
    expect([1, 2, 3].map(() => bucket.take(3_600_000))).toEqual([true, true, false]);
  });

  it('goes on when the clock is set back', () => {
    const bucket = new TokenBucket(1, 10_000);
    expect(bucket.take(10_000)).toBe(true);
    expect(bucket.take(4_000)).toBe(false);
    expect(bucket.take(5_000)).toBe(true);
  });

  it('never lets more through than burst plus rate times time', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), gaps, (rate, waits) => {
        const bucket = new TokenBucket(rate, 0);
        let nowMs = 0;
        let taken = 0;
        for (const wait of waits) {
          nowMs += wait;
          if (bucket.take(nowMs)) taken += 1;
        }
        expect(taken).toBeLessThanOrEqual(rate + (nowMs * rate) / 1_000 + 1e-6);
      }),
    );
  });
});

describe('TokenBucket on credit', () => {
  it('is overdrawn until the credit is paid back, after a second at most', () => {
    const bucket = new TokenBucket(10, 0);
    for (let drawn = 0; drawn < 10; drawn += 1) bucket.draw(0);
    expect(bucket.isOverdrawn(0)).toBe(false);
    bucket.draw(0);
    expect(bucket.isOverdrawn(99)).toBe(true);
    expect(bucket.isOverdrawn(101)).toBe(false);
    for (let drawn = 0; drawn < 1_000; drawn += 1) bucket.draw(101);
    expect(bucket.isOverdrawn(1_100)).toBe(true);
    expect(bucket.isOverdrawn(1_102)).toBe(false);
  });

  it('gives nothing while it is overdrawn', () => {
    const bucket = new TokenBucket(1, 0);
    bucket.draw(0);
    bucket.draw(0);
    expect(bucket.take(1_000)).toBe(false);
    expect(bucket.take(2_000)).toBe(true);
  });
});
