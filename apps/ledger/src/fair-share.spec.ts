import fc from 'fast-check';
import { adjustment, everyPartition, fairShares, type Standpoint } from './fair-share';

const instances = (minLength = 1) =>
  fc
    .uniqueArray(fc.stringMatching(/^[a-z0-9-]{1,12}$/), { minLength, maxLength: 20 })
    .map((ids) => ids.sort());
const partitionCount = fc.integer({ min: 1, max: 256 });

describe('fair shares', () => {
  test('add up to all partitions and differ by one at most', () => {
    fc.assert(
      fc.property(instances(), partitionCount, (ids, partitions) => {
        const shares = [...fairShares(ids, partitions).values()];
        expect(shares).toHaveLength(ids.length);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(partitions);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('of those who stay never grow when somebody joins, nor shrink when somebody leaves', () => {
    fc.assert(
      fc.property(instances(2), partitionCount, fc.nat(), (ids, partitions, pick) => {
        const newcomer = ids[pick % ids.length];
        const without = ids.filter((id) => id !== newcomer);
        const before = fairShares(without, partitions);
        const after = fairShares(ids, partitions);
        for (const id of without) {
          expect(after.get(id) ?? 0).toBeLessThanOrEqual(before.get(id) ?? 0);
        }
      }),
    );
  });

  test('of 64 for one, two and three', () => {
    expect([...fairShares(['a'], 64).values()]).toEqual([64]);
    expect([...fairShares(['a', 'b'], 64).values()]).toEqual([32, 32]);
    expect([...fairShares(['a', 'b', 'c'], 64).values()]).toEqual([22, 21, 21]);
    expect(fairShares([], 64).size).toBe(0);
  });
});

interface World {
  readonly held: Map<string, number[]>;
}

const standpoint = (instanceId: string, held: readonly number[]): Standpoint => ({
  instanceId,
  held,
  partitions: 64,
  setAside: new Set(),
});

function look(world: World, sharers: readonly string[]) {
  return { sharers, overdue: [], taken: new Set([...world.held.values()].flat()) };
}

/** One instance acts on what it sees; says how many partitions changed hands. */
function act(world: World, id: string, sharers: readonly string[]): number {
  const held = world.held.get(id) ?? [];
  const next = adjustment(look(world, sharers), standpoint(id, held));
  const kept = held.filter((one) => !next.giveUp.includes(one));
  const taken = next.candidates.slice(0, next.takeAtMost);
  world.held.set(
    id,
    [...kept, ...taken].sort((a, b) => a - b),
  );
  return next.giveUp.length + taken.length;
}

function settle(world: World, sharers: readonly string[]): number {
  let moves = 0;
  for (let round = 0; round < 3; round += 1) {
    for (const id of sharers) moves += act(world, id, sharers);
  }
  return moves;
}

describe('an instance', () => {
  test('gets its fair share, together with all others, whoever joins and leaves', () => {
    fc.assert(
      fc.property(fc.array(instances(), { minLength: 1, maxLength: 6 }), (memberships) => {
        const world: World = { held: new Map() };
        for (const sharers of memberships) {
          for (const id of [...world.held.keys()]) {
            if (!sharers.includes(id)) world.held.delete(id);
          }
          settle(world, sharers);
          const shares = fairShares(sharers, 64);
          for (const id of sharers) expect(world.held.get(id)).toHaveLength(shares.get(id) ?? 0);
          const all = [...world.held.values()].flat().sort((a, b) => a - b);
          expect(all).toEqual(everyPartition(64));
        }
      }),
    );
  });

  test('moves nothing while nothing changes, and no more than needed when somebody joins', () => {
    const world: World = { held: new Map() };
    settle(world, ['a', 'b']);
    expect(settle(world, ['a', 'b'])).toBe(0);
    // 21 given up, 21 taken.
    expect(settle(world, ['a', 'b', 'c'])).toBe(42);
  });

  test('counts itself in, also when its sign of life was late', () => {
    const taken = new Set(everyPartition(64));
    const alone = adjustment({ sharers: [], overdue: [], taken }, standpoint('a', [...taken]));
    expect(alone).toMatchObject({ giveUp: [], takeAtMost: 0 });
    const two = adjustment({ sharers: ['b'], overdue: [], taken }, standpoint('a', [...taken]));
    expect(two.giveUp).toHaveLength(32);
  });

  test('does not try what was set aside', () => {
    const sight = { sharers: ['a'], overdue: [], taken: new Set<number>() };
    const next = adjustment(sight, { ...standpoint('a', []), setAside: new Set([0, 63]) });
    expect(next.candidates).toEqual(everyPartition(63).slice(1));
  });
});
