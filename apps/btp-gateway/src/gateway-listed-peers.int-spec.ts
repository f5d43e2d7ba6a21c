import { incoming, pause, waitFor } from '../../../test/support/gateway/alice';
import { BareCaller } from '../../../test/support/gateway/bare-caller';
import { dialsUsAs } from '../../../test/support/gateway/peer-documents';
import { callUs } from '../../../test/support/gateway/rpc-peer';
import { RunTimeMeeting } from '../../../test/support/gateway/run-time-meeting';

const met = new RunTimeMeeting();

afterEach(() => met.part());

function ledgerAt(prefix: string): object {
  return { prefix, currencyCode: 'USD', currencyScale: 9, maxBalance: '1' };
}
const HOSTED = {
  discovery: 'webfinger',
  hostname: 'wallet2.example',
  socket: undefined,
  token: undefined,
  authority: 'symmetric',
  ledger: { currencyCode: 'USD', currencyScale: 9, maxBalance: '1' },
};

describe('what is listed and cannot be taken', () => {
  it.each([
    ['its token', { token: 'alice-secret' }, 'token must not be the same'],
    ['its prefix', { ledger: { ...ledgerAt('test.alice.in.') } }, 'ledger.prefix must not lie'],
    ['a validator’s pair', { relaysTo: 'alice' }, 'relaysTo'],
    ['a host while nobody is looked up', HOSTED, 'webfinger.hostname is required'],
    ['something unknown', { colour: 'red' }, 'colour'],
    ['no token', { token: undefined }, 'token is required'],
  ])('a peer with %s is failed, said once, and the others are well', async (_, change, reason) => {
    const test = await met.start({ limits: { peersRefreshMs: 100 } });
    const alice = await met.attach('alice');
    test.inside.list([dialsUsAs('mallory', change), dialsUsAs('carol')]);
    await test.becomes('mallory', 'failed', reason);
    await met.attach('carol');
    await test.becomes('carol', 'open');
    await pause(300);
    expect(test.log.messages('warn')).toEqual(['a listed peer is passed over']);
    expect(JSON.stringify(test.log.lines)).not.toContain('-secret');
    expect(alice.isConnected).toBe(true);
    expect(test.standing('alice')?.state).toBe('open');
    test.inside.list([dialsUsAs('mallory')]);
    await test.becomes('mallory', 'offline', 'no session');
    test.inside.delist('mallory');
    await waitFor(() => test.standing('mallory') === undefined);
  });

  it('a peer of the name of a configured one leaves that one as it is', async () => {
    const test = await met.start();
    test.inside.list([dialsUsAs('alice', { token: 'another' }), dialsUsAs('carol')]);
    await test.becomes('carol', 'offline');
    await expect(met.attach('alice', 'another')).rejects.toThrow('NotAcceptedError');
    await met.attach('alice');
    await test.becomes('alice', 'open');
    test.inside.delist('alice', 'carol');
    await waitFor(() => test.standing('carol') === undefined);
    expect(test.standing('alice')?.state).toBe('open');
  });

  it('a peer without a name is only logged', async () => {
    const test = await met.start();
    test.inside.list([{ ledger: {} }, dialsUsAs('carol')]);
    await test.becomes('carol', 'offline');
    expect(test.gateway.metrics.listed).toMatchObject({ added: 1, skipped: 1 });
  });

  it('a list that cannot be read changes nothing, and is asked for again', async () => {
    const test = await met.start({ limits: { peersRefreshMs: 100 } });
    test.inside.list([dialsUsAs('carol')]);
    await test.becomes('carol', 'offline');
    const carol = await met.attach('carol');
    await test.becomes('carol', 'open');
    const { onPeersList } = test.inside;
    test.inside.onPeersList = () => ({ peers: 'all of them' });
    const warning = 'the list of peers added at run time is not to be had';
    await waitFor(() => test.log.messages('warn').includes(warning));
    expect(carol.isConnected).toBe(true);
    expect(test.gateway.peersBehind()).toBe(0);
    test.inside.onPeersList = onPeersList;
    test.inside.list([dialsUsAs('dan')]);
    await test.becomes('dan', 'offline');
    expect(test.log.messages('warn')).toEqual([warning]);
  });

  it('a list that is older than the one in force is not taken for the newer', async () => {
    const test = await met.start({ limits: { peersRefreshMs: 100 } });
    const { onPeersList } = test.inside;
    const old: unknown = onPeersList();
    test.inside.list([dialsUsAs('carol')]);
    await test.becomes('carol', 'offline');
    let asked = 0;
    test.inside.onPeersList = () => {
      asked += 1;
      return old;
    };
    await waitFor(() => asked > 3);
    expect(test.standing('carol')).toBeDefined();
  });
});

/** After so long without the list, not before a pause of the machine is over. */
const ASKS_AGAIN = { requestTimeoutMs: 4_000 };

describe('a gateway that cannot have the list when it starts', () => {
  it('serves its configured peers, denies nobody, and knows the others as soon as it can', async () => {
    const test = await met.start({
      awaitsList: false,
      limits: ASKS_AGAIN,
      prepared: (inside) => {
        inside.list([dialsUsAs('carol')], 'silently');
        inside.onPeersList = () => 'silence';
      },
    });
    const alice = await met.attach('alice');
    await test.becomes('alice', 'open');
    expect(await alice.prepare(incoming())).toMatchObject({ type: 'response' });
    expect(await met.codeFor('carol-secret')).toBe(1013);
    expect(await callUs(test.url, 'get_limit', [])).toMatchObject({ status: 503 });
    const alpha = await BareCaller.to(`${test.url}/alpha/x/carol-secret`);
    expect(await alpha.ended).toBe(1013);
    expect(test.gateway.peersBehind()).toBe(1);
    test.inside.onPeersList = () => ({
      version: 1,
      peers: [{ document: dialsUsAs('carol'), revision: 1, addedBy: 'a test', addedAtMs: 0 }],
    });
    await test.knowsAllPeers();
    await met.attach('carol');
    await test.becomes('carol', 'open');
    expect(await met.codeFor('nobody-knows-it')).toBe(1000);
    expect(await callUs(test.url, 'get_limit', [])).toMatchObject({ status: 404 });
  });

  it('denies nobody while it has heard of a change and not yet which', async () => {
    const test = await met.start({ limits: ASKS_AGAIN });
    expect(await met.codeFor('carol-secret')).toBe(1000);
    const { onPeersList } = test.inside;
    test.inside.onPeersList = () => 'silence';
    test.inside.list([dialsUsAs('carol')]);
    await waitFor(() => test.gateway.peersBehind() === 1);
    expect(await met.codeFor('carol-secret')).toBe(1013);
    test.inside.onPeersList = onPeersList;
    await test.becomes('carol', 'offline');
    await met.attach('carol');
  });
});
