import { setImmediate as turn } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Registry } from 'prom-client';
import type { PeerAnswer, PeerQuestion } from '#contracts';
import { type RemoteOutcome, type RemoteQuoteNeeded, RoutingTables } from '#domain/routing';
import { PeerNotConnectedError, PeerSilentError } from '#messaging';
import { decodeIlp, encodeIlp, ilpEntry, ilpError, type IlpPacket } from '#protocol';
import { MemoryBucket } from '../test/memory-bucket';
import { RemoteQuoteMetrics } from './remote-quote-metrics';
import { RemoteQuotes, type RemoteQuotesParts } from './remote-quotes';

type Limits = RemoteQuotesParts['limits'];
type Answering = (packet: IlpPacket, peerId: string) => Promise<PeerAnswer>;

const LIMITS: Limits = {
  remoteQuoteMs: 5_000,
  remoteQuotesPerPeerAtOnce: 4,
  remoteQuotesAtOnce: 6,
};
const RULES = { keptMs: 300_000, maxPoints: 100, maxWindowMs: 60_000 };

let nowMs: number;
let bucket: MemoryBucket;
let asked: { readonly peerId: string; readonly packet: IlpPacket }[];
let answering: Answering;
const running: RemoteQuotes[] = [];

beforeAll(() => {
  Logger.overrideLogger(false);
});

beforeEach(() => {
  nowMs = 1_000_000;
  bucket = new MemoryBucket();
  asked = [];
  answering = () => Promise.resolve(saying(curveFor('far.')));
});

const saying = (packet: IlpPacket): PeerAnswer => ({
  type: 'response',
  protocolData: [ilpEntry(encodeIlp(packet))],
});

const curveFor = (appliesToPrefix: string, change: object = {}): IlpPacket => ({
  type: 'liquidity-response',
  points: [
    [0n, 0n],
    [1_000_000n, 2_000_000n],
  ],
  appliesToPrefix,
  sourceHoldDurationMs: 9_000,
  expiresAtMs: nowMs + 10_000,
  ...change,
});

const failing = (code: 'F00' | 'F02'): PeerAnswer =>
  saying(ilpError({ code, triggeredBy: 'far.away', triggeredAtMs: nowMs, data: 'no' }));

const ledger = (ledgerId: string) => ({
  ledgerId,
  prefix: `${ledgerId}.`,
  currencyScale: 9,
  account: 'us',
});

interface OneProcess {
  readonly tables: RoutingTables;
  readonly quotes: RemoteQuotes;
  readonly registry: Registry;
}

const HOPS = [
  { targetPrefix: '', connectorLedger: 'b.', connectorAccount: 'b.bob' },
  { targetPrefix: '', connectorLedger: 'c.', connectorAccount: 'c.zoe' },
];

function made(
  instanceId: string,
  { hops = HOPS.slice(0, 1), limits = LIMITS }: { hops?: typeof HOPS; limits?: Limits } = {},
): OneProcess {
  const tables = RoutingTables.build([ledger('a'), ledger('b'), ledger('c')], {
    spreadPpm: 0n,
    minMessageWindowMs: 1_000,
    staticRoutes: hops,
  });
  const registry = new Registry();
  const ask = (peerId: string, { protocolData }: PeerQuestion): Promise<PeerAnswer> => {
    const packet = decodeIlp(protocolData[0]?.data ?? Buffer.alloc(0));
    asked.push({ peerId, packet });
    return answering(packet, peerId);
  };
  const quotes = new RemoteQuotes({
    tables,
    peers: { ask },
    bucket: bucket as unknown as RemoteQuotesParts['bucket'],
    instanceId,
    limits,
    rules: RULES,
    maxKeys: 100,
    metrics: new RemoteQuoteMetrics(registry),
    clock: () => nowMs,
  });
  quotes.start();
  running.push(quotes);
  return { tables, quotes, registry };
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((quotes) => quotes.stop()));
});

async function settled(): Promise<void> {
  for (let n = 0; n < 30; n += 1) await turn();
}

const way = (tables: RoutingTables, destination: string, sourceAmount = 1_000n) =>
  tables.routeFor({ sourceLedgerId: 'a', destination, nowMs, sourceAmount });

