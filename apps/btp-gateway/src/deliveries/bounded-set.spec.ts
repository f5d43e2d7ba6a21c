import fc from 'fast-check';
import { BoundedSet } from './bounded-set';

describe('BoundedSet', () => {
  it('remembers the last so many, and never more than twice as many', () => {
    const sizes = fc.integer({ min: 1, max: 20 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 0, max: 100 }), (capacity, count) => {
        const set = new BoundedSet(capacity);
        const members = Array.from({ length: count }, (_, index) => `member ${index}`);
        for (const member of members) set.add(member);
        expect(members.slice(-capacity).every((member) => set.has(member))).toBe(true);
        expect(members.filter((member) => set.has(member)).length).toBeLessThanOrEqual(
          2 * capacity,
        );
      }),
    );
  });

  it('forgets what is deleted, wherever it is', () => {
    const set = new BoundedSet(2);
    for (const member of ['a', 'b', 'c', 'a']) set.add(member);
    expect(set.delete('a')).toBe(true);
    expect(set.has('a')).toBe(false);
    expect(set.delete('b')).toBe(true);
    expect(set.delete('b')).toBe(false);
    expect(set.has('c')).toBe(true);
  });
});
