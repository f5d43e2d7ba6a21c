import {
  alphaBalanceEntry,
  decodeBtpAlpha,
  decodeIlp,
  encodeIlp,
  ilpEntry,
  ilpError,
  type LedgerInfo,
  numberRequest,
  protocolEntry,
  readAlphaBalance,
  readLimit,
  textEntry,
} from '#protocol';
import { administrator, alphaAdministrator, anIlpPayment, BtpPeer } from '#testing';
import {
  condition,
  FAST,
  fulfillment,
  fulfillOf,
  incoming,
  newTransfer,
  outgoing,
  PATIENT,
} from '../../../test/support/gateway/alice';
import {
  dialsUs,
  GatewayUnderTest,
  weDial,
} from '../../../test/support/gateway/gateway-under-test';
import type { GatewayLimits } from './gateway-limits';
import { refusedWith } from '../../../test/support/gateway/scripted-inside';

const INFO: LedgerInfo = {
  prefix: 'test.alice.',
  currencyCode: 'USD',
  currencyScale: 9,
  connectors: ['test.alice.server'],
};
const alpha = { btpVersion: 'BTP/alpha' } as const;

interface Meeting {
  readonly test: GatewayUnderTest;
  readonly peer: BtpPeer;
}

async function itDialsUs(limits: Partial<GatewayLimits>): Promise<Meeting> {
  const test = await GatewayUnderTest.start([dialsUs('alice', alpha)], limits);
  const url = `${test.url}/alpha`;
  const peer = test.keep(await BtpPeer.dial({ ...alpha, url, token: 'alice-secret' }));
  return { test, peer };
}

async function weDialIt(limits: Partial<GatewayLimits>): Promise<Meeting> {
  const scripts = [alphaAdministrator({ info: INFO })];
  const peer = await BtpPeer.listen({ ...alpha, username: 'us', token: 'secret', scripts });
  const test = await GatewayUnderTest.start([{ ...weDial('alice', peer.uri), ...alpha }], limits);
  test.keep(peer);
  await peer.connected();
  return { test, peer };
}

let test: GatewayUnderTest;
let peer: BtpPeer;

/** The type byte of the latest frame that the peer was sent. */
function lastByte(): number | undefined {
  return peer.frames.at(-1)?.[0];
}

afterEach(() => test.stop());

