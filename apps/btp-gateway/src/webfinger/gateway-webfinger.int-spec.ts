import type { LedgerOpenReply } from '#contracts';
import { freePort } from '#platform';
import { authMessage, decodeBtp, encodeBtp } from '#protocol';
import { administrator, aTransferId, BtpPeer } from '#testing';
import { outgoing, pause, waitFor } from '../../../../test/support/gateway/alice';
import { BareCaller } from '../../../../test/support/gateway/bare-caller';
import { GatewayUnderTest } from '../../../../test/support/gateway/gateway-under-test';
import { LIMITS, part, transfer, whenParting } from '../../../../test/support/gateway/rpc-meeting';
import { callUs, RpcPeer } from '../../../../test/support/gateway/rpc-peer';
import {
  foundUnder,
  lookedUp,
  pageOf,
  SHARED,
  STRANGERS_KEY,
  WALLET1,
  WALLET2,
} from '../../../../test/support/gateway/scripted-host';
import { meet, type Scene } from '../../../../test/support/gateway/webfinger-meeting';

const { prefix, authToken: token } = SHARED;
const OURS = prefix + WALLET1.publicKey;
const THEIRS = prefix + WALLET2.publicKey;
const OUR_BTP = { publicBtpUri: 'btp+ws://wallet1.example' };
const CONFLICT: LedgerOpenReply = {
  outcome: 'conflict',
  field: 'prefix',
  stored: 'peer.other.usd.9.',
  wanted: prefix,
};

afterEach(async () => {
  await part();
});

const incoming = (id: string): object => transfer({ id, ledger: prefix, from: THEIRS, to: OURS });

