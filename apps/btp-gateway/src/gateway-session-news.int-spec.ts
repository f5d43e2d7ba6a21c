import { readSessionNews, type SessionNews } from '#contracts';
import { administrator, BtpPeer } from '#testing';
import { eventually } from '../../../test/support/processes';
import { dialsUs, GatewayUnderTest } from '../../../test/support/gateway/gateway-under-test';
import { RpcPeer } from '../../../test/support/gateway/rpc-peer';

let test: GatewayUnderTest;
const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await test.stop();
  for (const end of ends.splice(0)) await end();
});

function newsOf(peerId: string): readonly SessionNews[] {
  return test.inside.sessionNews.map(readSessionNews).filter((news) => news.peerId === peerId);
}

const isTold = (peerId: string, state: SessionNews['state'], count = 1): Promise<void> =>
  eventually(
    `${peerId} ${state}`,
    () => newsOf(peerId).filter((news) => news.state === state).length >= count,
  );

describe('what a gateway announces of sessions', () => {
  it('is which peer is connected and over which version of BTP, and when it is not any more', async () => {
    const old = dialsUs('old', { btpVersion: 'BTP/alpha' });
    test = await GatewayUnderTest.start([dialsUs('alice'), old]);
    const alice = test.keep(await BtpPeer.dial({ url: test.url, token: 'alice-secret' }));
    await isTold('alice', 'open');
    const opened = newsOf('alice')[0];
    expect(opened).toMatchObject({ gatewayId: test.id, speaks: 'BTP/1.0' });
    expect(test.standing('alice')).toMatchObject({ sinceMs: opened?.sinceMs, speaks: 'BTP/1.0' });
    await alice.close();
    await isTold('alice', 'closed');
    const alpha = { btpVersion: 'BTP/alpha', url: `${test.url}/alpha` } as const;
    test.keep(await BtpPeer.dial({ ...alpha, token: 'old-secret' }));
    await isTold('old', 'open');
    expect(newsOf('old')[0]).toMatchObject({ speaks: 'BTP/alpha' });
  });

  it('is that a session takes the place of another one: closed, then open', async () => {
    test = await GatewayUnderTest.start([dialsUs('alice')]);
    test.keep(await BtpPeer.dial({ url: test.url, token: 'alice-secret' }));
    await isTold('alice', 'open');
    test.keep(await BtpPeer.dial({ url: test.url, token: 'alice-secret' }));
    await isTold('alice', 'open', 2);
    expect(newsOf('alice').map(({ state }) => state)).toEqual(['open', 'closed', 'open']);
  });

  it('is also which dialects of route broadcasts the peer says it reads', async () => {
    const terms = { prefix: 'test.both.', currencyCode: 'USD', currencyScale: 9 };
    const names = { account: 'server', peerAccount: 'client' };
    const ledger = { ...terms, ...names, maxBalance: null, minBalance: null };
    test = await GatewayUnderTest.start([dialsUs('both', { authority: 'symmetric', ledger })]);
    const ccpDialects = ['v17', 'v21'] as const;
    const scripts = [administrator({ info: { ...terms, connectors: [], ccpDialects } })];
    test.keep(await BtpPeer.dial({ url: test.url, token: 'both-secret', scripts }));
    await isTold('both', 'open');
    expect(newsOf('both')[0]?.ccpDialects).toEqual(ccpDialects);
    expect(test.standing('both')).toMatchObject({ ccpDialects });
  });

  it('is that a peer over RPC answers', async () => {
    const dora = await RpcPeer.listen();
    ends.push(() => dora.close());
    const settings = dora.settings();
    test = await GatewayUnderTest.start([settings]);
    await isTold(settings.id, 'open');
    expect(newsOf(settings.id)[0]).toMatchObject({ speaks: 'rpc' });
  });
});
