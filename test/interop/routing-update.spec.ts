import { createRequire } from 'node:module';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  type AnnouncedRoute,
  broadcastEntry,
  type CurvePoint,
  readRoutingBroadcast,
  type RoutingUpdate,
  RoutingUpdateError,
} from '../../libs/protocol';
import { Dice } from '../fuzz/dice';
import vectors from '../vectors/vectors.json';

/**
 * Our reading and writing of routing updates against the validator of ilp-connector 21.1.10 (the v21
 * dialect), and the curves in them against ilp-routing. Where the verdicts differ, a decision says so:
 * - D-32: JSON pairs for points, base64 of either alphabet without padding, the two numbers that only
 *   v17 has, and `additional_info` are accepted, though 21.1.10 refuses them.
 * - D-1: an address of more than 1,023 characters is refused, though 21.1.10 accepts it.
 */
const SEED = 20170828;
const WRITTEN = 2_000;
const MUTATED = 20_000;
const TIMEOUT_MS = 180_000;

const load = createRequire(join(__dirname, 'package.json'));

interface HistoricValidator {
  isValid(schema: string, value: unknown): { readonly valid: boolean };
}
interface HistoricCurve {
  getPoints(): [unknown, unknown][];
}
interface HistoricRouting {
  readonly LiquidityCurve: new (points: Buffer) => HistoricCurve;
}

const validator = load('ilp-connector/src/lib/validate') as HistoricValidator;
const routing = load('ilp-routing') as HistoricRouting;

const SETTING = { ledger: 'peer.ab.', peerAccount: 'peer.ab.server' };
const V21 = { dialect: 'v21', curvelessV17: 'omit' } as const;

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const theyAccept = (value: Json): boolean => validator.isValid('RoutingUpdate', value).valid;
const weAccept = (value: Json): boolean => {
  const json = Buffer.from(JSON.stringify({ method: 'broadcast_routes', data: value }));
  try {
    readRoutingBroadcast([{ protocolName: 'custom', contentType: 2, data: json }], SETTING);
    return true;
  } catch (error) {
    if (error instanceof RoutingUpdateError) return false;
    throw error;
  }
};

const ascending = (a: bigint, b: bigint): number => (a < b ? -1 : Number(a > b));
const amount = fc.bigInt(0n, 2n ** 64n - 1n);
const points = fc
  .tuple(
    fc.uniqueArray(amount, { minLength: 1, maxLength: 10 }),
    fc.array(amount, { minLength: 10, maxLength: 10 }),
  )
  .map(([xs, ys]): CurvePoint[] => {
    const rising = ys.sort(ascending);
    return xs.sort(ascending).map((x, index) => [x, rising[index] ?? 0n]);
  });
const address = fc.stringMatching(/^[A-Za-z0-9._~-]{1,40}$/);
const route: fc.Arbitrary<AnnouncedRoute> = fc.record(
  {
    sourceLedger: address,
    destinationLedger: address,
    sourceAccount: address,
    minMessageWindowS: fc.double({ min: 0, max: 100, noNaN: true }),
    points,
    paths: fc.array(fc.array(address, { maxLength: 3 }), { minLength: 1, maxLength: 3 }),
  },
  {
    requiredKeys: [
      'sourceLedger',
      'destinationLedger',
      'sourceAccount',
      'minMessageWindowS',
      'paths',
    ],
  },
);
const update: fc.Arbitrary<RoutingUpdate> = fc.record({
  holdDownMs: fc.integer({ min: 1, max: 1_000_000 }),
  newRoutes: fc.array(route, { maxLength: 3 }),
  unreachable: fc.array(address, { maxLength: 3 }),
  requestFullTable: fc.boolean(),
});

const written = (said: RoutingUpdate): Record<string, Json> => {
  const { data } = broadcastEntry(said, V21, 'custom');
  return (JSON.parse(data.toString()) as { data: Record<string, Json> }).data;
};

jest.setTimeout(TIMEOUT_MS);

describe('routing updates against 21.1.10', () => {
  it('writes what its validator accepts, with curves that ilp-routing reads as they were meant', () => {
    fc.assert(
      fc.property(update, (said) => {
        const json = written(said);
        expect(validator.isValid('RoutingUpdate', json)).toMatchObject({ valid: true });
        const routes = json.new_routes as { points?: string }[];
        routes.forEach(({ points: base64 }, index) => {
          const meant = said.newRoutes[index]?.points;
          if (base64 === undefined) expect(meant).toBeUndefined();
          else expect(curveOf(base64)).toEqual(meant?.map(([x, y]) => [Number(x), Number(y)]));
        });
      }),
      { seed: SEED, numRuns: WRITTEN },
    );
  });

  it('accepts and refuses what its validator does, but for D-1 and D-32', () => {
    const dice = new Dice(SEED);
    const corpus = [
      ...fc.sample(update, { seed: SEED, numRuns: 200 }).map(written),
      ...vectors.routing_updates.map((vector) => vector.update as unknown as Json),
    ];
    const counted = { both: 0, neither: 0, 'D-1': 0, 'D-32': 0 };
    for (let run = 0; run < MUTATED; run += 1) {
      const value = structuredClone(dice.pick(corpus));
      for (let times = dice.roll(3); times >= 0; times -= 1) mutate(value, dice);
      const reason = reasonFor(value, weAccept(value), theyAccept(value));
      if (reason === undefined) expect(JSON.stringify(value)).toBe('explained by a decision');
      else counted[reason] += 1;
    }
    process.stdout.write(`routing updates, seed ${SEED}: ${JSON.stringify(counted)}\n`);
    for (const times of Object.values(counted)) expect(times).toBeGreaterThan(100);
  });
});

