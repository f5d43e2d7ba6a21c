import { infoRequest } from '#protocol';
import {
  fulfillment,
  incoming,
  outgoing,
  pause,
  waitFor,
} from '../../../test/support/gateway/alice';
import { dialsUsAs, weDialAt } from '../../../test/support/gateway/peer-documents';
import { callUs, PREFIX, RpcPeer, TOKEN } from '../../../test/support/gateway/rpc-peer';
import { LIMITS, REMOVED, RunTimeMeeting } from '../../../test/support/gateway/run-time-meeting';
import { foundUnder, ScriptedHost } from '../../../test/support/gateway/scripted-host';

const met = new RunTimeMeeting();

afterEach(() => met.part());

describe('a peer that is added while the gateway runs', () => {
  it('is a stranger before, and dials us and pays afterwards', async () => {
    const test = await met.start();
    await expect(met.attach('carol')).rejects.toThrow('NotAcceptedError');
    test.inside.list([dialsUsAs('carol')]);
    await test.becomes('carol', 'offline', 'no session since the start');
    const carol = await met.attach('carol');
    await test.becomes('carol', 'open');
    expect(await carol.prepare(incoming())).toMatchObject({ type: 'response' });
    expect(await test.inside.hears('prepare-payment')).toMatchObject({ ledgerId: 'carol' });
    test.inside.deliver('carol', outgoing({ ledgerId: 'carol' }));
    await carol.next('prepare');
    expect(test.gateway.metrics.listed).toMatchObject({ added: 1, skipped: 0 });
    expect(test.gateway.peers()).toBe(2);
  });

  it('is found also when the news of it is lost, and the list only asked for in time', async () => {
    const test = await met.start({ limits: { peersRefreshMs: 100 } });
    test.inside.list([dialsUsAs('carol')], 'silently');
    await test.becomes('carol', 'offline');
    await met.attach('carol');
    await test.becomes('carol', 'open');
  });

  it('is dialled where we are to dial it, and its word on the ledger is passed on', async () => {
    const bob = await met.listens();
    const test = await met.start();
    test.inside.list([weDialAt('bob', bob.uri)]);
    await test.becomes('bob', 'open');
    expect(test.inside.opened).toMatchObject([{ ledgerId: 'bob', prefix: 'peer.ab.' }]);
    expect(test.standing('bob')?.heard).toEqual({
      prefix: 'peer.ab.',
      currencyCode: 'USD',
      currencyScale: '9',
      limit: 'unlimited',
    });
  });

  it('is called over RPC and calls us, until it is removed and unknown', async () => {
    const dora = await RpcPeer.listen();
    met.whenParting(() => dora.close());
    const test = await met.start();
    const { rpcUri, ledger } = dora.settings();
    const { account, peerAccount } = ledger;
    test.inside.list([
      {
        id: 'dora',
        transport: 'rpc',
        rpcUri,
        token: TOKEN,
        authority: 'symmetric',
        ledger: {
          ...{ prefix: PREFIX, currencyCode: 'USD', currencyScale: 9, maxBalance: '1000000' },
          ...{ account, peerAccount },
        },
      },
    ]);
    await test.becomes('dora', 'open');
    await dora.hears('get_limit');
    const ask = () => callUs(test.url, 'get_limit', []);
    test.inside.script = () => ({ error: null, balance: { balance: 1n, maxBalance: 5n } });
    expect(await ask()).toMatchObject({ status: 200, body: '5' });
    const { heard, told, lastSeenMs } = test.standing('dora') ?? {};
    expect([heard, told]).toEqual([undefined, { limit: '5' }]);
    expect(lastSeenMs).toBeGreaterThan(0);
    test.inside.delist('dora');
    await waitFor(() => test.standing('dora') === undefined);
    expect(await ask()).toMatchObject({ status: 404 });
    expect(test.gateway.sessions()).toBe(0);
    const calls = dora.heard.length;
    await pause(3 * LIMITS.rpcRetryMs);
    expect(dora.heard).toHaveLength(calls);
  });

  it('is looked up at its host, and not any more when it is removed', async () => {
    const host = await ScriptedHost.listen();
    const wallet = await RpcPeer.listen();
    met.whenParting(
      () => host.close(),
      () => wallet.close(),
    );
    host.shows({ peersRpcUri: `http://127.0.0.1:${wallet.port}/rpc` });
    const test = await met.start({ webfinger: foundUnder('wallet1.example') });
    test.inside.list([
      {
        id: 'wallet2',
        discovery: 'webfinger',
        hostname: host.hostname,
        authority: 'symmetric',
        ledger: { currencyCode: 'USD', currencyScale: 9, maxBalance: '1000000' },
      },
    ]);
    await test.becomes('wallet2', 'open');
    expect(test.inside.opened).toMatchObject([{ ledgerId: 'wallet2', prefix: PREFIX }]);
    expect(test.gateway.metrics.lookUps.found).toBeGreaterThan(0);
    test.inside.delist('wallet2');
    await waitFor(() => test.standing('wallet2') === undefined);
    expect(test.gateway.sessions()).toBe(0);
    const { asked } = host;
    await pause(500);
    expect(host.asked).toBeLessThanOrEqual(asked + 1);
    expect(test.gateway.sessions()).toBe(0);
  });

  it('with 999 others does not disturb whoever pays meanwhile', async () => {
    const test = await met.start({
      limits: { inFlightPerPeer: 1_000, requestsPerPeerPerSecond: 100_000 },
    });
    const alice = await met.attach('alice');
    const ids = Array.from({ length: 1_000 }, (_, index) => `peer-${index}`);
    let answered = 0;
    const pays = async (): Promise<void> => {
      while (test.gateway.peers() < 1_001 || answered < 500) {
        expect(await alice.prepare(incoming())).toMatchObject({ type: 'response' });
        answered += 1;
      }
    };
    const paying = Promise.all(Array.from({ length: 8 }, pays));
    test.inside.list(ids.map((id) => dialsUsAs(id)));
    await paying;
    expect(alice.isConnected).toBe(true);
    await met.attach('peer-999');
    await test.becomes('peer-999', 'open');
    test.inside.delist(...ids);
    await waitFor(() => test.gateway.peers() === 1);
    expect(await alice.prepare(incoming())).toMatchObject({ type: 'response' });
  });
});

