import { randomBytes } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { deriveSharedLedger, publicKeyOf } from '#domain/peering';
import { Authority } from '../support/certificates';
import { HostedConnector, hostOfItsOwn } from '../support/hosted-connector';
import { type Payment, PayingPeer } from '../support/paying-peer';
import { until } from '../support/running-connector';

/** Two connectors bring two databases and two buses. */
const STARTED_WITHIN_MS = 240_000;
const WITHIN_MS = 60_000;
const USD = { currencyCode: 'USD', currencyScale: 9 };
const LIMITS = { maxBalance: '1000000', minBalance: '-1000000' };
const ANNA_PAYS = 70n;
const OTTO_PAYS = 25n;

jest.setTimeout(STARTED_WITHIN_MS);

const secretOf = (): string => randomBytes(32).toString('base64url');

/** A peer that is found by its host. */
const found = (id: string, hostname: string): object => ({
  id,
  discovery: 'webfinger',
  hostname,
  authority: 'symmetric',
  ledger: { ...USD, ...LIMITS },
});

/** A payer or payee, whose ledger we keep. */
const dialled = (id: string, { btp }: PayingPeer): object => ({
  id,
  socket: 'client',
  uri: btp.uri,
  authority: 'admin',
  ledger: { prefix: `test.${id}.`, ...USD, ...LIMITS },
});

/** What lies behind the other connector. */
function routeTo(targetPrefix: string, secret: string, peerPublicKey: string): object {
  const { prefix, peerAccount } = deriveSharedLedger({ secret, peerPublicKey }, USD);
  return { targetPrefix, connectorLedger: prefix, connectorAccount: prefix + peerAccount };
}

/** A host that takes connections and never says a word. */
class MuteHost {
  private readonly sockets: Socket[] = [];

  private constructor(private readonly server: Server) {}

