import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { stringify } from 'yaml';
import { z } from 'zod';
import { encodeIlp, ilpEntry, numberRequest, readBalance } from '#protocol';
import { administrator, aPreimage, BtpPeer, type Script } from '#testing';
import { ConnectorProcess } from '../../apps/causeway/src/demo/connector-process';
import { cleanEnvironment, temporaryDirectory, until } from '../support/running-connector';

const WITHIN_MS = 30_000;
/** A connector brings its own database and bus. */
const STARTED_WITHIN_MS = 180_000;
const COMPARE_EVERY_MS = 300;
const TOKEN = 'a-token-of-a-peer-in-a-test';
const { fulfillment, condition } = aPreimage(1);
const USD = { currencyCode: 'USD', currencyScale: 9 };

const connectorFile = z.object({ databaseUrl: z.string() });

interface Comparison {
  readonly type: string;
  readonly ours: string;
  readonly theirs: string;
}

/** A connector of its own, with database, bus and configuration in a directory of its own. */
class Connector {
  private constructor(
    private readonly directory: string,
    private readonly process: ConnectorProcess,
  ) {}

  static async start(
    name: string,
    settings: object,
    peers: readonly object[],
    routes: object[] = [],
  ) {
    const directory = await temporaryDirectory();
    const configFile = join(directory, 'causeway.yaml');
    const dataDir = join(directory, 'data');
    await mkdir(dataDir);
    const configuration = {
      connector: {
        address: `test.${name}`,
        spread: 0,
        compareBalancesEveryMs: COMPARE_EVERY_MS,
        ...settings,
      },
      gateway: { listen: '127.0.0.1:0' },
      console: { listen: '127.0.0.1:0', token: 'a-token-for-the-console-of-this-test' },
      health: { basePort: 0 },
      limits: { reconnectMinMs: 100, reconnectMaxMs: 500 },
      peers,
      routes,
    };
    await writeFile(configFile, stringify(configuration));
    const logFile = join(directory, 'connector.log');
    const env = cleanEnvironment();
    try {
      const started = await ConnectorProcess.start({ configFile, dataDir, env, logFile });
      return new Connector(directory, started);
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  get url(): string {
    return this.process.ready.btp;
  }

  /** As a peer dials it. */
  get uri(): string {
    return this.url.replace('ws://', `btp+ws://:${TOKEN}@`);
  }

  /** What the log says of two figures, oldest first. */
  async comparisons(ledger: string): Promise<Comparison[]> {
    const rows = await this.query(
      `select type, payload->>'ours' as ours, payload->>'theirs' as theirs from ledger_events
        where ledger_id = $1 and payload ? 'theirs' order by version`,
      [ledger],
    );
    return rows.map(({ type, ours, theirs }) => ({
      type: String(type),
      ours: String(ours),
      theirs: String(theirs),
    }));
  }

  /** Warnings of that outcome in the log that operators read. */
  alerts(outcome: string): string[] {
    const lines = readFileSync(join(this.directory, 'connector.log'), 'utf8').split('\n');
    return lines.filter((line) => line.includes(`"outcome":"${outcome}"`));
  }

  async stop(): Promise<void> {
    await this.process.stop();
    await rm(this.directory, { recursive: true, force: true });
  }

  private async query(text: string, values: string[]): Promise<Record<string, unknown>[]> {
    const file = readFileSync(join(this.directory, 'data', 'run', 'connector.json'), 'utf8');
    const { databaseUrl } = connectorFile.parse(JSON.parse(file));
    const client = new Client({ connectionString: databaseUrl });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text, values)).rows;
    } finally {
      await client.end();
    }
  }
}

/** A peer that dials us; we keep its ledger. */
const dialsUs = (id: string, more: object = {}): object => ({
  id,
  socket: 'server',
  token: `${TOKEN}-${id}`,
  authority: 'admin',
  ledger: { prefix: `test.${id}.`, ...USD, maxBalance: 'unlimited' },
  ...more,
});
const symmetric = (id: string, more: object): object =>
  dialsUs(id, { authority: 'symmetric', ...more });

const dial = (connector: Connector, id: string, ...scripts: Script[]): Promise<BtpPeer> =>
  BtpPeer.dial({ url: connector.url, token: `${TOKEN}-${id}`, scripts });

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

