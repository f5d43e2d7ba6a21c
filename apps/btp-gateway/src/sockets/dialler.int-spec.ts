import { once } from 'node:events';
import type { LedgerInfo } from '#protocol';
import { administrator, BtpPeer, type Reaction } from '#testing';
import { WebSocketServer } from 'ws';
import type { GatewayLimits } from '../gateway-limits';
import { PATIENT, waitFor } from '../../../../test/support/gateway/alice';
import {
  dialsUs,
  GatewayUnderTest,
  weDial,
} from '../../../../test/support/gateway/gateway-under-test';

const INFO: LedgerInfo = {
  prefix: 'peer.ab.',
  currencyCode: 'USD',
  currencyScale: 9,
  connectors: ['peer.ab.server'],
};
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let test: GatewayUnderTest | undefined;
let bob: BtpPeer | undefined;

afterEach(async () => {
  await test?.stop();
  await bob?.close();
  test = undefined;
  bob = undefined;
});

/** A peer that keeps the ledger, and a gateway that dials it. */
async function meet(
  told: { info?: Partial<LedgerInfo>; limit?: bigint | 'unlimited' } = {},
  ledger = {},
  limits: Partial<GatewayLimits> = {},
): Promise<{ test: GatewayUnderTest; bob: BtpPeer }> {
  const { limit = 1_000_000n } = told;
  const script = administrator({ info: { ...INFO, ...told.info }, limit: () => limit });
  bob = await BtpPeer.listen({ token: 'bob-secret', scripts: [script] });
  test = await GatewayUnderTest.start([weDial('bob', bob.uri, ledger)], {
    ...PATIENT,
    ...limits,
  });
  return { test, bob };
}