function needed(tables: RoutingTables, destination: string, amount = 1_000n): RemoteQuoteNeeded {
  const route = way(tables, destination, amount);
  if (route?.kind !== 'curve-less') throw new Error(`no quote is needed: ${String(route?.kind)}`);
  const wanted = { by: 'source', amount } as const;
  return { type: 'remote-quote-needed', route, destination, holdDurationMs: 8_000, wanted };
}

const isPlanned = ({ tables }: OneProcess, to: string): boolean =>
  way(tables, to)?.kind === 'learnt';

const quote = (one: OneProcess, to: string, amount?: bigint): Promise<RemoteOutcome> =>
  one.quotes.ask(needed(one.tables, to, amount));

const liquidityOf = (to: string, holdMs = 8_000): IlpPacket => ({
  type: 'liquidity-request',
  destinationAccount: to,
  destinationHoldDurationMs: holdMs,
});

test('the next hop is asked about the destination and the time, and the tables know then', async () => {
  const one = made('one');
  expect(await quote(one, 'far.bob')).toEqual({ kind: 'quoted' });
  expect(asked).toEqual([{ peerId: 'b', packet: liquidityOf('far.bob') }]);
  expect(isPlanned(one, 'far.bob')).toBe(true);
  expect(isPlanned(one, 'far.else')).toBe(true);
  expect(isPlanned(one, 'near.else')).toBe(false);
  nowMs += 10_000;
  expect(isPlanned(one, 'far.bob')).toBe(false);
});

test('whoever needs the same at the same time is told by the same answer, neighbours too', async () => {
  const one = made('one');
  const wanting = ['far.bob', 'far.bob', 'far.else', 'far.third'].map((to) => quote(one, to));
  for (const outcome of await Promise.all(wanting)) expect(outcome).toEqual({ kind: 'quoted' });
  expect(asked).toHaveLength(1);
});

test('of neighbours each asks for himself where the answer holds for one only, at most once', async () => {
  const one = made('one');
  answering = (packet) =>
    Promise.resolve(
      saying(curveFor('destinationAccount' in packet ? packet.destinationAccount : '')),
    );
  const wanting = ['far.bob', 'far.else', 'far.bob', 'far.else'].map((to) => quote(one, to));
  for (const outcome of await Promise.all(wanting)) expect(outcome).toEqual({ kind: 'quoted' });
  expect(asked.map(({ packet }) => packet)).toEqual([
    liquidityOf('far.bob'),
    liquidityOf('far.else'),
  ]);
});

test('what one process was told all know, and none asks again; one that comes later neither', async () => {
  const [one, other] = [made('one'), made('other')];
  await quote(one, 'far.bob');
  await settled();
  expect(isPlanned(other, 'far.bob')).toBe(true);
  const late = made('late');
  await settled();
  expect(isPlanned(late, 'far.bob')).toBe(true);
  expect(asked).toHaveLength(1);
});

test('of processes that need it at once one asks, and all are told', async () => {
  const all = ['one', 'two', 'three'].map((instanceId) => made(instanceId));
  await settled();
  const outcomes = await Promise.all(all.map((one) => quote(one, 'far.bob')));
  expect(outcomes).toEqual(all.map(() => ({ kind: 'quoted' })));
  expect(asked).toHaveLength(1);
  expect(all.map((one) => isPlanned(one, 'far.bob'))).toEqual([true, true, true]);
});

test('a failure is shared by those that waited for the same, and asked about anew afterwards', async () => {
  const [one, other] = [made('one'), made('other')];
  await settled();
  answering = () => Promise.resolve(failing('F02'));
  const outcomes = await Promise.all([quote(one, 'far.bob'), quote(other, 'far.bob')]);
  expect(outcomes).toMatchObject([
    { kind: 'failed', failure: { kind: 'relayed', error: { code: 'F02' } } },
    { kind: 'failed', failure: { kind: 'relayed', error: { code: 'F02' } } },
  ]);
  expect(asked).toHaveLength(1);
  answering = () => Promise.resolve(saying(curveFor('far.')));
  expect(await quote(other, 'far.bob')).toEqual({ kind: 'quoted' });
  expect(asked).toHaveLength(2);
});