describe('a peer that is found', () => {
  it('has its ledger opened, then is called under what both derive', async () => {
    const { test, wallet } = await meet();
    await test.inside.hears('session-opened');
    expect(test.inside.opened).toEqual([
      {
        ledgerId: 'wallet2',
        prefix,
        currencyCode: 'USD',
        currencyScale: 9,
        account: WALLET1.publicKey,
        peerAccount: WALLET2.publicKey,
        authority: 'symmetric',
        maxBalance: '1000000',
        minBalance: null,
      },
    ]);
    expect(wallet.heard[0]).toMatchObject({
      method: 'get_limit',
      prefix,
      authorization: `Bearer ${token}`,
    });
    test.inside.deliver('wallet2', outgoing({ ledgerId: 'wallet2' }));
    const [sent] = (await wallet.hears('send_transfer')).params as readonly unknown[];
    expect(sent).toMatchObject({ ledger: prefix, from: OURS, to: THEIRS });
  });

  it('calls us under the same, and nobody else does', async () => {
    const { test } = await meet();
    await test.becomes('wallet2', 'open');
    const call = (change: object) =>
      callUs(test.url, 'send_transfer', [incoming(aTransferId(1))], { prefix, token, ...change });
    expect(await call({})).toEqual({ status: 200, body: true });
    expect((await call({ token: 'another' })).status).toBe(403);
    expect((await call({ prefix: 'peer.other.usd.9.' })).status).toBe(404);
  });

  it('has one session, and may call any gateway', async () => {
    const { test } = await meet();
    await test.becomes('wallet2', 'open');
    const other = await test.another();
    await other.becomes('wallet2', 'offline', 'found at its host');
    const sent = [incoming(aTransferId(2))];
    const called = await callUs(other.url, 'send_transfer', sent, { prefix, token });
    expect(called).toEqual({ status: 200, body: true });
    expect([test.gateway.sessions(), other.gateway.sessions()]).toEqual([1, 0]);
  });

  it('dials us if its hostname sorts higher and both can be dialled', async () => {
    const resource = { peersRpcUri: 'http://127.0.0.1:1/', btpUri: 'btp+ws://127.0.0.1:1' };
    const { test } = await meet({ resource, ours: OUR_BTP, hostname: 'a.example' });
    await test.becomes('wallet2', 'offline', 'it is to dial us');
    const other = await test.another();
    await other.becomes('wallet2', 'offline', 'it is to dial us');
    const info = { prefix, currencyCode: 'USD', currencyScale: 9, connectors: [] };
    const scripts = [administrator({ info })];
    other.keep(await BtpPeer.dial({ url: other.url, token, scripts }));
    await other.becomes('wallet2', 'open');
    await expect(BtpPeer.dial({ url: test.url, token: 'another' })).rejects.toThrow();
  });

  it('is tried again when its host was not there, at most every so often', async () => {
    const { test, host, wallet } = await meet({
      before: (host) => {
        host.says('', 503);
      },
    });
    const { reason } = await test.becomes('wallet2', 'offline', 'look-up');
    expect(reason).toContain('status');
    expect(test.inside.opened).toEqual([]);
    host.shows({ peersRpcUri: `http://127.0.0.1:${wallet.port}/rpc` });
    await test.becomes('wallet2', 'open');
  });

  it('is not asked more often than configured', async () => {
    const { test, host } = await meet({
      ours: { retryMs: 60_000 },
      before: (host) => {
        host.says('', 503);
      },
    });
    await test.becomes('wallet2', 'offline', 'look-up');
    await pause(200);
    expect(host.asked).toBe(1);
  });

  it('is kept while its host is away', async () => {
    const { test, host } = await meet();
    await test.becomes('wallet2', 'open');
    host.says('', 503);
    const { asked } = host;
    await waitFor(() => host.asked >= asked + 2);
    expect(test.standing('wallet2')?.state).toBe('open');
    expect(test.gateway.sessions()).toBe(1);
  });

  it('is called elsewhere when it has moved', async () => {
    const { test, host, wallet } = await meet();
    await test.inside.hears('session-opened');
    const moved = await RpcPeer.listen();
    whenParting(() => moved.close());
    host.shows({ peersRpcUri: `http://127.0.0.1:${moved.port}/rpc` });
    const { asked } = host;
    await waitFor(() => host.asked >= asked + 2);
    wallet.script = () => ({ status: 404, body: {} });
    test.inside.deliver('wallet2', outgoing({ ledgerId: 'wallet2' }));
    await moved.hears('get_limit');
    await test.becomes('wallet2', 'open');
  });

  it('is turned away without a verdict until it is found', async () => {
    const resource = { peersRpcUri: 'http://127.0.0.1:1/', btpUri: 'btp+ws://127.0.0.1:1' };
    const { test, host } = await meet({
      ours: OUR_BTP,
      hostname: 'a.example',
      before: (host) => {
        host.says('', 503);
      },
    });
    await test.becomes('wallet2', 'offline', 'look-up');
    const early = await BareCaller.to(test.url);
    early.socket.send(encodeBtp(authMessage(1, '', token)));
    expect(await early.ended).toBe(1013);
    expect(early.frames).toEqual([]);
    host.shows(resource);
    await test.becomes('wallet2', 'offline', 'it is to dial us');
    const stranger = await BareCaller.to(test.url);
    stranger.socket.send(encodeBtp(authMessage(1, '', 'another')));
    expect(decodeBtp(await stranger.hears())).toMatchObject({ name: 'NotAcceptedError' });
    test.keep(await BtpPeer.dial({ url: test.url, token }));
  });

  it('stays failed while its host is away', async () => {
    const { test, host } = await meet({
      resource: { peersRpcUri: 'http://127.0.0.1:1/', publicKey: WALLET1.publicKey },
    });
    await test.becomes('wallet2', 'failed', 'ourselves');
    host.says('', 503);
    const { asked } = host;
    await waitFor(() => host.asked >= asked + 2);
    expect(test.standing('wallet2')).toMatchObject({ state: 'failed' });
  });

  it('waits until the ledger service is there', async () => {
    let isThere = false;
    const { test, wallet } = await meet({
      opening: () => ({ outcome: isThere ? 'opened' : 'unavailable' }),
    });
    await test.becomes('wallet2', 'connecting', 'ledger service');
    expect(wallet.heard).toEqual([]);
    isThere = true;
    await test.becomes('wallet2', 'open');
  });
});

describe('two of us that find each other', () => {
  const WALLETS = { one: WALLET1, two: WALLET2 };

  async function wallet(wanted: {
    readonly name: keyof typeof WALLETS;
    readonly port: number;
    readonly other: number;
    readonly speaksBtp: boolean;
  }): Promise<GatewayUnderTest> {
    const { name, port, other, speaksBtp } = wanted;
    const { secret } = WALLETS[name];
    const publicBtpUri = speaksBtp ? `btp+ws://127.0.0.1:${port}` : undefined;
    const test = await GatewayUnderTest.startAs({
      peers: [lookedUp('other', `localhost:${other}`)],
      webfinger: foundUnder(`localhost:${port}`, { secret, publicBtpUri }),
      gateway: { listen: { host: '127.0.0.1', port } },
      limits: LIMITS,
      prepared: (inside) => {
        inside.script = () => ({ error: null, balance: { balance: 0n, maxBalance: 1_000_000n } });
      },
    });
    whenParting(() => test.stop());
    return test;
  }

  it.each([
    ['RPC', [false, false]],
    ['RPC, though one of them could be dialled', [true, false]],
    ['BTP', [true, true]],
  ] as const)('speak %s', async (_, [first, second]) => {
    const [port, other] = [await freePort(), await freePort()];
    const one = await wallet({ name: 'one', port, other, speaksBtp: first });
    const two = await wallet({ name: 'two', port: other, other: port, speaksBtp: second });
    await one.becomes('other', 'open');
    await two.becomes('other', 'open');
    // Heard after it, the sessions have subscribed.
    await Promise.all([one, two].map(({ inside }) => inside.hears('session-opened')));
    one.inside.deliver('other', outgoing({ ledgerId: 'other' }));
    two.inside.deliver('other', outgoing({ ledgerId: 'other' }));
    await two.inside.hears('prepare-payment');
    await one.inside.hears('prepare-payment');
    const isBtp = first && second;
    const { accepted } = (port < other ? one : two).gateway.metrics.admissions;
    expect(accepted).toBe(isBtp ? 1 : 0);
  });
});

