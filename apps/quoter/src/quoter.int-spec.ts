import { randomBytes } from 'node:crypto';
import {
  decodePeerQuoteAnswer,
  encodePeerQuoteQuestion,
  type QuoteExplained,
  readQuoteExplained,
  subjectsOf,
} from '#contracts';
import { BatchedLink, BusConnection, ControlClient, LedgerDirectory } from '#messaging';
import { decodeIlp, encodeIlp, errorMessage, ilpError, type IlpPacket } from '#protocol';
import { eventually } from '../../../test/support/processes';
import { aLedger, ScriptedLedgers } from '../../../test/support/scripted-ledgers';
import { ScriptedSessions } from '../../../test/support/scripted-sessions';
import {
  onceReady,
  type StartedService,
  startService,
} from '../../../test/support/started-service';
import { testNatsUrl } from '../../../test/support/test-nats';
import { quoterService } from './quoter-service';

const GATEWAY = 'a-gateway';
const B = aLedger('b', { currencyScale: 2 });
const LIQUIDITY: IlpPacket = {
  type: 'liquidity-request',
  destinationAccount: 'test.a.client',
  destinationHoldDurationMs: 5000,
};

let scope: string;
let ledgers: ScriptedLedgers;
let sessions: ScriptedSessions;
let gatewayBus: BusConnection;
let gatewayLink: BatchedLink;
let questions = 0;
/** By the number of the question. */
let answers: Map<number, Buffer>;
let quoter: StartedService;

beforeEach(async () => {
  scope = `test-${randomBytes(6).toString('hex')}`;
  ledgers = await ScriptedLedgers.connect(scope);
  sessions = await ScriptedSessions.connect(scope, ['a', 'b']);
  gatewayBus = await BusConnection.connect({ url: testNatsUrl(), name: 'scripted-gateway' });
  gatewayLink = new BatchedLink(gatewayBus);
  answers = new Map();
  gatewayLink.listen(subjectsOf(scope).gatewayQuotes(GATEWAY), {}, (entry) => {
    const { reference, packet } = decodePeerQuoteAnswer(entry);
    answers.set(reference, Buffer.from(packet));
  });
  quoter = await startService(quoterService, settings());
});

const settings = () => ({
  connector: { address: scope.replace('-', '.') },
  console: { token: 'unused' },
  // Questions wait in vain no sooner than a busy machine needs.
  limits: { requestTimeoutMs: 30_000 },
  natsUrl: testNatsUrl(),
  routes: [
    {
      targetPrefix: 'test.far.',
      connectorLedger: 'test.b.',
      connectorAccount: 'test.b.client',
    },
  ],
  peers: [
    {
      id: 'b',
      socket: 'server',
      token: 'secret-of-b',
      authority: 'admin',
      ledger: { prefix: 'test.b.', currencyCode: 'USD', currencyScale: 2, maxBalance: '1000' },
    },
  ],
});

afterEach(async () => {
  await quoter.stop();
  await sessions.close();
  await ledgers.close();
  await gatewayLink.close();
  await gatewayBus.drain();
});

async function ask(packet: Buffer, ledgerId = 'a'): Promise<IlpPacket> {
  const reference = ++questions;
  const question = { replyTo: { gatewayId: GATEWAY, reference }, ledgerId, packet };
  gatewayLink.send(subjectsOf(scope).quoterQuestions, encodePeerQuoteQuestion(question));
  await eventually('a quote', () => answers.has(reference), 30_000);
  return decodeIlp(answers.get(reference) ?? Buffer.alloc(0));
}

test('amounts are quoted in either direction', async () => {
  ledgers.open([aLedger('a'), B], 'silently');
  await quoter.ready;
  const bySource = await ask(
    encodeIlp({
      type: 'by-source-request',
      destinationAccount: 'test.b.client',
      sourceAmount: 1_000_000_000n,
      destinationHoldDurationMs: 5000,
    }),
  );
  expect(bySource).toEqual({
    type: 'by-source-response',
    destinationAmount: 99n,
    sourceHoldDurationMs: 6000,
  });
  const byDestination = await ask(
    encodeIlp({
      type: 'by-destination-request',
      destinationAccount: 'test.a.client',
      destinationAmount: 998_000_000n,
      destinationHoldDurationMs: 5000,
    }),
    'b',
  );
  expect(byDestination).toEqual({
    type: 'by-destination-response',
    sourceAmount: 101n,
    sourceHoldDurationMs: 6000,
  });
});

