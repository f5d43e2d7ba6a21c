import fc from 'fast-check';
import { ledgerId, transferId } from '#domain/ledger';
import { ExpiryQueue } from './expiry-queue';

const expiry = (dueAtMs: number) => ({
  dueAtMs,
  ledgerId: ledgerId('alice'),
  transferId: transferId('b4c838f6-80b1-47f8-a82e-b1fcfbed89d5'),
});

describe('ExpiryQueue', () => {
  it('gives nothing before it is due', () => {
    const queue = new ExpiryQueue();
    queue.add(expiry(10));
    expect(queue.hasDue(9)).toBe(false);
    expect(queue.takeDue(9)).toBeUndefined();
    expect(queue.hasDue(10)).toBe(true);
  });

  it('gives everything that is due, earliest first, and keeps the rest', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000)), fc.nat(1_000), (times, now) => {
        const queue = new ExpiryQueue();
        for (const time of times) queue.add(expiry(time));
        const taken: number[] = [];
        for (let next = queue.takeDue(now); next; next = queue.takeDue(now))
          taken.push(next.dueAtMs);
        expect(taken).toEqual(times.filter((time) => time <= now).sort((a, b) => a - b));
        expect(queue.size).toBe(times.length - taken.length);
      }),
    );
  });

  it('forgets a ledger and keeps the order of the others', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(100), fc.boolean())), (entries) => {
        const queue = new ExpiryQueue();
        for (const [time, isBob] of entries) {
          queue.add({ ...expiry(time), ledgerId: ledgerId(isBob ? 'bob' : 'alice') });
        }
        queue.release(ledgerId('bob'));
        const taken: number[] = [];
        for (let next = queue.takeDue(100); next; next = queue.takeDue(100)) {
          taken.push(next.dueAtMs);
        }
        const left = entries.filter(([, isBob]) => !isBob).map(([time]) => time);
        expect(taken).toEqual(left.sort((a, b) => a - b));
      }),
    );
  });
});