describe('a peer that changes while the gateway runs', () => {
  it('keeps its session when its token is another, which the next one needs', async () => {
    const test = await met.start();
    test.inside.list([dialsUsAs('carol')]);
    await test.becomes('carol', 'offline');
    const carol = await met.attach('carol');
    await test.becomes('carol', 'open');
    test.inside.list([dialsUsAs('carol', { token: 'another' })]);
    await waitFor(() => test.gateway.metrics.listed.changed === 1);
    expect(carol.isConnected).toBe(true);
    expect(await carol.prepare(incoming())).toMatchObject({ type: 'response' });
    await expect(met.attach('carol')).rejects.toThrow('NotAcceptedError');
    expect(carol.isConnected).toBe(true);
    await met.attach('carol', 'another');
    expect(await carol.ended()).toMatchObject({ reason: 'replaced by a newer session' });
  });

  it('is dialled anew if its URI is another, and not if nothing is', async () => {
    const bob = await met.listens();
    const moved = await met.listens('new-secret');
    const test = await met.start();
    test.inside.list([weDialAt('bob', bob.uri)]);
    await test.becomes('bob', 'open');
    test.inside.list([weDialAt('bob', bob.uri)]);
    await waitFor(() => test.gateway.metrics.listed.changed === 1);
    expect(bob.isConnected).toBe(true);
    test.inside.list([weDialAt('bob', moved.uri)]);
    expect(await bob.ended()).toEqual({
      code: 1000,
      reason: 'it is reached in another way now',
    });
    await waitFor(() => moved.isConnected);
    await test.becomes('bob', 'open');
    expect(bob.isConnected).toBe(false);
  });

  it('that was refused is dialled at once with what is right', async () => {
    const bob = await met.listens();
    const test = await met.start();
    test.inside.list([weDialAt('bob', bob.uri.replace('bob-secret', 'wrong'))]);
    await test.becomes('bob', 'failed', 'auth refused');
    test.inside.list([weDialAt('bob', bob.uri)]);
    await test.becomes('bob', 'open');
  });

  it('in what was agreed on has a session about that', async () => {
    const bob = await met.listens();
    const test = await met.start();
    test.inside.list([weDialAt('bob', bob.uri)]);
    await test.becomes('bob', 'open');
    const euro = { ledger: { currencyCode: 'EUR', currencyScale: 9 } };
    test.inside.list([weDialAt('bob', bob.uri, euro)]);
    await test.becomes('bob', 'failed', 'currencyCode is USD');
  });
});

