import { type PeerAnswer, refusalIn } from '#contracts';
import {
  type BtpAnswer,
  encodeIlp,
  ilpEntry,
  ilpError,
  jsonEntry,
  octetEntry,
  type ProtocolData,
} from '#protocol';
import { BtpPeer } from '#testing';
import { eventually } from '../../../test/support/processes';
import { FAST, PATIENT } from '../../../test/support/gateway/alice';
import type { GatewayLimits } from './gateway-limits';
import { dialsUs, GatewayUnderTest } from '../../../test/support/gateway/gateway-under-test';
import { met, part, SOON, whenParting } from '../../../test/support/gateway/rpc-meeting';
import { OURS, PREFIX, type RpcPeer, THEIRS } from '../../../test/support/gateway/rpc-peer';

const UPDATE = { new_routes: [], hold_down_time: 45_000, unreachable_through_me: [] };
const JSON_TEXT = JSON.stringify({ method: 'broadcast_routes', data: UPDATE });
const custom = jsonEntry('custom', Buffer.from(JSON_TEXT));
const ccp = jsonEntry('ccp', Buffer.from(JSON_TEXT));
const refused = { outcome: 'refused', code: 'F00', message: 'no valid points' } as const;
const badRequest = encodeIlp(
  ilpError({ code: 'F00', triggeredBy: THEIRS, triggeredAtMs: 0, data: 'not like this' }),
);

afterEach(() => part());

/** A raw peer that dials us. */
async function meetPeer(
  btpVersion: 'BTP/1.0' | 'BTP/alpha',
  limits: Partial<GatewayLimits> = PATIENT,
): Promise<{ test: GatewayUnderTest; peer: BtpPeer }> {
  const test = await GatewayUnderTest.start([dialsUs('alice', { btpVersion })], limits);
  whenParting(() => test.stop());
  const url = btpVersion === 'BTP/alpha' ? `${test.url}/alpha` : test.url;
  const peer = test.keep(await BtpPeer.dial({ url, token: 'alice-secret', btpVersion }));
  await test.becomes('alice', 'open');
  await test.isHeardInside();
  return { test, peer };
}

function refusalOf(answer: BtpAnswer): unknown {
  return answer.type === 'response' ? refusalIn(answer) : answer;
}

describe.each([
  ['BTP/1.0', custom],
  ['BTP/alpha', ccp],
] as const)('over %s', (btpVersion, entry) => {
  it('a peer tells routes, and hears nothing but that they were taken', async () => {
    const { test, peer } = await meetPeer(btpVersion);
    expect(await peer.message(entry)).toMatchObject({ type: 'response', protocolData: [] });
    const { protocolName: carriage, contentType, data } = entry;
    const heard = { ledgerId: 'alice', peerId: 'alice', carriage, contentType, data };
    expect(test.inside.broadcasts).toEqual([heard]);
  });

  it('a peer asks for the full table in octets, in an entry of either name', async () => {
    const { test, peer } = await meetPeer(btpVersion);
    for (const name of ['custom', 'ccp']) {
      const answer = await peer.message(octetEntry(name, Buffer.from([1])));
      expect(answer).toMatchObject({ type: 'response', protocolData: [] });
    }
    expect(test.inside.broadcasts.map(({ carriage }) => carriage)).toEqual(['custom', 'ccp']);
  });

  it('a peer hears by an ILP error that a router refuses', async () => {
    const { test, peer } = await meetPeer(btpVersion);
    test.inside.onBroadcast = () => refused;
    const answer = await peer.message(entry);
    expect(answer.type).toBe('response');
    expect(refusalOf(answer)).toEqual({
      code: 'F00',
      name: 'Bad Request',
      message: 'no valid points',
    });
  });

  it('a peer hears by a temporary Error that no router answers in time', async () => {
    const { test, peer } = await meetPeer(btpVersion, FAST);
    test.inside.onBroadcast = () => 'silence';
    expect(await peer.message(entry)).toMatchObject({ type: 'error', name: 'UnreachableError' });
  });

  it('we tell a peer routes, and hear that they were taken, or by which ILP error not', async () => {
    const { test, peer } = await meetPeer(btpVersion);
    const heard: (readonly ProtocolData[])[] = [];
    let reply: readonly ProtocolData[] = [];
    peer.script((request) => {
      heard.push(request.protocolData);
      return { respond: reply };
    });
    const taken = await test.inside.askPeer('alice', entry);
    expect(taken).toEqual({ type: 'response', protocolData: [] });
    expect(refusalIn(taken)).toBeUndefined();
    expect(heard).toEqual([[entry]]);
    reply = [ilpEntry(badRequest)];
    expect(refusalIn(await test.inside.askPeer('alice', entry))).toMatchObject({
      code: 'F00',
      message: 'not like this',
    });
    peer.script(() => ({ error: 'NotAcceptedError', message: 'never' }));
    expect(refusalIn(await test.inside.askPeer('alice', entry))).toMatchObject({
      name: 'NotAcceptedError',
      message: 'never',
    });
  });
});

