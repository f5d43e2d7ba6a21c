import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import {
  BesiegedConnector,
  PATIENCE_MS,
  STARTED_WITHIN_MS,
} from '../support/bad-input/besieged-connector';
import { Bystanders } from '../support/bad-input/bystanders';
import { EXPIRES_IN_MS } from '../support/bad-input/requests';
import {
  aRoute,
  anUpdate,
  broadcastOf,
  HALF,
  HOLD_DOWN_MS,
  tersely,
  verdictOf,
  written,
} from '../support/bad-input/told-routes';
import { tokenOf } from '../support/dialling-peers';
import { PayingPeer } from '../support/paying-peer';
import { until } from '../support/running-connector';
import { Curve, curveToBase64 } from '#domain/liquidity';
import { jsonEntry, octetEntry, type ProtocolData } from '#protocol';
import type { BtpPeer } from '#testing';

/** Far below what a flood brings. */
const ROUTES_PER_PEER = 4_000;
const ROUTE_BYTES = 2_097_152;
const ROUTE_DETAILS = 200_000;
/** What these may take up in memory, and what a process may do as it likes. */
const MAY_GROW_BYTES = 200 * 2 ** 20;
/** One BTP frame, less what is around the routes. */
const ROOM_BYTES = 65_536 - 128;
const INTERVAL_MS = 2_000;
/** Nobody is given up, or turned away, because the machine is slow. */
const REQUEST_TIMEOUT_MS = 20_000;
const PAUSE_MS = 500;
const WITHIN_MS = 120_000;
const TEST_MS = 360_000;
const TOO_OFTEN = 'refused T05 too many broadcasts';
/** Too many of them at once, or too many that take long. */
const BUSY = 'T00 UnreachableError';
const TURNED_AWAY = [TOO_OFTEN, BUSY];
const FLOOD_MS = 4_000;

let connector: BesiegedConnector;
let bystanders: Bystanders;
let mallory: BtpPeer;

const heardReply = z.object({
  updates: z.number(),
  count: z.number(),
  skipped: z.record(z.string(), z.number()),
});

async function heard(): Promise<z.infer<typeof heardReply>> {
  const { body } = await connector.console.get('/api/peers/mallory/routes/heard?limit=1');
  return heardReply.parse(body);
}

const resident = (): Promise<number> => connector.metric('router', 'process_resident_memory_bytes');

beforeAll(async () => {
  connector = await BesiegedConnector.start({
    connector: { routeBroadcastIntervalMs: INTERVAL_MS },
    limits: {
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      routesPerPeer: ROUTES_PER_PEER,
      routeBytesPerPeer: ROUTE_BYTES,
      routeDetailsPerPeer: ROUTE_DETAILS,
      broadcastsPerPeerAtOnce: 10_000,
      broadcastRoutesPerPeerPerSecond: 1_000,
    },
  });
  bystanders = await Bystanders.of(connector);
}, STARTED_WITHIN_MS);

afterAll(async () => {
  await bystanders.close();
  await connector.stop();
});

beforeEach(async () => {
  mallory = await connector.dial('mallory');
});

afterEach(() => mallory.close());

/** Tells it, and waits for the verdict as long as any peer would. */
async function tells(entry: ProtocolData): Promise<string> {
  return verdictOf(await mallory.message(entry));
}

/** Tells it until it is read: what the peer may tell has to grow back after the flood before. */
async function insists(entry: ProtocolData): Promise<string> {
  const untilMs = Date.now() + WITHIN_MS;
  for (;;) {
    const verdict = await tells(entry);
    if (!TURNED_AWAY.includes(verdict) || Date.now() > untilMs) return verdict;
    await sleep(PAUSE_MS);
  }
}

/** Verdicts, and how often each was given. */
type Verdicts = Readonly<Record<string, number>>;

function tally(verdicts: readonly string[]): Verdicts {
  const counts: Record<string, number> = {};
  for (const verdict of verdicts) counts[verdict] = (counts[verdict] ?? 0) + 1;
  return counts;
}

/** Tells all of it, four at a time, each as soon as another one was answered. */
async function pours(entries: Iterable<ProtocolData>, lets = tells): Promise<Verdicts> {
  const verdicts: string[] = [];
  const left = entries[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (let next = left.next(); next.done !== true; next = left.next()) {
      verdicts.push(await lets(next.value));
    }
  };
  await Promise.all(Array.from({ length: 4 }, work));
  return tally(verdicts);
}

/** Does it while others pay; nothing may come of it for them, nor for the router's memory. */
async function besieged(attack: () => Promise<Verdicts>): Promise<Verdicts> {
  const before = await resident();
  let verdicts: Verdicts = {};
  const outcomes = await bystanders.during(async () => (verdicts = await attack()));
  const after = await resident();
  report(verdicts, { outcomes, before, after });
  expect(new Set(outcomes)).toEqual(new Set(['fulfilled']));
  expect(after - before).toBeLessThan(MAY_GROW_BYTES);
  return verdicts;
}