test('a process that died while it asked is not waited for beyond its time', async () => {
  const [one, other] = [made('one'), made('other', { limits: { ...LIMITS, remoteQuoteMs: 50 } })];
  await settled();
  answering = () => new Promise(() => undefined);
  void quote(other, 'far.bob');
  await settled();
  answering = () => Promise.resolve(saying(curveFor('far.')));
  const outcome = quote(one, 'far.bob');
  await settled();
  expect(asked).toHaveLength(1);
  nowMs += 551;
  expect(await outcome).toEqual({ kind: 'quoted' });
  expect(asked).toHaveLength(2);
});

test('where nothing can be shared, each process asks', async () => {
  bucket.interfere = () => {
    throw new Error('no bucket');
  };
  const [one, other] = [made('one'), made('other')];
  expect(await quote(one, 'far.bob')).toEqual({ kind: 'quoted' });
  expect(await quote(other, 'far.bob')).toEqual({ kind: 'quoted' });
  expect(asked).toHaveLength(2);
});

test('what others were told of a route that is not known yet counts as soon as it is', async () => {
  const one = made('one', { hops: [] });
  const teller = { ledgerId: 'b', account: 'b.bob' };
  const route = {
    destination: 'far.',
    sourceLedger: 'b.',
    sourceAccount: 'b.bob',
    minMessageWindowS: 1,
    paths: [[]],
  };
  const learn = ({ tables }: OneProcess): unknown =>
    tables.learn(teller, [route], { holdDownMs: 45_000, nowMs });
  learn(one);
  const other = made('other', { hops: [] });
  await quote(one, 'far.bob');
  await settled();
  learn(other);
  expect(await quote(other, 'far.bob')).toEqual({ kind: 'quoted' });
  expect(asked).toHaveLength(1);
  expect(isPlanned(other, 'far.bob')).toBe(true);
});

test('of two next hops the second is asked when the first fails (D-38)', async () => {
  const one = made('one', { hops: HOPS });
  answering = (_packet, peerId) =>
    peerId === 'b'
      ? Promise.reject(new PeerSilentError('b'))
      : Promise.resolve(saying(curveFor('far.')));
  expect(await quote(one, 'far.bob')).toEqual({ kind: 'quoted' });
  expect(asked.map(({ peerId }) => peerId)).toEqual(['b', 'c']);
  expect(way(one.tables, 'far.bob')).toMatchObject({ next: { ledgerId: 'c' } });
});

test('when both fail the error of the last one is told', async () => {
  const one = made('one', { hops: HOPS });
  answering = (_packet, peerId) =>
    peerId === 'b' ? Promise.reject(new PeerSilentError('b')) : Promise.resolve(failing('F02'));
  expect(await quote(one, 'far.bob')).toMatchObject({ failure: { error: { code: 'F02' } } });
});

describe('a next hop that cannot quote liquidity (D-37)', () => {
  const amounts: Answering = (packet) =>
    Promise.resolve(
      packet.type === 'by-source-request'
        ? saying({
            type: 'by-source-response',
            destinationAmount: 77n,
            sourceHoldDurationMs: 9_000,
          })
        : failing('F00'),
    );

  test('is asked for the amount, and for nothing else for a while', async () => {
    const one = made('one');
    answering = amounts;
    const amount = { kind: 'amount', amount: { by: 'source', asked: 1_000n, told: 77n } };
    expect(await quote(one, 'far.bob')).toMatchObject(amount);
    expect(await quote(one, 'near.else')).toMatchObject(amount);
    expect(asked.map(({ packet }) => packet.type)).toEqual([
      'liquidity-request',
      'by-source-request',
      'by-source-request',
    ]);
    expect(one.quotes.quotingAmountsOnly).toEqual(['b b.bob']);
    nowMs += 600_000;
    await quote(one, 'far.bob');
    expect(asked.at(3)?.packet.type).toBe('liquidity-request');
  });

  test('is asked once by those that want the same amount to the same at once', async () => {
    const one = made('one');
    answering = amounts;
    await quote(one, 'far.bob');
    asked = [];
    const wanting = [1_000n, 1_000n, 1_001n].map((amount) => quote(one, 'far.bob', amount));
    await Promise.all(wanting);
    expect(asked).toHaveLength(2);
  });

  test('that does not know the amount either has said nothing of what it can', async () => {
    const one = made('one');
    answering = () => Promise.resolve(failing('F00'));
    expect(await quote(one, 'far.bob')).toMatchObject({ failure: { error: { code: 'F00' } } });
    expect(one.quotes.quotingAmountsOnly).toEqual([]);
  });

  test('is asked for liquidity all the same by whoever wants to know just that', async () => {
    const one = made('one');
    answering = amounts;
    await quote(one, 'far.bob');
    const question = { ...needed(one.tables, 'far.bob'), wanted: undefined };
    expect(await one.quotes.ask(question)).toMatchObject({ failure: { error: { code: 'F00' } } });
    expect(asked.at(-1)?.packet.type).toBe('liquidity-request');
  });
});