/** As ilp-routing reads it, which works in doubles. */
function curveOf(base64: string): number[][] {
  const curve = new routing.LiquidityCurve(Buffer.from(base64, 'base64'));
  return curve.getPoints().map(([x, y]) => [Number(x), Number(y)]);
}

/** Why the verdicts are as they are; undefined where nothing accounts for it. */
function reasonFor(
  value: Json,
  ours: boolean,
  theirs: boolean,
): 'both' | 'neither' | 'D-1' | 'D-32' | undefined {
  if (ours && theirs) return 'both';
  if (!ours && theirs) return hasLongAddress(value) ? 'D-1' : undefined;
  if (!ours) return 'neither';
  return theyAccept(asV21(value)) ? 'D-32' : undefined;
}

function hasLongAddress(value: Json): boolean {
  if (typeof value === 'string') return value.length > 1023;
  return typeof value === 'object' && value !== null && Object.values(value).some(hasLongAddress);
}

/** The same, with what D-32 accepts beyond v21 said as v21 says it. */
function asV21(value: Json): Json {
  if (!isObject(value)) return value;
  const plain = without(value, ['additional_info']);
  if (!Array.isArray(plain.new_routes)) return plain;
  return { ...plain, new_routes: plain.new_routes.map(routeAsV21) };
}

function routeAsV21(value: Json): Json {
  if (!isObject(value)) return value;
  const isNumber = (name: string): boolean => typeof value[name] === 'number';
  const numbers = ['destination_precision', 'destination_scale'].filter(isNumber);
  const plain = without(value, ['additional_info', ...numbers]);
  return 'points' in plain ? { ...plain, points: pointsAsV21(plain.points ?? null) } : plain;
}

function pointsAsV21(value: Json): Json {
  if (typeof value === 'string') {
    const digits = value.replaceAll('\n', '').replaceAll('-', '+').replaceAll('_', '/');
    return digits.includes('=') || digits.length % 4 === 1
      ? digits
      : digits.padEnd(Math.ceil(digits.length / 4) * 4, '=');
  }
  const isCoordinate = (each: Json): boolean => typeof each === 'number' && each >= 0;
  const isPair = (each: Json): boolean =>
    Array.isArray(each) && each.length === 2 && each.every(isCoordinate);
  const isCurve = Array.isArray(value) && value.length > 0 && value.every(isPair);
  return isCurve ? 'AAAA' : value;
}

function without(
  value: Readonly<Record<string, Json>>,
  names: readonly string[],
): Record<string, Json> {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}

function isObject(value: Json): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Changes one thing somewhere inside. */
function mutate(root: Json, dice: Dice): void {
  const containers: (Json[] | Record<string, Json>)[] = [];
  collect(root, containers);
  if (containers.length === 0) return;
  const container = dice.pick(containers);
  if (Array.isArray(container)) {
    const at = dice.roll(container.length + 1);
    const isRemoval = dice.once(3);
    container.splice(at, dice.roll(2), ...(isRemoval ? [] : [noise(dice)]));
    return;
  }
  const name = dice.once(4) ? dice.pick(MEMBERS) : dice.pick([...Object.keys(container), 'foo']);
  if (dice.once(5)) Reflect.deleteProperty(container, name);
  else container[name] = noise(dice);
}

function collect(value: Json, into: (Json[] | Record<string, Json>)[]): void {
  if (typeof value !== 'object' || value === null) return;
  into.push(value);
  for (const each of Object.values(value)) collect(each, into);
}

const MEMBERS = [
  'points',
  'points',
  'paths',
  'hold_down_time',
  'request_full_table',
  'destination_account',
  'destination_scale',
  'destination_precision',
  'additional_info',
  'min_message_window',
];

function noise(dice: Dice): Json {
  const coordinate = (): Json => dice.pick<Json>([0, 1, 5, 0.5, 7e20, -1, '1']);
  return dice.pick<() => Json>([
    () => null,
    () => dice.once(2),
    () => dice.pick([0, 1, -1, 1.5, 45_000, 1e300, -0.5]),
    () => dice.pick(['', 'g.us.', 'g.us bank.', 'g.\n', 'caf\u00e9.', 'x'.repeat(1023)]),
    () => 'x'.repeat(1024),
    () =>
      dice.pick(['AAAA', 'AA==', 'AA', 'AAA', 'A', 'AA=', 'AAAA\nAAAA', '-_-_', '+/+/', '====']),
    () => dice.pick<Json>([[], [[]], [['x.']], ['x.'], {}, { points: [] }]),
    () => [[coordinate(), coordinate()]],
    () => [
      [coordinate(), coordinate()],
      [coordinate(), coordinate()],
    ],
  ])();
}
