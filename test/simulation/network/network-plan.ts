import type { Rate } from '#domain/liquidity';
import { ROUTE_LIMITS } from '#domain/routing';
import type { CcpDialect } from '#protocol';
import { Dice } from '../../fuzz/dice';
import { drawTopology, type Edge, TOPOLOGIES, type TopologyName } from './topologies';

/**
 * Everybody tells the paths of its routes, or only some do (v17). Where not everybody does, nobody
 * can tell how long a way is, or where it leads; payments may then go round (SPEC §11.11).
 */
export type Speech = 'paths' | 'mixed';

export const SPEECHES: readonly Speech[] = ['paths', 'mixed'];

/** One end of a link. */
export interface SidePlan {
  readonly connector: number;
  readonly dialect: CcpDialect | 'auto';
  /** Historic connectors refuse the routes of the other dialect. */
  readonly reads: CcpDialect | 'both';
  /** What it says of itself when a session begins. */
  readonly lists: readonly CcpDialect[];
  /** What it can pay out to the other end, in units of the link; undefined = any amount. */
  readonly room: bigint | undefined;
}

/** What a ledger counts. */
export type Money = Pick<LinkPlan, 'currency' | 'scale'>;

export interface LinkPlan {
  readonly index: number;
  readonly sides: readonly [SidePlan, SidePlan];
  readonly currency: string;
  readonly scale: number;
  /** Longest time that a message takes. */
  readonly delayMs: number;
}

export interface ConnectorPlan {
  readonly index: number;
  /** Of the ledger that is nobody else's: the destination. */
  readonly currency: string;
  readonly scale: number;
  readonly spreadPpm: bigint;
  /** When in each second it looks at what is due. */
  readonly phaseMs: number;
}

export interface NetworkPlan {
  readonly seed: number;
  readonly topology: TopologyName;
  readonly speech: Speech;
  readonly edges: readonly Edge[];
  readonly connectors: readonly ConnectorPlan[];
  readonly links: readonly LinkPlan[];
  /** Points of a curve that is told. */
  readonly points: number;
  /** They are enough for every curve, so that promises are exact. */
  readonly hasAllPoints: boolean;
}

/** What is left to the seed where it is not given. */
export interface PlanWishes {
  readonly connectors: number;
  readonly topology?: TopologyName | undefined;
  readonly speech?: Speech | undefined;
}

/** Cents of one unit of the currency: everybody agrees on what money is worth, but for the spread. */
const PRICES: ReadonlyMap<string, bigint> = new Map([
  ['USD', 100n],
  ['EUR', 108n],
  ['GBP', 127n],
  ['XRP', 51n],
]);

const CURRENCIES = [...PRICES.keys()];
const SPREADS = [0n, 500n, 2_000n, 2_000n, 5_000n];
/** As many as any curve here has. */
const ALL_POINTS = 500;

/** So many units of one ledger in units of another one, rounded up. */
export function unitsIn(amount: bigint, one: Money, other: Money): bigint {
  const dividend = amount * PRICES.get(one.currency)! * 10n ** BigInt(other.scale);
  const divisor = PRICES.get(other.currency)! * 10n ** BigInt(one.scale);
  return (dividend + divisor - 1n) / divisor;
}

export function rateBetween(source: string, next: string): Rate {
  return { numerator: PRICES.get(source)!, denominator: PRICES.get(next)! };
}

/** So many dollars in units of the ledger. */
export function unitsOf(dollars: bigint, { currency, scale }: Money): bigint {
  return (dollars * 100n * 10n ** BigInt(scale)) / PRICES.get(currency)!;
}

export function drawNetwork(seed: number, wishes: PlanWishes): NetworkPlan {
  const dice = new Dice(seed);
  const topology = wishes.topology ?? TOPOLOGIES[seed % TOPOLOGIES.length]!;
  const turn = Math.floor(seed / TOPOLOGIES.length);
  const hasAllPoints = turn % 2 === 0;
  const speech = wishes.speech ?? (turn % 8 === 7 ? 'mixed' : 'paths');
  const edges = drawTopology(topology, wishes.connectors, dice);
  const size = 1 + Math.max(...edges.flat());
  const hasOneMoney = dice.once(4);
  const money = (): Money =>
    hasOneMoney
      ? { currency: 'USD', scale: 6 }
      : { currency: dice.pick(CURRENCIES), scale: dice.pick([2, 4, 6, 9]) };
  return {
    seed,
    topology,
    speech,
    edges,
    points: hasAllPoints ? ALL_POINTS : ROUTE_LIMITS.pointsSent,
    hasAllPoints,
    connectors: Array.from({ length: size }, (_, index) => ({
      index,
      ...money(),
      spreadPpm: dice.pick(SPREADS),
      phaseMs: dice.roll(1_000),
    })),
    links: edges.map((edge, index) => drawLink({ edge, index, speech, dice, ...money() })),
  };
}

function drawLink(parts: {
  readonly edge: Edge;
  readonly index: number;
  readonly speech: Speech;
  readonly dice: Dice;
  readonly currency: string;
  readonly scale: number;
}): LinkPlan {
  const { edge, index, speech, dice, currency, scale } = parts;
  const [one, other] = drawHabits(speech, dice);
  const room = (): bigint | undefined =>
    dice.once(2) ? undefined : unitsOf(BigInt(2_000 + dice.roll(1_000_000)), { currency, scale });
  return {
    index,
    sides: [
      { connector: edge[0], ...one, room: room() },
      { connector: edge[1], ...other, room: room() },
    ],
    currency,
    scale,
    delayMs: 5 + dice.roll(400),
  };
}

type Habits = Pick<SidePlan, 'dialect' | 'reads' | 'lists'>;

const PATHS: readonly Habits[] = [
  { dialect: 'auto', reads: 'both', lists: ['v17', 'v21'] },
  { dialect: 'v21', reads: 'both', lists: ['v17', 'v21'] },
  { dialect: 'v21', reads: 'v21', lists: ['v21'] },
];

const PLAIN: readonly Habits[] = [
  { dialect: 'auto', reads: 'both', lists: [] },
  { dialect: 'v17', reads: 'both', lists: [] },
  { dialect: 'v17', reads: 'v17', lists: [] },
];

const ANY: readonly Habits[] = [...PATHS, ...PLAIN, { dialect: 'v21', reads: 'v21', lists: [] }];

/** Two that can understand each other. */
function drawHabits(speech: Speech, dice: Dice): [Habits, Habits] {
  const choices = speech === 'paths' ? PATHS : ANY;
  for (;;) {
    const [one, other] = [dice.pick(choices), dice.pick(choices)];
    if (understands(one, other) && understands(other, one)) return [one, other];
  }
}

/** `auto` finds out what the other one reads. */
function understands({ reads }: Habits, { dialect }: Habits): boolean {
  return reads === 'both' || dialect === 'auto' || reads === dialect;
}
