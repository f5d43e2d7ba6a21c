import { Curve } from '#domain/liquidity';
import { RoutingTables } from '#domain/routing';
import { decodeIlp, encodeIlp } from '#protocol';
import type { LiveRoutes, RemoteQuotes } from '#routes';
import { QuoteDesk } from './quote-desk';

const NOW = Date.parse('2026-11-22T12:00:00.000Z');
const LEDGERS = ['a', 'b'].map((ledgerId) => ({
  ledgerId,
  prefix: `test.${ledgerId}.`,
  currencyScale: 9,
  account: 'server',
}));
const QUESTION = encodeIlp({
  type: 'by-source-request',
  destinationAccount: 'test.b.client',
  sourceAmount: 10_000n,
  destinationHoldDurationMs: 3000,
});

let tables: RoutingTables;

beforeEach(() => {
  const rules = { spreadPpm: 2000n, minMessageWindowMs: 1000, staticRoutes: [] };
  tables = RoutingTables.build([], rules);
});

const deskWith = (
  ask: RemoteQuotes['ask'],
  askForLedger: LiveRoutes['askForLedger'] = () => Promise.resolve(),
): QuoteDesk =>
  new QuoteDesk(
    {
      routes: { tables, askForLedger },
      remote: { ask },
      patienceMs: 4_000,
      rules: { maxHoldTimeMs: 10_000, quoteExpiryMs: 45_000 },
      connectorAddress: 'test.causeway',
    },
    { nowMs: () => NOW },
  );

const nobodyIsAsked = (): Promise<never> => Promise.reject(new Error('nobody is to be asked'));

afterEach(() => {
  jest.useRealTimers();
});

test('a question on a ledger that is known is answered from the tables', async () => {
  tables.adopt(LEDGERS);
  const { packet, outcome } = await deskWith(nobodyIsAsked).answer('a', QUESTION);
  expect(outcome).toBe('by-source-response');
  expect(decodeIlp(packet)).toMatchObject({
    destinationAmount: 9980n,
    sourceHoldDurationMs: 4000,
  });
});

test('a question on a ledger that gets known is answered from then on', async () => {
  const desk = deskWith(nobodyIsAsked, () => {
    tables.adopt(LEDGERS);
    return Promise.resolve();
  });
  expect((await desk.answer('a', QUESTION)).outcome).toBe('by-source-response');
});

test('a question on a ledger that never gets known is refused, in time for the peer', async () => {
  const asked: unknown[] = [];
  const desk = deskWith(nobodyIsAsked, (...ledger) => {
    asked.push(ledger);
    return Promise.resolve();
  });
  expect((await desk.answer('a', QUESTION)).outcome).toBe('T01');
  expect(asked).toEqual([['a', 2_000]]);
});

describe('what only the next hop can tell', () => {
  const FAR = encodeIlp({
    type: 'by-source-request',
    destinationAccount: 'far.bob',
    sourceAmount: 10_000n,
    destinationHoldDurationMs: 3000,
  });
  const BOB = { ledgerId: 'b', account: 'test.b.bob', routeKey: 'far.' };
  const curve = Curve.of([
    [0n, 0n],
    [100_000n, 50_000n],
  ]);

  beforeEach(() => {
    const hop = {
      targetPrefix: 'far.',
      connectorLedger: 'test.b.',
      connectorAccount: 'test.b.bob',
    };
    const rules = { spreadPpm: 2000n, minMessageWindowMs: 1000, staticRoutes: [hop] };
    tables = RoutingTables.build([], rules);
    tables.adopt(LEDGERS);
  });

  test('it is asked, and the answer rests on what it said; the next one needs no question', async () => {
    const asked: unknown[] = [];
    const desk = deskWith((needed) => {
      asked.push(needed);
      tables.quote(BOB, { key: 'far.', curve, windowMs: 2000, expiresAtMs: NOW + 9_000 });
      return Promise.resolve({ kind: 'quoted' });
    });
    for (let n = 0; n < 2; n += 1) {
      const { packet } = await desk.answer('a', FAR);
      expect(decodeIlp(packet)).toMatchObject({
        type: 'by-source-response',
        destinationAmount: 4990n,
        sourceHoldDurationMs: 6000,
      });
    }
    expect(asked).toMatchObject([{ destination: 'far.bob', holdDurationMs: 3000 }]);
  });

  test('an amount that it quotes is the answer, where it quotes nothing else', async () => {
    const hop = { ledgerId: 'b', nextHop: 'test.b.bob', sourceHoldDurationMs: 4000 };
    const desk = deskWith(() =>
      Promise.resolve({
        kind: 'amount',
        amount: { ...hop, by: 'source', asked: 9980n, told: 1234n },
      }),
    );
    const { packet } = await desk.answer('a', FAR);
    expect(decodeIlp(packet)).toMatchObject({ destinationAmount: 1234n });
  });

  test('its error is passed on, with our account as the latest to do so', async () => {
    const error = {
      type: 'error',
      code: 'F02',
      name: 'Unreachable',
      triggeredBy: 'far.away',
      forwardedBy: ['far.mark'],
      triggeredAtMs: NOW - 7,
      data: Buffer.from('no'),
    } as const;
    const desk = deskWith(() =>
      Promise.resolve({ kind: 'failed', failure: { kind: 'relayed', error } }),
    );
    const { packet, outcome } = await desk.answer('a', FAR);
    expect(outcome).toBe('F02');
    expect(decodeIlp(packet)).toEqual({ ...error, forwardedBy: ['far.mark', 'test.a.server'] });
  });

  test('nobody waits longer for it than the peer that asks', async () => {
    jest.useFakeTimers();
    const desk = deskWith(() => new Promise(() => undefined));
    const answer = desk.answer('a', FAR);
    await jest.advanceTimersByTimeAsync(4_000);
    expect((await answer).outcome).toBe('T01');
    expect(jest.getTimerCount()).toBe(0);
  });

  test('it is asked a few times only, whatever comes of it', async () => {
    let asked = 0;
    const desk = deskWith(() => {
      asked += 1;
      return Promise.resolve({ kind: 'quoted' });
    });
    expect((await desk.answer('a', FAR)).outcome).toBe('T01');
    expect(asked).toBe(4);
  });
});