function report(
  verdicts: Verdicts,
  { outcomes, before, after }: { outcomes: readonly string[]; before: number; after: number },
): void {
  const [from, to] = [before, after].map((bytes) => Math.round(bytes / 2 ** 20));
  const told = JSON.stringify(verdicts);
  process.stdout.write(`${told}; others paid ${outcomes.length} times; MiB ${from}..${to}\n`);
}

/** Is heard, is forgotten, and pays, as if nothing had been. */
async function isServed(): Promise<void> {
  await isTakenIn(anUpdate([], { hold_down_time: 1 }));
  await until(WITHIN_MS, 'all of it has expired', async () => (await heard()).count === 0);
  await isTakenIn(anUpdate([aRoute('mallory', 'test.after.')]));
  expect(await heard()).toMatchObject({ count: 1, skipped: {} });
  await isTakenIn(anUpdate([], { unreachable_through_me: ['test.after.'] }));
  const paying = await PayingPeer.dial({
    url: connector.url,
    token: tokenOf('mallory'),
    patienceMs: PATIENCE_MS,
  });
  const payment = { to: 'test.sam.client.x', amount: 10n, expiresInMs: EXPIRES_IN_MS };
  expect(await paying.pay(payment)).toBe('fulfilled');
  await paying.close();
}

/** As soon as what the peer may tell has grown back. */
function isTakenIn(update: object): Promise<void> {
  return until(WITHIN_MS, 'an update is taken in again', async () => {
    return (await tells(broadcastOf(update))) === 'accepted';
  });
}

/** Updates as long as a frame permits. */
function* crowded(count: number, nameOf: (n: number) => string): Generator<ProtocolData> {
  let names: string[] = [];
  let bytes = 0;
  for (let n = 0; n < count; n += 1) {
    const name = nameOf(n);
    const more = name.length + '{"destination_ledger":""},'.length;
    if (bytes + more > ROOM_BYTES) {
      yield tersely(names);
      [names, bytes] = [[], 0];
    }
    names.push(name);
    bytes += more;
  }
  yield tersely(names);
}