describe('an answer that nothing can be made of is T01', () => {
  const bytes = (data: string): PeerAnswer => ({
    type: 'response',
    protocolData: [ilpEntry(Buffer.from(data, 'hex'))],
  });
  const refusal: PeerAnswer = {
    type: 'error',
    code: 'F00',
    name: 'NotAcceptedError',
    triggeredAtMs: 0,
    data: Buffer.alloc(0),
    protocolData: [],
  };

  test.each<[string, string, () => PeerAnswer]>([
    ['no ILP packet', 'undecodable', () => ({ type: 'response', protocolData: [] })],
    ['bytes that are none', 'undecodable', () => bytes('03ff')],
    ['an Error of BTP', 'error', () => refusal],
    ['another type', 'wrong-type', () => saying(liquidityOf('far.bob'))],
    ['no points', 'no-points', () => saying(curveFor('far.', { points: [] }))],
    ['an end in the past', 'expired', () => saying(curveFor('far.', { expiresAtMs: nowMs - 1 }))],
    ['less time', 'hold-too-short', () => saying(curveFor('far.', { sourceHoldDurationMs: 1 }))],
    ['another prefix', 'other-prefix', () => saying(curveFor('near.'))],
  ])('%s', async (_what, reason, answer) => {
    const one = made('one');
    answering = () => Promise.resolve(answer());
    expect(await quote(one, 'far.bob')).toMatchObject({
      kind: 'failed',
      failure: { kind: 'own', code: 'T01' },
    });
    expect(isPlanned(one, 'far.bob')).toBe(false);
    expect(await one.registry.metrics()).toContain(
      `causeway_remote_quotes_failed_total{reason="${reason}"} 1`,
    );
  });

  test.each([
    ['silence', 'silent', new PeerSilentError('b')],
    ['no session', 'not-connected', new PeerNotConnectedError('b')],
    ['a bus that fails', 'unreachable', new Error('bus')],
  ])('%s', async (_what, reason, error) => {
    const one = made('one');
    answering = () => Promise.reject(error);
    expect(await quote(one, 'far.bob')).toMatchObject({ failure: { kind: 'own', code: 'T01' } });
    expect(await one.registry.metrics()).toContain(`{reason="${reason}"} 1`);
  });
});

test('no more is asked at once than a peer, and all peers, are asked: T05 and T03', async () => {
  const one = made('one', { hops: HOPS.slice(0, 1) });
  answering = () => new Promise(() => undefined);
  for (let n = 0; n < 4; n += 1) void quote(one, `far${n}.bob`);
  await settled();
  expect(await quote(one, 'far9.bob')).toMatchObject({ failure: { kind: 'own', code: 'T05' } });
  const wide = made('wide', { limits: { ...LIMITS, remoteQuotesAtOnce: 2 } });
  for (let n = 0; n < 2; n += 1) void quote(wide, `wide${n}.bob`);
  await settled();
  expect(await quote(wide, 'wide9.bob')).toMatchObject({ failure: { kind: 'own', code: 'T03' } });
  expect(one.quotes.figures).toEqual({ kept: 0, unanswered: 4 });
});

test('what is asked, shared and kept is counted', async () => {
  const one = made('one');
  await Promise.all(['far.bob', 'far.bob', 'far.else'].map((to) => quote(one, to)));
  const shown = await one.registry.metrics();
  for (const line of [
    'causeway_remote_quotes_asked_total{kind="liquidity"} 1',
    'causeway_remote_quotes_shared_total{with="process"} 2',
    'causeway_remote_quotes_kept 1',
    'causeway_remote_quotes_unanswered 0',
    'causeway_remote_quote_seconds_count 1',
  ]) {
    expect(shown).toContain(line);
  }
});