test('liquidity is quoted with the shifted curve, for the destination ledger, for 45 s', async () => {
  ledgers.open([aLedger('a'), B], 'silently');
  await quoter.ready;
  const before = Date.now();
  const answer = await ask(encodeIlp(LIQUIDITY), 'b');
  expect(answer).toMatchObject({
    type: 'liquidity-response',
    appliesToPrefix: 'test.a.',
    sourceHoldDurationMs: 6000,
  });
  if (answer.type !== 'liquidity-response') throw new Error('no liquidity');
  expect(answer.points[0]).toEqual([1n, 0n]);
  expect(answer.points).toHaveLength(2);
  expect(answer.expiresAtMs - before).toBeGreaterThanOrEqual(45_000);
  expect(answer.expiresAtMs - Date.now()).toBeLessThanOrEqual(45_000);
});

test('what cannot be quoted is an ILP error, and a static route says why', async () => {
  ledgers.open([aLedger('a'), B], 'silently');
  await quoter.ready;
  const refused = async (packet: Buffer): Promise<string> => {
    const answer = await ask(packet);
    if (answer.type !== 'error') throw new Error(`answered with ${answer.type}`);
    expect(answer.triggeredBy).toBe('test.a.server');
    return `${answer.code} ${errorMessage(answer.data)}`;
  };
  expect(await refused(Buffer.from('ffff', 'hex'))).toMatch(/^F01/);
  expect(await refused(encodeIlp({ ...LIQUIDITY, destinationAccount: 'test.x.y' }))).toMatch(
    /^F02/,
  );
  // Nobody answers for b.
  expect(await refused(encodeIlp({ ...LIQUIDITY, destinationAccount: 'test.far.y' }))).toMatch(
    /^T01 test\.b\.client gave no quote/,
  );
});

test('what only the next hop can tell is asked of it, once for two quoters', async () => {
  ledgers.open([aLedger('a'), B], 'silently');
  await quoter.ready;
  const other = await startService(quoterService, settings());
  try {
    await other.ready;
    const expiresAtMs = Date.now() + 30_000;
    const asked = sessions.answers('b', () => ({
      type: 'liquidity-response',
      points: [
        [0n, 0n],
        [1_000_000n, 500_000n],
      ],
      appliesToPrefix: 'test.far.',
      sourceHoldDurationMs: 7000,
      expiresAtMs,
    }));
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        ask(
          encodeIlp({
            type: 'by-source-request',
            destinationAccount: 'test.far.y',
            sourceAmount: 1_000_000_000n,
            destinationHoldDurationMs: 5000,
          }),
        ),
      ),
    );
    const expected = { destinationAmount: 49n, sourceHoldDurationMs: 8000 };
    expect(answers).toEqual(answers.map(() => ({ type: 'by-source-response', ...expected })));
    expect(asked).toEqual([{ ...LIQUIDITY, destinationAccount: 'test.far.y' }]);
    const told = await explained({
      ...{ from: 'a', to: 'test.far.y', holdMs: 5000, sourceAmount: '1000000000' },
    });
    expect(told).toMatchObject({
      destination: { units: '49' },
      answeredBy: { kind: 'peer', peer: 'b', until: new Date(expiresAtMs).toISOString() },
    });
  } finally {
    await other.stop();
  }
});

test('it is not ready before it knows the ledgers; a question waits a while for them', async () => {
  let ready = false;
  void quoter.ready.then(() => (ready = true));
  const answered = ask(encodeIlp(LIQUIDITY), 'b');
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(ready).toBe(false);
  expect((await quoter.context.health.readiness()).ready).toBe(false);
  ledgers.open([aLedger('a'), B], 'silently');
  expect(await answered).toMatchObject({ type: 'liquidity-response' });
  await quoter.ready;
  await onceReady(quoter);
});

test('a ledger that is closed is not quoted any more', async () => {
  ledgers.open([aLedger('a'), B], 'silently');
  await quoter.ready;
  const directory = quoter.app.get(LedgerDirectory);
  const refresh = jest.spyOn(directory, 'refresh');
  ledgers.open([B], 'announced');
  await eventually('it is gone', () => directory.ledgers?.length === 1);
  // It did not wait until it would have asked by itself.
  expect(refresh).toHaveBeenCalled();
  expect(await ask(encodeIlp(LIQUIDITY), 'b')).toMatchObject({ type: 'error', code: 'F02' });
});