describe('one hostile peer, while others pay', () => {
  afterEach(isServed, TEST_MS);

  it(
    'tells a million routes',
    async () => {
      const verdicts = await besieged(() => pours(crowded(1_000_000, (n) => `t.${n}.`)));
      expect(TURNED_AWAY).toEqual(expect.arrayContaining(besides('accepted', verdicts)));
      expect(verdicts[TOO_OFTEN]).toBeGreaterThan(0);
      expect((await heard()).count).toBe(ROUTES_PER_PEER);
    },
    TEST_MS,
  );

  it(
    'tells destinations of 1,023 characters, and of 1,024',
    async () => {
      const long = (n: number, length: number): string => `${`t.${n}.`.padEnd(length - 1, 'x')}.`;
      const accepted = await besieged(() =>
        pours(
          crowded(3_000, (n) => long(n, 1_023)),
          insists,
        ),
      );
      expect(Object.keys(accepted)).toEqual(['accepted']);
      const { count, skipped } = await heard();
      expect(count).toBeGreaterThan(0);
      expect(count).toBeLessThan(ROUTE_BYTES / 1_023);
      expect(Object.keys(skipped)).toEqual(['too-much']);
      const refused = await besieged(() =>
        pours(
          crowded(1_200, (n) => long(n, 1_024)),
          insists,
        ),
      );
      const rule = 'refused F00 no valid new_routes[0].destination_ledger: not-an-address';
      expect(Object.keys(refused)).toEqual([rule]);
      expect((await heard()).count).toBe(count);
    },
    TEST_MS,
  );

  it(
    'tells destinations of 510 segments',
    async () => {
      const deep = (n: number): string => `t.${n}.${'a.'.repeat(508)}`;
      const accepted = await besieged(() => pours(crowded(2_500, deep), insists));
      expect(Object.keys(accepted)).toEqual(['accepted']);
      const { count, skipped } = await heard();
      expect(count).toBeGreaterThan(ROUTE_BYTES / 1_100);
      expect(Object.keys(skipped)).toEqual(['too-much']);
    },
    TEST_MS,
  );

  it(
    'tells routes of a hundred paths each',
    async () => {
      const paths = Array.from({ length: 100 }, (_, n) => [`x${n}.`]);
      const told = (n: number): ProtocolData =>
        broadcastOf(anUpdate(fifty(n).map((to) => aRoute('mallory', to, { paths }))));
      const accepted = await besieged(() => pours(times(30, told), insists));
      expect(Object.keys(accepted)).toEqual(['accepted']);
      expect(await heard()).toMatchObject({
        count: Math.floor(ROUTE_DETAILS / (HALF.length + 2 * paths.length)),
        skipped: { 'too-detailed': 50 },
      });
    },
    TEST_MS,
  );

  it(
    'tells curves of 1,000 points and of 10,000',
    async () => {
      const curve = Array.from({ length: 1_000 }, (_, n) => [BigInt(n), BigInt(n)] as const);
      const points = curveToBase64(Curve.of(curve));
      const told = (n: number, more: object): ProtocolData =>
        broadcastOf(anUpdate([0, 1].map((m) => aRoute('mallory', `t.${n}.${m}.`, more))));
      const accepted = await besieged(() =>
        pours(
          times(150, (n) => told(n, { points })),
          insists,
        ),
      );
      expect(Object.keys(accepted)).toEqual(['accepted']);
      const { count, skipped } = await heard();
      expect(count).toBe(Math.floor(ROUTE_BYTES / (points.length + '["t.0.0.",1,""]'.length)));
      expect(skipped).toEqual({ 'too-much': 2 });
      const many = Array.from({ length: 10_000 }, () => [0, 0]);
      const long = anUpdate([aRoute('mallory', 't.long.', { points: many })]);
      const skipping = await besieged(() =>
        pours(
          times(100, () => broadcastOf(long)),
          insists,
        ),
      );
      expect(Object.keys(skipping)).toEqual(['accepted']);
      expect(await heard()).toMatchObject({ count, skipped: { 'too-many-points': 1 } });
    },
    TEST_MS,
  );

  it(
    'tells something new every millisecond, and waits for no answer',
    async () => {
      const verdicts = await besieged(async () => {
        const told: Promise<string>[] = [];
        const untilMs = Date.now() + FLOOD_MS;
        for (let n = 0; Date.now() < untilMs; n += 1) {
          const update = anUpdate([aRoute('mallory', `t.${n}.`)]);
          told.push(tells(broadcastOf(update)));
          await sleep(1);
        }
        return tally(await Promise.all(told));
      });
      expect(TURNED_AWAY).toEqual(expect.arrayContaining(besides('accepted', verdicts)));
      expect(verdicts.accepted).toBeGreaterThan(0);
      expect((await heard()).count).toBe(verdicts.accepted);
    },
    TEST_MS,
  );

  it(
    'asks for our full table in every update, and gets it when it would hear from us anyway',
    async () => {
      const asking = broadcastOf(anUpdate([], { request_full_table: true }));
      const heardBefore = mallory.requests.length;
      const beganMs = Date.now();
      const verdicts = await besieged(() => pours(forAWhile(asking)));
      const ticks = (Date.now() - beganMs) / INTERVAL_MS;
      const heardOfUs = mallory.requests.length - heardBefore;
      expect(TURNED_AWAY).toEqual(expect.arrayContaining(besides('accepted', verdicts)));
      expect(verdicts.accepted).toBeGreaterThan(heardOfUs);
      expect(heardOfUs).toBeLessThanOrEqual(ticks + 2);
    },
    TEST_MS,
  );

  it.each<[string, ProtocolData, string]>([
    ['lists within lists', written('['.repeat(60_000)), 'message: too-deep'],
    [
      'members that repeat',
      written(`{${Array.from({ length: 10_000 }, () => '"a":0').join(',')}}`),
      'a: unknown-member',
    ],
    [
      'a number of 60,000 digits',
      written(
        JSON.stringify(anUpdate([])).replace(String(HOLD_DOWN_MS), `0.${'1'.repeat(60_000)}`),
      ),
      'hold_down_time: not-an-integer',
    ],
    [
      'what is no UTF-8',
      jsonEntry('ccp', Buffer.concat([Buffer.from('{"a":"'), Buffer.alloc(60_000, 0xff)])),
      'message: not-utf8',
    ],
    [
      'octets cut short',
      octetEntry('ccp', Buffer.concat([Buffer.from([0, 0x82, 0xff, 0xff]), Buffer.alloc(60_000)])),
      'message: truncated',
    ],
  ])(
    'tells %s, over and over',
    async (_what, entry, rule) => {
      const verdicts = await besieged(() => pours(times(300, () => entry)));
      expect(TURNED_AWAY).toEqual(
        expect.arrayContaining(besides(`refused F00 no valid ${rule}`, verdicts)),
      );
      expect(verdicts[`refused F00 no valid ${rule}`]).toBeGreaterThan(0);
    },
    TEST_MS,
  );
});

/** Other verdicts than that. */
function besides(usual: string, verdicts: Verdicts): string[] {
  return Object.keys(verdicts).filter((verdict) => verdict !== usual);
}

function* times(count: number, entry: (n: number) => ProtocolData): Generator<ProtocolData> {
  for (let n = 0; n < count; n += 1) yield entry(n);
}

/** The destinations of one update. */
function fifty(n: number): string[] {
  return Array.from({ length: 50 }, (_, m) => `t.${n}.${m}.`);
}

function* forAWhile(entry: ProtocolData): Generator<ProtocolData> {
  const untilMs = Date.now() + FLOOD_MS;
  while (Date.now() < untilMs) yield entry;
}