it('broadcasts of one peer reach the routers one at a time, and no more than a few wait', async () => {
  // All are there before the first of them is given up.
  const { test, peer } = await meetPeer('BTP/1.0', { ...PATIENT, quoteMs: 4_000 });
  test.inside.onBroadcast = () => 'silence';
  const ask = (): Promise<BtpAnswer> => {
    const requestId = peer.takeRequestId();
    return peer.ask({ type: 'message', requestId, protocolData: [custom] }, 20_000);
  };
  const told = await Promise.all(Array.from({ length: 20 }, ask));
  expect(told.map(({ type }) => type)).toEqual(told.map(() => 'error'));
  expect(test.inside.broadcasts.length).toBeLessThan(6);
  expect(test.gateway.metrics.requests['too-many']).toBe(15);
  test.inside.onBroadcast = () => ({ outcome: 'accepted' });
  expect(await peer.message(custom)).toMatchObject({ type: 'response' });
});

it('nobody at all that reads broadcasts is told at once, and harms no session', async () => {
  const peers = [dialsUs('alice')];
  const test = await GatewayUnderTest.startAs({ peers, limits: PATIENT });
  whenParting(() => test.stop());
  const peer = test.keep(await BtpPeer.dial({ url: test.url, token: 'alice-secret' }));
  await test.inside.deafen('routerBroadcast');
  await test.becomes('alice', 'open');
  const answer = await peer.message(custom);
  expect(answer).toMatchObject({ type: 'error', name: 'UnreachableError' });
  expect(peer.isConnected).toBe(true);
});

describe('over RPC', () => {
  const message = (change: object): readonly object[] => [
    { ledger: PREFIX, from: THEIRS, to: OURS, ...change },
  ];
  const routes = { method: 'broadcast_routes', data: UPDATE };

  it('a peer tells routes by send_request, and is answered with an empty message', async () => {
    const { test, call } = await met();
    const result = await call('send_request', message({ custom: routes }));
    expect(result).toEqual({ status: 200, body: { ledger: PREFIX, from: OURS, to: THEIRS } });
    expect(test.inside.broadcasts).toMatchObject([{ peerId: 'dora', carriage: 'custom' }]);
    expect(JSON.parse(test.inside.broadcasts[0]?.data.toString() ?? '')).toEqual(routes);
  });

  it('every number comes, and goes, as it was written', async () => {
    const { test, dora, call } = await met();
    const exact = JSON_TEXT.replace('[]', '[[9007199254740993,18446744073709551615,1.50]]');
    const [params] = message({ custom: 0 });
    const body = JSON.stringify([params]).replace('"custom":0', `"custom":${exact}`);
    expect(await call('send_request', body)).toMatchObject({ status: 200 });
    expect(test.inside.broadcasts[0]?.data.toString()).toBe(exact);
    answers(dora, { body: { ledger: PREFIX, from: THEIRS, to: OURS } });
    await test.inside.askPeer('dora', jsonEntry('custom', Buffer.from(exact)));
    expect(dora.all('send_request')[0]?.text).toContain(`"custom":${exact}`);
  });

  it('a peer of old tells them by send_message, in its data, and hears no verdict', async () => {
    const { test, call } = await met();
    test.inside.onBroadcast = () => refused;
    const result = await call('send_message', message({ data: routes }));
    expect(result).toEqual({ status: 200, body: true });
    await eventually('a broadcast', () => test.inside.broadcasts.length === 1);
  });

  it('a peer hears by an ILP error that a router refuses', async () => {
    const { test, call } = await met();
    test.inside.onBroadcast = () => refused;
    const { status, body } = await call('send_request', message({ custom: routes }));
    expect(status).toBe(200);
    const { ilp } = body as { ilp: string };
    const told: PeerAnswer = {
      type: 'response',
      protocolData: [ilpEntry(Buffer.from(ilp, 'base64url'))],
    };
    expect(refusalIn(told)).toMatchObject({ code: 'F00', message: 'no valid points' });
  });

  it('a peer hears by a temporary error that no router answers', async () => {
    const { test, call } = await met(SOON);
    test.inside.onBroadcast = () => 'silence';
    const result = await call('send_request', message({ custom: routes }));
    expect(result).toMatchObject({ status: 503, body: { id: 'UnreachableError' } });
  });

  it('we tell a peer routes by send_request, and hear an ILP error or a refusal', async () => {
    const { test, dora } = await met();
    const reply = { ledger: PREFIX, from: THEIRS, to: OURS };
    answers(dora, { body: reply });
    expect(refusalIn(await test.inside.askPeer('dora', custom))).toBeUndefined();
    expect(dora.all('send_request')[0]?.params).toEqual([
      { ledger: PREFIX, from: OURS, to: THEIRS, custom: routes },
    ]);
    answers(dora, { body: { ...reply, ilp: badRequest.toString('base64url') } });
    expect(refusalIn(await test.inside.askPeer('dora', custom))).toMatchObject({ code: 'F00' });
    answers(dora, { status: 422, body: { id: 'NotAcceptedError', message: 'never' } });
    expect(refusalIn(await test.inside.askPeer('dora', custom))).toMatchObject({
      name: 'NotAcceptedError',
      message: 'never',
    });
  });

  function answers(
    dora: RpcPeer,
    reply: { readonly status?: number; readonly body: object },
  ): void {
    const before = dora.script;
    dora.script = (call) => (call.method === 'send_request' ? reply : before(call));
  }
});