describe.each([
  ['that dials us', itDialsUs, 'test.alice.server'],
  ['that we dial', weDialIt, 'test.alice.client'],
])('a BTP/alpha peer %s', (_, meet, ourAccount) => {
  const begin = async (limits: Partial<GatewayLimits>): Promise<void> => {
    ({ test, peer } = await meet(limits));
    await test.becomes('alice', 'open');
    await test.inside.hears('session-opened');
  };

  beforeEach(() => begin(PATIENT));

  it('pays us, and is paid for it', async () => {
    const prepare = incoming();
    expect(await peer.prepare(prepare)).toMatchObject({ type: 'response', protocolData: [] });
    expect(lastByte()).toBe(1);
    const { transferId } = prepare;
    expect(await test.inside.hears('prepare-payment')).toMatchObject({
      transferId,
      amount: 100n,
      condition,
      packet: anIlpPayment(),
      sideDataDigest: null,
    });
    test.inside.deliver('alice', fulfillOf(transferId));
    expect(await peer.next('fulfill')).toMatchObject({ transferId, fulfillment, protocolData: [] });
    expect(lastByte()).toBe(5);
    expect(await test.inside.hears('delivered')).toMatchObject({ transferId, what: 'fulfill' });
  });

  it('is offered a transfer, and fulfills it', async () => {
    const delivery = outgoing();
    test.inside.deliver('alice', delivery);
    expect(await peer.next('prepare')).toMatchObject({
      amount: 99n,
      executionCondition: condition,
    });
    expect(lastByte()).toBe(4);
    const { transferId } = delivery;
    expect(await test.inside.hears('delivered')).toMatchObject({ transferId, what: 'prepare' });
    const data = encodeIlp({ type: 'fulfillment-data', data: Buffer.from('thanks') });
    const told = await peer.fulfill({ transferId, fulfillment, protocolData: [ilpEntry(data)] });
    expect(told.type).toBe('response');
    expect(lastByte()).toBe(1);
    expect(await test.inside.hears('peer-fulfilled')).toMatchObject({
      transferId,
      fulfillment,
      data,
    });
  });

  it('is offered a transfer, and rejects it with a reason that stands in the packet', async () => {
    const delivery = outgoing();
    test.inside.deliver('alice', delivery);
    await peer.next('prepare');
    const { transferId } = delivery;
    const reason = encodeIlp(
      ilpError({ code: 'F02', triggeredBy: 'test.z', triggeredAtMs: Date.now(), data: 'no' }),
    );
    expect((await peer.reject({ transferId, protocolData: [ilpEntry(reason)] })).type).toBe(
      'response',
    );
    expect(await test.inside.hears('peer-rejected')).toMatchObject({ transferId, reason });
  });

  it('is told why its own transfer was rejected', async () => {
    const transferId = newTransfer();
    const reason = encodeIlp(
      ilpError({ code: 'R00', triggeredBy: 'test.z', triggeredAtMs: Date.now(), data: 'expired' }),
    );
    test.inside.deliver('alice', { kind: 'deliver-reject', ledgerId: 'alice', transferId, reason });
    const reject = await peer.next('reject');
    expect(reject).toMatchObject({ transferId, protocolData: [{ protocolName: 'ilp' }] });
    expect(protocolEntry(reject.protocolData, 'ilp')?.data).toEqual(reason);
    const frame = decodeBtpAlpha(peer.frames.at(-1) ?? Buffer.alloc(0));
    expect(frame).toMatchObject({ protocolData: [], rejectionReason: { code: 'R00' } });
    expect(await test.inside.hears('delivered')).toMatchObject({ transferId, what: 'reject' });
  });

  it('is refused by name, with an inline error that bears our account', async () => {
    test.inside.script = () => refusedWith('InsufficientBalanceError', 'too much');
    const answer = await peer.prepare(incoming());
    expect(answer).toMatchObject({ type: 'error', code: 'F08', name: 'InsufficientBalanceError' });
    const frame = decodeBtpAlpha(peer.frames.at(-1) ?? Buffer.alloc(0));
    expect(frame).toMatchObject({
      type: 'error',
      rejectionReason: { triggeredBy: ourAccount, data: Buffer.from('{"message":"too much"}') },
    });
  });

  it('refuses a Prepare, which its owner hears by name', async () => {
    peer.script((request) =>
      request.type === 'prepare' ? { error: 'InsufficientBalanceError' } : undefined,
    );
    const delivery = outgoing();
    test.inside.deliver('alice', delivery);
    expect(await test.inside.hears('peer-refused')).toMatchObject({
      transferId: delivery.transferId,
      error: 'InsufficientBalanceError',
    });
  });

  it('asks for a quote, with `from` and `to` beside it', async () => {
    const quote = encodeIlp({
      type: 'by-source-request',
      destinationAccount: 'test.bob.client',
      sourceAmount: 5n,
      destinationHoldDurationMs: 3_000,
    });
    const answer = await peer.message(
      ilpEntry(quote),
      textEntry('from', 'test.alice.client'),
      textEntry('to', 'test.alice.server'),
    );
    expect(lastByte()).toBe(2);
    expect(decodeIlp(protocolEntry(answer.protocolData, 'ilp')?.data ?? Buffer.alloc(0))).toEqual(
      decodeIlp(quote),
    );
  });

  it('asks for balance and limit', async () => {
    test.inside.script = () => ({ error: null, balance: { balance: -20_000n, maxBalance: 7n } });
    const balance = await peer.message(numberRequest('balance'));
    expect(balance.protocolData.map(readAlphaBalance)).toEqual([20_000n]);
    const limit = await peer.message(numberRequest('limit'));
    expect(limit.protocolData.map(readLimit)).toEqual([7n]);
  });

  it('is asked for its balance, and says ours', async () => {
    peer.script((request) =>
      request.protocolData[0]?.protocolName === 'balance'
        ? { respond: [alphaBalanceEntry(1_234n)] }
        : undefined,
    );
    const question = { kind: 'ask-peer-balance', ledgerId: 'alice', reference: 7 } as const;
    test.inside.deliver('alice', question);
    expect(await test.inside.hears('peer-balance')).toMatchObject({
      reference: 7,
      balance: -1_234n,
    });
  });

  it('is offered again after a lost connection what it may know, as the same transfer', async () => {
    await test.stop();
    await begin(FAST);
    peer.script((request) => (request.type === 'prepare' ? 'silence' : undefined));
    const delivery = outgoing();
    test.inside.deliver('alice', delivery);
    const first = await peer.next('prepare');
    const second = await peer.next('prepare');
    expect({ ...second, requestId: 0 }).toEqual({ ...first, requestId: 0 });
    expect(second.requestId).not.toBe(first.requestId);
  });
});

describe('two peers of one connector, one of BTP/1.0 and one of BTP/alpha', () => {
  it('take over nothing from each other', async () => {
    const scripts = [administrator({ info: INFO })];
    const bob = await BtpPeer.listen({ token: 'bob-secret', scripts });
    test = await GatewayUnderTest.start([dialsUs('alice', alpha), weDial('bob', bob.uri)], PATIENT);
    test.keep(bob);
    const url = `${test.url}/alpha`;
    peer = test.keep(await BtpPeer.dial({ ...alpha, url, token: 'alice-secret' }));
    await Promise.all([test.becomes('alice', 'open'), test.becomes('bob', 'open')]);
    await test.isHeardInside();
    const [there, back] = [outgoing(), outgoing()];
    test.inside.deliver('alice', there);
    test.inside.deliver('bob', { ...back, ledgerId: 'bob' });
    expect((await peer.next('prepare')).transferId).toBe(there.transferId);
    expect((await bob.next('prepare')).transferId).toBe(back.transferId);
    expect([lastByte(), bob.frames.at(-1)?.[0]]).toEqual([4, 3]);
  });
});