  static async listen(): Promise<MuteHost> {
    const server = createServer();
    const host = new MuteHost(server);
    server.on('connection', (socket) => host.sockets.push(socket.on('error', () => undefined)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return host;
  }

  get hostname(): string {
    const address = this.server.address();
    return `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  /** Of everybody who has come, whether he is still waiting. */
  get waiting(): boolean[] {
    return this.sockets.map(({ destroyed }) => !destroyed);
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}

describe.each([
  ['one gateway each', ''],
  ['two gateways on one side', 'gateway=2'],
])('two connectors that find each other by WebFinger over https, %s', (_, instances) => {
  const northsSecret = secretOf();
  const southsSecret = secretOf();
  const northsKey = publicKeyOf(northsSecret);
  const southsKey = publicKeyOf(southsSecret);
  const resources: { close(): Promise<void> }[] = [];
  let mute: MuteHost;
  let north: HostedConnector;
  let south: HostedConnector;
  let anna: PayingPeer;
  let otto: PayingPeer;

  const startNorth = (): Promise<void> =>
    north.start({
      secret: northsSecret,
      instances,
      peers: [
        dialled('anna', anna),
        found('south', south.host.hostname),
        found('mute', mute.hostname),
      ],
      routes: [routeTo('test.otto.', northsSecret, southsKey)],
      // Longer than this test takes: whoever waits for a look-up, waits too long.
      webfinger: { timeoutMs: 600_000 },
    });
  const startSouth = (secret = southsSecret): Promise<void> =>
    south.start({
      secret,
      peers: [dialled('otto', otto), found('north', north.host.hostname)],
      routes: [routeTo('test.anna.', southsSecret, northsKey)],
    });
  /** @param why what the reason must hold, if there must be one */
  const becomes = (connector: HostedConnector, peer: string, state: string, why = '') =>
    until(WITHIN_MS, `${peer} is ${state}: ${why}`, async () => {
      const standing = await connector.standing(peer);
      return standing?.state === state && standing.reason.includes(why);
    });
  /** Routers hear of a session a moment after its gateway. */
  const pays = (payer: PayingPeer, payment: Payment) =>
    until(WITHIN_MS, `${payment.to} is paid`, async () => {
      return (await payer.pay(payment)) === 'fulfilled';
    });
  const openings = (connector: HostedConnector, ledger: string) =>
    connector.query(
      `select payload from ledger_events where ledger_id = $1 and type = 'LedgerOpened'`,
      [ledger],
    );

  beforeAll(async () => {
    const authority = new Authority('authority of two connectors');
    mute = await MuteHost.listen();
    anna = await PayingPeer.listen('a-token-of-anna-in-a-test');
    otto = await PayingPeer.listen('a-token-of-otto-in-a-test');
    resources.push(mute, anna, otto);
    north = new HostedConnector(await hostOfItsOwn(authority, 'north'));
    south = new HostedConnector(await hostOfItsOwn(authority, 'south'));
    await startNorth();
  }, STARTED_WITHIN_MS);

  afterAll(async () => {
    await Promise.all([north, south].map((connector) => connector.remove()));
    await Promise.all(resources.map((each) => each.close()));
  });

  it('start while a host is mute and another one is not there, and wait for neither', async () => {
    await becomes(north, 'anna', 'open');
    await until(WITHIN_MS, 'the mute host is asked', () => mute.waiting.length > 0);
    expect(mute.waiting).not.toContain(false);
    await becomes(north, 'south', 'offline', 'look-up (unreachable)');
  });

  it(
    'find each other as soon as both are there, without being told anything',
    async () => {
      await startSouth();
      await becomes(north, 'south', 'open');
      await becomes(south, 'north', 'open');
      const { prefix } = deriveSharedLedger(
        { secret: northsSecret, peerPublicKey: southsKey },
        USD,
      );
      const common = { prefix, authority: 'symmetric' };
      expect(await openings(north, 'south')).toEqual([
        { payload: expect.objectContaining({ ...common, account: northsKey }) as unknown },
      ]);
      expect(await openings(south, 'north')).toEqual([
        { payload: expect.objectContaining({ ...common, account: southsKey }) as unknown },
      ]);
    },
    STARTED_WITHIN_MS,
  );

  it('pay each other, and agree on what they owe', async () => {
    await becomes(north, 'anna', 'open');
    await becomes(south, 'otto', 'open');
    await pays(anna, { to: 'test.otto.client.x', amount: ANNA_PAYS });
    await pays(otto, { to: 'test.anna.client.x', amount: OTTO_PAYS });
    const owed = ANNA_PAYS - OTTO_PAYS;
    await until(WITHIN_MS, 'both have counted the same', async () => {
      const norths = await north.balances();
      const souths = await south.balances();
      return norths.get('south') === String(-owed) && souths.get('north') === String(owed);
    });
    await until(WITHIN_MS, 'and have told each other so', async () => {
      const text = `select 1 from ledger_events where ledger_id = $1 and type = 'BalanceCompared'
        and payload::json->>'ours' = $2 and payload::json->>'theirs' = $2`;
      const norths = await north.query(text, ['south', String(-owed)]);
      const souths = await south.query(text, ['north', String(owed)]);
      return norths.length > 0 && souths.length > 0;
    });
  });

  it('and audits of both are green', async () => {
    for (const connector of [north, south]) {
      expect(await connector.audit()).toMatchObject({ code: 0 });
    }
  });

  it(
    'part when one comes back with another key, and nothing switches by itself',
    async () => {
      await south.stop();
      const another = secretOf();
      await startSouth(another);
      await becomes(north, 'south', 'failed', 'key-changed');
      await becomes(north, 'south', 'failed', `from ${southsKey} to ${publicKeyOf(another)}`);
      expect(await openings(north, 'south')).toHaveLength(1);
      await becomes(south, 'north', 'failed', "the ledger's prefix is");
      expect(await openings(south, 'north')).toHaveLength(1);
      expect(await anna.pay({ to: 'test.otto.client.x', amount: 1n })).not.toBe('fulfilled');
    },
    STARTED_WITHIN_MS,
  );

  it(
    'still part after a restart of the side whose key stayed',
    async () => {
      await north.stop();
      await startNorth();
      await becomes(north, 'south', 'failed', 'it needs an operator');
    },
    STARTED_WITHIN_MS,
  );

  it(
    'peer again when the old key is back',
    async () => {
      await south.stop();
      await startSouth();
      await becomes(north, 'south', 'open');
      await becomes(south, 'north', 'open');
      await becomes(north, 'anna', 'open');
      await becomes(south, 'otto', 'open');
      await pays(anna, { to: 'test.otto.client.x', amount: 5n });
    },
    STARTED_WITHIN_MS,
  );
});
