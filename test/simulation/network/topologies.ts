import type { Dice } from '../../fuzz/dice';

export type TopologyName = 'ring' | 'graph' | 'tree' | 'clusters';

export const TOPOLOGIES: readonly TopologyName[] = ['ring', 'graph', 'tree', 'clusters'];

/** Two connectors that are neighbours. */
export type Edge = readonly [number, number];

/** No payment gets farther than its time allows: ten seconds, one for each connector. */
const LONGEST_WAY = 7;

/** Who is linked to whom; two may be linked twice. Rings are of 5, the others of as many as wanted. */
export function drawTopology(name: TopologyName, size: number, dice: Dice): Edge[] {
  for (;;) {
    const edges = DRAW[name](size, dice);
    if (diameterOf(edges) <= LONGEST_WAY) return edges;
  }
}

const DRAW: Record<TopologyName, (size: number, dice: Dice) => Edge[]> = {
  ring: (_size, dice) => {
    const first = dice.roll(5);
    const chord: Edge = [first, (first + 2) % 5];
    return [...Array.from({ length: 5 }, (_, at): Edge => [at, (at + 1) % 5]), chord];
  },
  graph: (size, dice) => {
    const edges = spanningTree(0, size, dice);
    for (let more = Math.ceil(size / 2); more > 0; more -= 1) {
      const one = dice.roll(size);
      edges.push([one, (one + 1 + dice.roll(size - 1)) % size]);
    }
    return edges;
  },
  tree: (size, dice) => spanningTree(0, size, dice),
  clusters: (size, dice) => {
    const half = Math.floor(size / 2);
    const edges = [...dense(0, half, dice), ...dense(half, size, dice)];
    for (let bridge = 0; bridge < 2; bridge += 1) {
      edges.push([dice.roll(half), half + dice.roll(size - half)]);
    }
    return edges;
  },
};

function spanningTree(from: number, to: number, dice: Dice): Edge[] {
  const edges: Edge[] = [];
  for (let next = from + 1; next < to; next += 1) edges.push([from + dice.roll(next - from), next]);
  return edges;
}

/** A tree, and every third of the other pairs. */
function dense(from: number, to: number, dice: Dice): Edge[] {
  const edges = spanningTree(from, to, dice);
  for (let one = from; one < to; one += 1) {
    for (let other = one + 1; other < to; other += 1) if (dice.once(3)) edges.push([one, other]);
  }
  return edges;
}

/** Who can be reached from whom, in so many steps; not those that cannot. */
export function distancesFrom(start: number, edges: readonly Edge[]): Map<number, number> {
  const distances = new Map([[start, 0]]);
  for (const [at, distance] of distances) {
    for (const [from, to] of edges) {
      if (from === at && !distances.has(to)) distances.set(to, distance + 1);
    }
  }
  return distances;
}

/** Of a network in which every link leads both ways. */
function diameterOf(edges: readonly Edge[]): number {
  return farthestIn(
    edges.flatMap(([one, other]) => [
      [one, other],
      [other, one],
    ]),
  );
}

/** Steps to whoever is the farthest that somebody can reach, by links that lead one way. */
export function farthestIn(ways: readonly Edge[]): number {
  const starts = new Set(ways.map(([from]) => from));
  return Math.max(0, ...[...starts].flatMap((at) => [...distancesFrom(at, ways).values()]));
}