describe('a peer that keeps the ledger (SPEC §9.3)', () => {
  it('is asked for info and limit, and its ledger opened as it says', async () => {
    const met = await meet();
    await met.test.becomes('bob', 'open');
    expect(met.bob.requests.map(({ protocolData }) => protocolData[0]?.protocolName)).toEqual([
      'info',
      'limit',
    ]);
    expect(met.test.inside.opened).toEqual([
      {
        ledgerId: 'bob',
        prefix: 'peer.ab.',
        currencyCode: 'USD',
        currencyScale: 9,
        account: 'client',
        peerAccount: 'server',
        authority: 'shadow',
        maxBalance: null,
        minBalance: '-1000000',
      },
    ]);
    expect(await met.test.inside.hears('session-opened')).toMatchObject({
      kind: 'session-opened',
      ledgerId: 'bob',
    });
  });

  it('takes the configured minimum before the one that follows from the peer’s limit', async () => {
    const met = await meet({}, { minBalance: -5n, maxBalance: 7n });
    await met.test.becomes('bob', 'open');
    expect(met.test.inside.opened).toMatchObject([{ minBalance: '-5', maxBalance: '7' }]);
  });

  it('without a limit lets us owe without one', async () => {
    const met = await meet({ limit: 'unlimited' });
    await met.test.becomes('bob', 'open');
    expect(met.test.inside.opened).toMatchObject([{ minBalance: null }]);
  });

  it('may spell the currency as it likes', async () => {
    const met = await meet({ info: { currencyCode: 'usd' } });
    await met.test.becomes('bob', 'open');
    expect(met.test.inside.opened).toMatchObject([{ currencyCode: 'USD' }]);
  });

  it.each<[string, Partial<LedgerInfo>, object]>([
    ['currencyCode', { currencyCode: 'EUR' }, {}],
    ['currencyScale', { currencyScale: 2 }, {}],
    ['prefix', { prefix: 'peer.xy.' }, { prefix: 'peer.ab.' }],
  ])('fails the peering with another %s than configured', async (field, info, ledger) => {
    const met = await meet({ info }, ledger);
    const standing = await met.test.becomes('bob', 'failed');
    expect(standing.reason).toContain(field);
    expect(met.test.inside.opened).toEqual([]);
    expect(met.test.log.messages('warn')).toEqual(['peering failed: it needs an operator']);
    expect(await met.bob.ended()).toMatchObject({ code: 1000 });
  });

  it('fails the peering when our ledger of that id is another', async () => {
    bob = await BtpPeer.listen({ token: 't', scripts: [administrator({ info: INFO })] });
    test = await GatewayUnderTest.start([weDial('bob', bob.uri)], {}, (inside) => {
      inside.onOpen = () => ({ outcome: 'conflict', field: 'prefix', stored: 'a.', wanted: 'b.' });
    });
    expect((await test.becomes('bob', 'failed')).reason).toContain('prefix is a.');
  });

  it('may also be the one who dials', async () => {
    const { ledger } = weDial('bob', '');
    test = await GatewayUnderTest.start([dialsUs('bob', { authority: 'shadow', ledger })]);
    const scripts = [administrator({ info: INFO })];
    test.keep(await BtpPeer.dial({ url: test.url, token: 'bob-secret', scripts }));
    await test.becomes('bob', 'open');
    expect(test.inside.opened).toMatchObject([{ prefix: 'peer.ab.', authority: 'shadow' }]);
  });

  it('waits for a ledger service that is not there yet', async () => {
    bob = await BtpPeer.listen({ token: 't', scripts: [administrator({ info: INFO })] });
    let asked = 0;
    test = await GatewayUnderTest.start(
      [weDial('bob', bob.uri)],
      { repeatInsideMs: 50 },
      (inside) => {
        inside.onOpen = () => {
          asked += 1;
          return { outcome: asked < 3 ? 'unavailable' : 'opened' };
        };
      },
    );
    await test.becomes('bob', 'open');
    expect(asked).toBe(3);
  });

  it('is heard as soon as the ledger is open, also with what it said before', async () => {
    let isOpen = false;
    bob = await BtpPeer.listen({ token: 't', scripts: [administrator({ info: INFO })] });
    test = await GatewayUnderTest.start(
      [weDial('bob', bob.uri)],
      { repeatInsideMs: 50 },
      (inside) => {
        inside.onOpen = () => ({ outcome: isOpen ? 'unchanged' : 'unavailable' });
      },
    );
    await bob.next('message');
    const answer = bob.reject({
      transferId: 'b4c838f6-80b1-47f8-a82e-b1fcfbed89d5',
      protocolData: [],
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(test.inside.heard).toEqual([]);
    isOpen = true;
    expect(await answer).toMatchObject({ type: 'response' });
    expect(test.inside.heard).toContainEqual(expect.objectContaining({ kind: 'peer-rejected' }));
  });

  it.each<[string, Reaction]>([
    ['says nothing', 'silence'],
    ['refuses', { error: 'NotAcceptedError' }],
    ['answers something else', { respond: [] }],
  ])('is tried again when it %s to info', async (_, reaction) => {
    const met = await meet({}, {}, { requestTimeoutMs: 500 });
    await met.test.inside.hearsSessions(1);
    met.bob.script(() => reaction);
    const { length: asked } = met.bob.requests;
    met.bob.drop();
    await waitFor(() => met.bob.requests.length >= asked + 3);
    expect(met.test.standing('bob')?.state).not.toBe('open');
    expect(met.test.inside.announcedSessions()).toBe(1);
    met.bob.script((request) => administrator({ info: INFO })(request));
    await met.test.becomes('bob', 'open');
  });
});

describe('a peer that we dial', () => {
  it('does not delay the start when it is not there, and is found when it comes', async () => {
    const place = await BtpPeer.listen({ token: 'bob-secret' });
    const { port, uri } = place;
    await place.close();
    test = await GatewayUnderTest.start([weDial('bob', uri)]);
    await test.becomes('bob', 'offline', 'ECONNREFUSED');
    await pause(300);
    bob = await BtpPeer.listen({
      port,
      token: 'bob-secret',
      scripts: [administrator({ info: INFO })],
    });
    await test.becomes('bob', 'open');
  });

  it('is dialled again with growing pauses when the connection is lost', async () => {
    // Whoever began with the longest pause would be waited for in vain.
    const met = await meet({}, {}, { reconnectMinMs: 100, reconnectMaxMs: 600_000 });
    const openings = [];
    for (let loss = 0; loss < 3; loss += 1) {
      await met.test.becomes('bob', 'open');
      met.bob.drop();
      const lostAt = Date.now();
      await met.test.becomes('bob', 'offline');
      await met.test.becomes('bob', 'open');
      openings.push(Date.now() - lostAt);
    }
    // No sooner than after 100, 200 and 400 ms, less their jitter; later where the machine is busy.
    for (const [loss, leastMs] of [80, 160, 320].entries()) {
      expect(openings[loss]).toBeGreaterThanOrEqual(leastMs - 2);
    }
    await met.test.inside.hearsSessions(4);
  });

  it('that refuses our credentials is tried again, but seldom', async () => {
    bob = await BtpPeer.listen({ token: 'other', scripts: [administrator({ info: INFO })] });
    const uri = bob.uri.replace('other', 'wrong');
    test = await GatewayUnderTest.start([weDial('bob', uri)], { refusedRetryMs: 60_000 });
    const standing = await test.becomes('bob', 'failed');
    expect(standing.reason).toBe('auth refused: NotAcceptedError: no');
    await pause(400);
    expect(test.standing('bob')).toEqual(standing);
    expect(JSON.stringify(test.log.lines)).not.toContain('wrong');
  });

  it('that says nothing to auth is left and tried again', async () => {
    const mute = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    let callers = 0;
    mute.on('connection', () => (callers += 1));
    await once(mute, 'listening');
    const address = mute.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    test = await GatewayUnderTest.start([weDial('bob', `btp+ws://:t@127.0.0.1:${port}`)], {
      requestTimeoutMs: 100,
    });
    await test.becomes('bob', 'offline', 'no answer to auth');
    while (callers < 2) await pause(20);
    for (const client of mute.clients) client.terminate();
    mute.close();
  });

  it('is left alone after the gateway was told to stop', async () => {
    const met = await meet();
    await met.test.becomes('bob', 'open');
    met.test.gateway.stopAccepting();
    met.bob.drop();
    await met.test.becomes('bob', 'offline');
    await pause(400);
    expect(met.bob.isConnected).toBe(false);
  });
});
