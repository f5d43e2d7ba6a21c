import { RoutingTables } from '#domain/routing';
import { decodeIlp, encodeIlp } from '#protocol';
import type { RemoteQuotes } from '#routes';
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
  refreshLedgers: () => Promise<void>,
  ask: RemoteQuotes['ask'] = () => Promise.reject(new Error('nobody is to be asked')),
): QuoteDesk =>
  new QuoteDesk(
    {
      routes: { tables },
      remote: { ask },
      patienceMs: 4_000,
      rules: { maxHoldTimeMs: 10_000, quoteExpiryMs: 45_000 },
      connectorAddress: 'test.causeway',
    },
    { refreshLedgers, nowMs: () => NOW },
  );

afterEach(() => {
  jest.useRealTimers();
});

test('a question on a known ledger is answered without asking for the ledgers', async () => {
  const desk = deskWith(() => Promise.reject(new Error('not needed')));
  tables.adopt(LEDGERS);
  const { packet, outcome } = await desk.answer('a', QUESTION);
  expect(outcome).toBe('by-source-response');
  expect(decodeIlp(packet)).toMatchObject({
    destinationAmount: 9980n,
    sourceHoldDurationMs: 4000,
  });
});

test('a question on an unknown ledger is answered once the ledgers are known', async () => {
  const desk = deskWith(() => {
    tables.adopt(LEDGERS);
    return Promise.resolve();
  });
  expect((await desk.answer('a', QUESTION)).outcome).toBe('by-source-response');
});

test('a question is answered in time, even if the ledgers never get known', async () => {
  jest.useFakeTimers();
  const desk = deskWith(() => new Promise(() => undefined));
  const answer = desk.answer('a', QUESTION);
  await jest.advanceTimersByTimeAsync(2_000);
  expect((await answer).outcome).toBe('T01');
  expect(jest.getTimerCount()).toBe(0);
});
