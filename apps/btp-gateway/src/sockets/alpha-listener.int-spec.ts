import { digestOfToken, type PeerSettings } from '#platform';
import {
  alphaFromBtp,
  authMessage,
  decodeBtp,
  decodeBtpAlpha,
  encodeBtp,
  encodeBtpAlpha,
  infoRequest,
} from '#protocol';
import { BtpPeer } from '#testing';
import { BareCaller } from '../../../../test/support/gateway/bare-caller';
import { dialsUs, GatewayUnderTest } from '../../../../test/support/gateway/gateway-under-test';

function alpha(id: string, change: Partial<PeerSettings> = {}): PeerSettings {
  return dialsUs(id, { btpVersion: 'BTP/alpha', ...change });
}

/** `info`, as a peer of BTP/alpha begins. */
const hello = encodeBtpAlpha({
  type: 'message',
  requestId: 7,
  protocolData: [infoRequest('account')],
});
const WHO = { carl: 'carl', eve: 'a/b ü@:', dan: 'dan', zoe: 'zoe' };
const EVES_TOKEN = 'b%2Fb/ ?#ß';
const AUTH_WAIT_MS = 300;

describe('the path of BTP/alpha', () => {
  let test: GatewayUnderTest;
  /** Does not wait for auth for long; the other one waits longer than the machine may pause. */
  let hasty: GatewayUnderTest;
  let base: string;

  beforeAll(async () => {
    const peers = [
      alpha('alice'),
      alpha('carl', { username: WHO.carl }),
      alpha('eve', { username: WHO.eve, tokenDigest: digestOfToken(EVES_TOKEN) }),
      alpha('zoe', { username: WHO.zoe, tokenDigest: digestOfToken('') }),
      dialsUs('bob', { username: 'carl' }),
    ];
    test = await GatewayUnderTest.start(peers);
    hasty = await GatewayUnderTest.start(peers, { authWaitMs: AUTH_WAIT_MS });
    base = `${test.url}/alpha`;
  });
  afterAll(async () => {
    await test.stop();
    await hasty.stop();
  });

  it.each([
    ['/carl/carl-secret', 'carl'],
    ['//alice-secret', 'alice'],
    ['/carl/carl-secret?a=b&c', 'carl'],
    ['/%63arl/carl%2Dsecret', 'carl'],
    [`/${encodeURIComponent(WHO.eve)}/${encodeURIComponent(EVES_TOKEN)}`, 'eve'],
    ['/zoe/', 'zoe'],
  ])('lets in whom %s names, without a word of BTP', async (path, id) => {
    const caller = await BareCaller.to(base + path);
    caller.socket.send(hello);
    const packet = decodeBtpAlpha(await caller.hears());
    expect(packet).toMatchObject({ type: 'response', requestId: 7 });
    expect(packet.protocolData[0]?.data.toString()).toBe(`test.${id}.client`);
    expect(test.standing(id)).toMatchObject({ state: 'open' });
    caller.socket.close();
    await test.becomes(id, 'offline');
  });

  it.each([
    ['a wrong token', '/carl/carl-secreT'],
    ['a wrong name', '/karl/carl-secret'],
    ['a token of another', '/carl/alice-secret'],
    ['no token', '/carl/'],
    ['a name alone', '/carl'],
    ['nothing', ''],
    ['nothing, with a slash', '/'],
    ['too much', '/carl/carl-secret/more'],
    ['a slash too many', '/carl/carl-secret/'],
    ['what is no percent-encoding', '/carl/%zz'],
    ['what is no UTF-8', '/carl/%ff'],
    ['a token of a peer of BTP/1.0', '/carl/bob-secret'],
  ])('closes with 1008 on %s, and says nothing in BTP', async (_, path) => {
    const caller = await BareCaller.to(base + path);
    caller.socket.send(hello);
    expect(await caller.ended).toBe(1008);
    expect(caller.frames).toEqual([]);
  });

  it.each(['/carl/carl-secret', '/alphabet/carl/carl-secret', '/ALPHA/carl/carl-secret'])(
    'is not %s: there BTP/1.0 waits for its auth',
    async (path) => {
      const caller = await BareCaller.to(hasty.url + path);
      caller.socket.send(hello);
      expect(await caller.ended).toBe(1000);
      expect(caller.frames).toEqual([]);
      expect(hasty.standing('carl')?.state).toBe('offline');
    },
  );

  it('closes with 1002 on the auth of BTP/1.0, whoever came (D-6)', async () => {
    const caller = await BareCaller.to(`${base}/carl/carl-secret`);
    caller.socket.send(encodeBtp(authMessage(7, 'carl', 'carl-secret')));
    expect(await caller.ended).toBe(1002);
    expect(caller.frames).toEqual([]);
    expect(test.standing('carl')).toMatchObject({
      state: 'offline',
      reason: 'BTP/1.0 auth on a BTP/alpha connection',
    });
  });

  it('refuses a peer of BTP/alpha that authenticates as in BTP/1.0', async () => {
    const caller = await BareCaller.to(test.url);
    caller.socket.send(encodeBtp(authMessage(7, 'carl', 'carl-secret')));
    expect(decodeBtp(await caller.hears())).toMatchObject({
      type: 'error',
      requestId: 7,
      name: 'NotAcceptedError',
    });
    expect(await caller.ended).toBe(1000);
    expect(test.log.lines).toContainEqual({
      level: 'warn',
      fields: { peer: 'carl', configured: 'BTP/alpha', spoken: 'BTP/1.0' },
      message: 'a peer speaks another version of BTP than is configured',
    });
  });

  it('has room beside it for a peer of BTP/1.0 of the same name', async () => {
    const options = { username: 'carl' };
    const carl = await BtpPeer.dial({
      ...options,
      btpVersion: 'BTP/alpha',
      url: base,
      token: 'carl-secret',
    });
    const bob = await BtpPeer.dial({ ...options, url: test.url, token: 'bob-secret' });
    test.keep(carl);
    test.keep(bob);
    const answers = await Promise.all(
      [carl, bob].map((peer) => peer.message(infoRequest('account'))),
    );
    // In BTP/alpha the asker hears its own account, in BTP/1.0 ours.
    expect(answers.map(({ protocolData }) => protocolData[0]?.data.toString())).toEqual([
      'test.carl.client',
      'test.bob.server',
    ]);
    expect([test.standing('carl')?.state, test.standing('bob')?.state]).toEqual(['open', 'open']);
  });

  it('gives a session to the latest who came, and closes the one before with 1000', async () => {
    const dial = async (): Promise<BtpPeer> =>
      test.keep(await BtpPeer.dial({ btpVersion: 'BTP/alpha', url: base, token: 'alice-secret' }));
    const older = await dial();
    await older.message(infoRequest('full'));
    const newer = await dial();
    expect(await older.ended()).toEqual({ code: 1000, reason: 'replaced by a newer session' });
    expect((await newer.message(infoRequest('full'))).type).toBe('response');
    expect(test.standing('alice')).toMatchObject({ state: 'open' });
  });

  it('counts nobody twice, and keeps no place for those who were refused', async () => {
    const until = Date.now() + 10_000;
    while (test.gateway.unauthenticatedSockets() > 0 && Date.now() < until) {
      await new Promise(setImmediate);
    }
    expect(test.gateway.unauthenticatedSockets()).toBe(0);
    expect(test.gateway.metrics.admissions['wrong-credentials']).toBeGreaterThanOrEqual(12);
  });

  it('passes over what a peer says that is no BTP/alpha, and goes on', async () => {
    const caller = await BareCaller.to(`${base}/carl/carl-secret`);
    caller.socket.send('text');
    caller.socket.send(Buffer.alloc(0));
    caller.socket.send(Buffer.from('0800000001020100', 'hex'));
    caller.socket.send(Buffer.from('0700000001020101', 'hex'));
    const ack = { type: 'response', requestId: 99, protocolData: [] } as const;
    caller.socket.send(encodeBtpAlpha(alphaFromBtp(ack, { account: 'x', nowMs: 0 })));
    caller.socket.send(hello);
    expect(decodeBtpAlpha(await caller.hears())).toMatchObject({ requestId: 7 });
    expect(caller.frames).toHaveLength(1);
    caller.socket.close();
  });

  it('leaves no token in the log', () => {
    const text = JSON.stringify([test.log.lines, hasty.log.lines]);
    expect(text).not.toContain('secret');
    expect(text).not.toContain('b%2Fb');
  });
});