async function pays(peer: BtpPeer, amount: bigint, account: string): Promise<void> {
  const transferId = randomUUID();
  const packet = encodeIlp({ type: 'payment', amount, account, data: Buffer.alloc(0) });
  await peer.prepare({
    transferId,
    amount,
    executionCondition: condition,
    expiresAtMs: Date.now() + 9_000,
    protocolData: [ilpEntry(packet)],
  });
  await until(WITHIN_MS, `${amount} are paid to ${account}`, () =>
    peer.requests.some((one) => one.type === 'fulfill' && one.transferId === transferId),
  );
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
        scripts: [administrator({ info: infoOf('test.liar.'), balance: () => LIE })],
      });
      const liar = { id: 'liar', socket: 'client', uri: authority.uri, authority: 'shadow' };
      const connector = await Connector.start('shadow', { shadowAdoption }, [
        { ...liar, ledger: USD },
      ]);
      try {
        await until(
          WITHIN_MS,
          'it was compared again and again',
          () => authority.requests.filter(isBalance).length >= 5,
        );
        const figures = { ours: '0', theirs: String(-LIE) };
        expect(await connector.comparisons('liar')).toEqual(
          expected.map((type) => ({ type, ...figures })),
        );
        expect(connector.alerts('diverged')).toHaveLength(1);
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
  let anna: Connector;
  let otto: Connector;
  const peers: BtpPeer[] = [];

  beforeAll(async () => {
    const ledger = (id: string) => ({ prefix: `test.${id}.`, ...USD, maxBalance: 'unlimited' });
    otto = await Connector.start('otto', {}, [
      // Otherwise otto told anna over one of them what he has heard of her over the other.
      symmetric('even', { party: 'anna' }),
      symmetric('odd', { party: 'anna' }),
      dialsUs('carol'),
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
      const uri = otto.uri.replace(`:${TOKEN}@`, `:${TOKEN}-${id}@`);
      return { id, socket: 'client', uri, authority: 'symmetric', ledger: ledger(id) };
    };
    const routes = ['even', 'odd'].map((id) => ({
      targetPrefix: id === 'even' ? 'test.carol.' : 'test.carol.client.odd.',
      connectorLedger: `test.${id}.`,
      connectorAccount: `test.${id}.server`,
    }));
    anna = await Connector.start(
      'anna',
      {},
      [dialled('even'), dialled('odd'), dialsUs('alice')],
      routes,
    );
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

  it('agree where they have counted the same, also after a payment', async () => {
    await pays(alice(), 70n, 'test.carol.client.x');
    const agreedOn = async (connector: Connector, figure: string): Promise<boolean> =>
      (await connector.comparisons('even')).some(({ theirs }) => theirs === figure);
    await until(WITHIN_MS, 'both agree', async () =>
      (await Promise.all([agreedOn(anna, '-70'), agreedOn(otto, '70')])).every(Boolean),
    );
    for (const connector of both()) {
      const types = (await connector.comparisons('even')).map(({ type }) => type);
      expect(new Set(types)).toEqual(new Set(['BalanceCompared']));
    }
  });

  it('dispute it on both sides where they have not, and adjust nothing', async () => {
    const disputed = async (connector: Connector) =>
      (await connector.comparisons('odd')).length > 0;
    await until(WITHIN_MS, 'both dispute it', async () =>
      (await Promise.all(both().map(disputed))).every(Boolean),
    );
    expect(await anna.comparisons('odd')).toEqual([
      { type: 'LedgerDisputed', ours: '0', theirs: '-100' },
    ]);
    expect(await otto.comparisons('odd')).toEqual([
      { type: 'LedgerDisputed', ours: '100', theirs: '0' },
    ]);
    for (const connector of both()) expect(connector.alerts('disputed')).toHaveLength(1);
  });

  it('go on paying over a disputed ledger, and dispute it no second time', async () => {
    await pays(alice(), 5n, 'test.carol.client.odd.x');
    await new Promise((resolve) => setTimeout(resolve, 4 * COMPARE_EVERY_MS));
    for (const connector of both()) expect(await connector.comparisons('odd')).toHaveLength(1);
  });
});
