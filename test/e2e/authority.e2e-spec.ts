import { randomUUID } from 'node:crypto';
import { encodeIlp, ilpEntry, numberRequest, readBalance } from '#protocol';
import { administrator, aPreimage, BtpPeer, type Script } from '#testing';
import { queryConnector } from '../support/connector-database';
import { ConnectorUnderTest } from '../support/connector-under-test';
import { dialsUs, tokenOf } from '../support/dialling-peers';
import { until } from '../support/running-connector';

const WITHIN_MS = 60_000;
const PATIENCE_MS = 30_000;
/** A connector brings its own database and bus. */
const STARTED_WITHIN_MS = 180_000;
/** A question that is asked before the last one was answered takes its place: it must be seldom. */
const COMPARE_EVERY_MS = 1_000;
/** Payments must not run out because somebody stood still. */
const MAX_HOLD_MS = 60_000;
const EXPIRES_IN_MS = 50_000;
const TEST_MS = 180_000;
const TOKEN = 'a-token-of-a-peer-in-a-test';
const { fulfillment, condition } = aPreimage(1);
const USD = { currencyCode: 'USD', currencyScale: 9 };

interface Comparison {
  readonly type: string;
  readonly ours: string;
  readonly theirs: string;
}

function startConnector(
  name: string,
  peers: readonly object[],
  more: { readonly connector?: object; readonly routes?: readonly object[] } = {},
): Promise<ConnectorUnderTest> {
  const { connector, routes = [] } = more;
  const own = {
    address: `test.${name}`,
    spread: 0,
    compareBalancesEveryMs: COMPARE_EVERY_MS,
    // Two ledgers lead from anna to otto: payments go where her own routes say, or nowhere yet.
    broadcastRoutes: false,
    maxHoldTimeMs: MAX_HOLD_MS,
  };
  return ConnectorUnderTest.start({ connector: { ...own, ...connector }, peers, routes });
}

/** What the log says of two figures, oldest first. */
async function comparisons(connector: ConnectorUnderTest, ledger: string): Promise<Comparison[]> {
  const text = `select type, payload->>'ours' as ours, payload->>'theirs' as theirs
    from ledger_events where ledger_id = $1 and payload ? 'theirs' order by version`;
  const rows = await queryConnector(connector.dataDir, text, [ledger]);
  return rows.map(({ type, ours, theirs }) => ({
    type: String(type),
    ours: String(ours),
    theirs: String(theirs),
  }));
}

/** Warnings of that outcome in the log that operators read. */
function alerts({ log }: ConnectorUnderTest, outcome: string): string[] {
  return log.split('\n').filter((line) => line.includes(`"outcome":"${outcome}"`));
}

/** What a process says is in the log a little later. */
async function alertedOnce(connector: ConnectorUnderTest, outcome: string): Promise<void> {
  await until(WITHIN_MS, 'operators are told', () => alerts(connector, outcome).length > 0);
  expect(alerts(connector, outcome)).toHaveLength(1);
}