describe('a peer that is removed while the gateway runs', () => {
  it('has its session ended, is a stranger, and loses nothing that it has earned', async () => {
    const test = await met.start();
    test.inside.list([dialsUsAs('carol')]);
    await test.becomes('carol', 'offline');
    const carol = await met.attach('carol');
    await test.becomes('carol', 'open');
    await test.inside.hears('session-opened');
    const delivery = outgoing({ ledgerId: 'carol' });
    test.inside.deliver('carol', delivery);
    await test.inside.hears('delivered');
    test.inside.script = () => 'silence';
    const { transferId } = delivery;
    void carol.fulfill({ transferId, fulfillment, protocolData: [] }).catch(() => undefined);
    await test.inside.hears('peer-fulfilled');
    test.inside.delist('carol');
    expect(await carol.ended()).toEqual(REMOVED);
    await waitFor(() => test.standing('carol') === undefined);
    await expect(met.attach('carol')).rejects.toThrow('NotAcceptedError');
    await test.isHeardInside();
    const before = test.inside.all('peer-fulfilled').length;
    await test.inside.hears('peer-fulfilled', before + 2);
    expect(test.standing('carol')).toBeUndefined();
    expect(test.gateway).toMatchObject({ metrics: { listed: { withdrawn: 1 } } });
    expect(test.gateway.sessions()).toBe(0);
  });

  it('can be added again', async () => {
    const test = await met.start();
    for (const token of ['first', 'second']) {
      test.inside.list([dialsUsAs('carol', { token })]);
      await test.becomes('carol', 'offline');
      const carol = await met.attach('carol', token);
      await test.becomes('carol', 'open');
      test.inside.delist('carol');
      expect(await carol.ended()).toEqual(REMOVED);
      await waitFor(() => test.standing('carol') === undefined);
    }
  });

  it('is not dialled any more, wherever in the handshake it was', async () => {
    const bob = await met.listens();
    const test = await met.start();
    for (let round = 0; round < 10; round += 1) {
      test.inside.list([weDialAt('bob', bob.uri)]);
      await waitFor(() => (test.standing('bob') ?? { state: 'offline' }).state !== 'offline');
      await pause(round);
      test.inside.delist('bob');
      await waitFor(() => test.standing('bob') === undefined);
      expect(test.gateway.sessions()).toBe(0);
    }
    await waitFor(() => !bob.isConnected);
    await pause(200);
    expect(bob.isConnected).toBe(false);
    expect(test.gateway.sessions()).toBe(0);
  });
});

describe('what the operator is told of a peer', () => {
  it('is when it last spoke, and what it was told', async () => {
    const test = await met.start();
    expect(test.standing('alice')).not.toHaveProperty('lastSeenMs');
    const alice = await met.attach('alice');
    const { sinceMs } = await test.becomes('alice', 'open');
    await alice.message(infoRequest('full'));
    expect(test.standing('alice')?.told).toEqual({
      prefix: 'test.alice.',
      currencyCode: 'USD',
      currencyScale: '9',
      account: 'test.alice.server',
    });
    const seen = test.standing('alice')?.lastSeenMs ?? 0;
    expect(seen).toBeGreaterThanOrEqual(sinceMs);
    alice.drop();
    await test.becomes('alice', 'offline');
    expect(test.standing('alice')?.lastSeenMs).toBe(seen);
  });
});