test('what is no question is in nobody’s way, and quotes are counted for the operator', async () => {
  ledgers.open([aLedger('a'), B], 'silently');
  await quoter.ready;
  gatewayLink.send(subjectsOf(scope).quoterQuestions, Buffer.from('no question'));
  await ask(encodeIlp(LIQUIDITY), 'b');
  expect(await quoter.context.metrics.metrics()).toContain(
    'causeway_quoter_quotes_total{outcome="liquidity-response",service="quoter"} 1',
  );
});

test('an operator is told of a next hop that was asked for the amount only', async () => {
  ledgers.open([aLedger('a'), B], 'silently');
  await quoter.ready;
  sessions.answers('b', ({ type }) =>
    type === 'by-source-request'
      ? { type: 'by-source-response', destinationAmount: 41n, sourceHoldDurationMs: 7000 }
      : ilpError({
          code: 'F00',
          triggeredBy: 'test.b.client',
          triggeredAtMs: Date.now(),
          data: '',
        }),
  );
  const told = await explained({
    ...{ from: 'a', to: 'test.far.y', holdMs: 5000, sourceAmount: '1000000000' },
  });
  expect(told).toMatchObject({
    destination: { units: '41' },
    curve: null,
    answeredBy: { kind: 'peer', peer: 'b', until: null },
  });
});

async function explained(question: object): Promise<QuoteExplained> {
  return new ControlClient(gatewayBus).ask(subjectsOf(scope).quoterExplain, question, {
    deadlineMs: 20_000,
    parse: readQuoteExplained,
  });
}

test.each([{ sourceAmount: '1000000000' }, { destinationAmount: '99' }, {}])(
  'an operator is told what a peer would be, and why: %j',
  async (amounts) => {
    ledgers.open([aLedger('a'), B], 'silently');
    await quoter.ready;
    const to = 'test.b.client';
    const answer = await explained({ from: 'a', to, holdMs: 5000, ...amounts });
    const { sourceAmount, destinationAmount } = { sourceAmount: null, ...amounts } as {
      sourceAmount?: string | null;
      destinationAmount?: string;
    };
    const about = { destinationAccount: to, destinationHoldDurationMs: 5000 };
    const liquidity = await ask(encodeIlp({ ...LIQUIDITY, ...about }));
    if (liquidity.type !== 'liquidity-response') throw new Error(liquidity.type);
    expect(answer.curve).toEqual(liquidity.points.map(([x, y]) => [String(x), String(y)]));
    expect(answer.sourceHoldMs).toBe(liquidity.sourceHoldDurationMs);
    if (sourceAmount != null) {
      const amount = BigInt(sourceAmount);
      const told = await ask(
        encodeIlp({ type: 'by-source-request', ...about, sourceAmount: amount }),
      );
      if (told.type !== 'by-source-response') throw new Error(told.type);
      expect(answer.destination.units).toBe(told.destinationAmount.toString());
      expect(answer.destination.amount).toBe('0.99');
    }
    if (destinationAmount !== undefined) {
      const request = { ...about, destinationAmount: BigInt(destinationAmount) };
      const told = await ask(encodeIlp({ type: 'by-destination-request', ...request }));
      if (told.type !== 'by-destination-response') throw new Error(told.type);
      expect(answer.source.units).toBe(told.sourceAmount.toString());
    }
    expect(answer.route).toMatchObject({ kind: 'local', nextPrefix: 'test.b.', length: 2 });
    expect(answer.rates.state).toBe('one-to-one');
  },
);

test('what a peer would be refused an operator is told as well, and what cannot be asked is refused', async () => {
  ledgers.open([aLedger('a'), B], 'silently');
  await quoter.ready;
  const question = { from: 'a', to: 'test.nowhere.x', holdMs: 5000 };
  expect(await explained(question)).toMatchObject({
    refused: { code: 'F02', name: 'Unreachable', triggeredBy: 'test.a.server' },
    ...{ curve: null, route: null, exchange: null, sourceHoldMs: null },
  });
  const wrong = { name: 'RemoteError', code: 'bad-request' };
  await expect(explained({ ...question, holdMs: -1 })).rejects.toMatchObject(wrong);
  const unknown = explained({ ...question, from: 'x' });
  await expect(unknown).rejects.toMatchObject({ code: 'unknown-ledger' });
});