/** How often its ledgers were compared with their other sides since its start. */
async function compared(connector: ConnectorUnderTest): Promise<number> {
  const text = await (await connector.page('ledger', 'metrics')).text();
  const lines = text.split('\n').filter((line) => line.startsWith(`${COMPARISONS}{`));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

const COMPARISONS = 'causeway_ledger_balance_comparisons_total';
const OPEN = { ledger: { maxBalance: 'unlimited', minBalance: 'unlimited' } };
const symmetric = (id: string): object => dialsUs(id, { ...OPEN, authority: 'symmetric' });

const dial = (connector: ConnectorUnderTest, id: string, ...scripts: Script[]): Promise<BtpPeer> =>
  BtpPeer.dial({ url: connector.url, token: tokenOf(id), scripts, patienceMs: PATIENCE_MS });

const infoOf = (prefix: string) => ({ prefix, ...USD, connectors: [`${prefix}client`] }) as const;

const isBalance: (request: Parameters<Script>[0]) => boolean = ({ type, protocolData }) =>
  type === 'message' && protocolData[0]?.protocolName === 'balance';

/** Takes every transfer and shows its preimage. */
function receives(peer: () => BtpPeer): Script {
  return (request) => {
    if (request.type !== 'prepare') return undefined;
    const { transferId } = request;
    setImmediate(() => void peer().fulfill({ transferId, fulfillment, protocolData: [] }));
    return { respond: [] };
  };
}

/** Again until there is a way, which two connectors that have just met may not have yet. */
async function pays(peer: BtpPeer, amount: bigint, account: string): Promise<void> {
  await until(WITHIN_MS, `${amount} are paid to ${account}`, () => tries(peer, amount, account));
}

async function tries(peer: BtpPeer, amount: bigint, account: string): Promise<boolean> {
  const transferId = randomUUID();
  const packet = encodeIlp({ type: 'payment', amount, account, data: Buffer.alloc(0) });
  await peer.prepare({
    transferId,
    amount,
    executionCondition: condition,
    expiresAtMs: Date.now() + EXPIRES_IN_MS,
    protocolData: [ilpEntry(packet)],
  });
  const outcome = () =>
    peer.requests.find(
      (one) => (one.type === 'fulfill' || one.type === 'reject') && one.transferId === transferId,
    );
  await until(WITHIN_MS, `${amount} to ${account} come to an end`, () => outcome() !== undefined);
  return outcome()?.type === 'fulfill';
}

describe('a shadow whose authority tells a balance that nobody paid', () => {
  const LIE = 12_345n;

  it.each([
    ['operator', ['ShadowDiverged'], 0n],
    ['automatic', ['ShadowDiverged', 'ShadowReconciled'], -LIE],
  ] as const)(
    'yields exactly one ShadowDiverged and no silent change: adopted by %s',
    async (shadowAdoption, expected, balance) => {
      const authority = await BtpPeer.listen({
        token: TOKEN,
        patienceMs: PATIENCE_MS,
        scripts: [administrator({ info: infoOf('test.liar.'), balance: () => LIE })],
      });
      const liar = { id: 'liar', socket: 'client', uri: authority.uri, authority: 'shadow' };
      const connector = await startConnector('shadow', [{ ...liar, ledger: USD }], {
        connector: { shadowAdoption },
      });
      try {
        const asked = (): number => authority.requests.filter(isBalance).length;
        await until(WITHIN_MS, 'they differ', async () => {
          return (await comparisons(connector, 'liar')).length >= expected.length;
        });
        const before = asked();
        await until(WITHIN_MS, 'it was compared again and again', () => asked() >= before + 5);
        const figures = { ours: '0', theirs: String(-LIE) };
        expect(await comparisons(connector, 'liar')).toEqual(
          expected.map((type) => ({ type, ...figures })),
        );
        await alertedOnce(connector, 'diverged');
        const [entry] = (await authority.message(numberRequest('balance'))).protocolData;
        expect(entry && readBalance(entry)).toBe(balance);
      } finally {
        await connector.stop();
        await authority.close();
      }
    },
    STARTED_WITHIN_MS,
  );
});

describe('two connectors that keep ledgers together', () => {
  let anna: ConnectorUnderTest;
  let otto: ConnectorUnderTest;
  const peers: BtpPeer[] = [];

  beforeAll(async () => {
    const ledger = (id: string) => ({ prefix: `test.${id}.`, ...USD, maxBalance: 'unlimited' });
    otto = await startConnector('otto', [
      symmetric('even'),
      symmetric('odd'),
      dialsUs('carol', OPEN),
    ]);
    const carol: BtpPeer = await dial(
      otto,
      'carol',
      receives(() => carol),
    );
    // Somebody paid otto on the odd ledger before anna's time: her count begins at nothing.
    const before = await dial(
      otto,
      'odd',
      (request) => (isBalance(request) ? 'silence' : undefined),
      administrator({ info: infoOf('test.odd.') }),
    );
    await pays(before, 100n, 'test.carol.client.x');
    await before.close();
    const dialled = (id: string): object => {
      return {
        id,
        socket: 'client',
        uri: otto.uri(tokenOf(id)),
        authority: 'symmetric',
        ledger: ledger(id),
      };
    };
    const routes = ['even', 'odd'].map((id) => ({
      targetPrefix: id === 'even' ? 'test.carol.' : 'test.carol.client.odd.',
      connectorLedger: `test.${id}.`,
      connectorAccount: `test.${id}.server`,
    }));
    const annas = [dialled('even'), dialled('odd'), dialsUs('alice', OPEN)];
    anna = await startConnector('anna', annas, { routes });
    peers.push(carol, await dial(anna, 'alice'));
  }, STARTED_WITHIN_MS);

  afterAll(async () => {
    await Promise.all([anna, otto].map((connector) => connector.stop()));
    await Promise.all(peers.map((peer) => peer.close()));
  });

  const both = () => [anna, otto] as const;
  const alice = (): BtpPeer => {
    const [, peer] = peers;
    if (peer === undefined) throw new Error('alice is not there');
    return peer;
  };

  it(
    'agree where they have counted the same, also after a payment',
    async () => {
      await pays(alice(), 70n, 'test.carol.client.x');
      const agreedOn = async (connector: ConnectorUnderTest, figure: string): Promise<boolean> =>
        (await comparisons(connector, 'even')).some(({ theirs }) => theirs === figure);
      await until(WITHIN_MS, 'both agree', async () =>
        (await Promise.all([agreedOn(anna, '-70'), agreedOn(otto, '70')])).every(Boolean),
      );
      for (const connector of both()) {
        const types = (await comparisons(connector, 'even')).map(({ type }) => type);
        expect(new Set(types)).toEqual(new Set(['BalanceCompared']));
      }
    },
    TEST_MS,
  );

  it(
    'dispute it on both sides where they have not, and adjust nothing',
    async () => {
      const disputed = async (connector: ConnectorUnderTest) =>
        (await comparisons(connector, 'odd')).length > 0;
      await until(WITHIN_MS, 'both dispute it', async () =>
        (await Promise.all(both().map(disputed))).every(Boolean),
      );
      expect(await comparisons(anna, 'odd')).toEqual([
        { type: 'LedgerDisputed', ours: '0', theirs: '-100' },
      ]);
      expect(await comparisons(otto, 'odd')).toEqual([
        { type: 'LedgerDisputed', ours: '100', theirs: '0' },
      ]);
      for (const connector of both()) await alertedOnce(connector, 'disputed');
    },
    TEST_MS,
  );

  it(
    'go on paying over a disputed ledger, and dispute it no second time',
    async () => {
      await pays(alice(), 5n, 'test.carol.client.odd.x');
      for (const connector of both()) {
        const before = await compared(connector);
        // Both ledgers count in it.
        const isCompared = async (): Promise<boolean> => (await compared(connector)) >= before + 8;
        await until(WITHIN_MS, 'they were compared again and again', isCompared);
        expect(await comparisons(connector, 'odd')).toHaveLength(1);
      }
    },
    TEST_MS,
  );
});