describe('a peer whose host says what does not do', () => {
  const rpc = { peersRpcUri: 'http://127.0.0.1:1/rpc' };
  const cases: [string, 'offline' | 'failed', string, Scene][] = [
    [
      'no JSON',
      'failed',
      'not-json',
      {
        before: (host) => {
          host.says('{');
        },
      },
    ],
    [
      'a list',
      'failed',
      'not-an-object',
      {
        before: (host) => {
          host.says('[]');
        },
      },
    ],
    [
      'nothing of peering',
      'failed',
      'missing',
      {
        before: (host) => {
          host.says('{}');
        },
      },
    ],
    ['no key', 'failed', 'not-a-key', { resource: { ...rpc, publicKey: 'A'.repeat(43) } }],
    ['nowhere to go', 'failed', 'missing', { resource: {} }],
    ['our own key', 'failed', 'ourselves', { resource: { ...rpc, publicKey: WALLET1.publicKey } }],
    [
      'a key that is not the pinned one',
      'failed',
      'not-the-pinned-key',
      { peer: { publicKey: STRANGERS_KEY } },
    ],
    [
      'a key that agrees with everybody',
      'failed',
      'no-agreement',
      { resource: { ...rpc, publicKey: Buffer.alloc(32).fill(1, 0, 1).toString('base64url') } },
    ],
    [
      'BTP only, while we have none',
      'failed',
      'no-common-transport',
      { resource: { btpUri: 'btp+ws://127.0.0.1:1' } },
    ],
    [
      'a status',
      'offline',
      'status',
      {
        before: (host) => {
          host.says('', 404);
        },
      },
    ],
    [
      'nothing in time',
      'offline',
      'timeout',
      {
        ours: { timeoutMs: 100 },
        before: (host) => {
          host.answer = () => undefined;
        },
      },
    ],
    ['a private address', 'offline', 'private-address', { ours: { allowPrivateAddresses: false } }],
    ['the key of another ledger', 'failed', 'needs an operator', { opening: () => CONFLICT }],
  ];

  it.each(cases)('%s: it is %s, and why', async (_, state, reason, scene) => {
    const { test, wallet } = await meet(scene);
    await test.becomes('wallet2', state, reason);
    expect(wallet.heard).toEqual([]);
    expect(test.gateway.sessions()).toBe(0);
    expect(test.inside.opened.length > 0).toBe(scene.opening !== undefined);
    const called = await callUs(test.url, 'get_limit', [], { prefix, token });
    expect(called.status).toBe(state === 'failed' ? 404 : 503);
  });
});

describe('a peer whose key changes', () => {
  it('is dropped and waits for an operator, or for the old key', async () => {
    const { test, host, wallet } = await meet();
    await test.becomes('wallet2', 'open');
    const rpc = { peersRpcUri: `http://127.0.0.1:${wallet.port}/rpc` };
    host.shows({ ...rpc, publicKey: STRANGERS_KEY });
    const { reason } = await test.becomes('wallet2', 'failed', 'key-changed');
    expect(reason).toContain(STRANGERS_KEY);
    expect(test.gateway.sessions()).toBe(0);
    expect(test.inside.opened).toHaveLength(1);
    expect((await callUs(test.url, 'get_limit', [], { prefix, token })).status).toBe(404);
    host.shows(rpc);
    await test.becomes('wallet2', 'open');
  });

  it('is not taken for the same after a restart', async () => {
    const { test, host } = await meet();
    await test.becomes('wallet2', 'open');
    test.inside.onOpen = () => CONFLICT;
    host.says(
      pageOf(host.hostname, { peersRpcUri: 'http://127.0.0.1:1/', publicKey: STRANGERS_KEY }),
    );
    const later = await test.another();
    const { reason } = await later.becomes('wallet2', 'failed', 'needs an operator');
    expect(reason).toContain("the ledger's prefix");
    expect(later.gateway.sessions()).toBe(0);
  });

  it('tells nobody what is secret', async () => {
    const { test } = await meet();
    await test.becomes('wallet2', 'open');
    const said = JSON.stringify(test.log.lines);
    expect(said).not.toContain(token);
    expect(said).not.toContain(WALLET1.secret);
  });
});
