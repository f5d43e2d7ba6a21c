import { createHash } from 'node:crypto';
import {
  type BtpErrorName,
  decodeIlp,
  encodeIlp,
  encodeProtocolData,
  ilpEntry,
  ilpError,
  infoRequest,
  jsonEntry,
  numberRequest,
  octetEntry,
  readBalance,
  readLimit,
} from '#protocol';
import { anIlpPayment, type BtpPeer } from '#testing';
import {
  condition,
  FAST,
  fulfillment,
  incoming,
  newTransfer,
  PATIENT,
  pause,
  waitFor,
  withAlice,
} from '../../../test/support/gateway/alice';
import type { GatewayLimits } from './gateway-limits';
import type { GatewayUnderTest } from '../../../test/support/gateway/gateway-under-test';
import { refusedWith } from '../../../test/support/gateway/scripted-inside';

let test: GatewayUnderTest;
let peer: BtpPeer;

afterEach(() => test.stop());

describe('requests of a peer', () => {
  beforeEach(async () => {
    ({ test, peer } = await withAlice());
  });

  const meetAnew = async (limits: Partial<GatewayLimits>): Promise<void> => {
    await test.stop();
    ({ test, peer } = await withAlice(limits));
  };

  it('open with the news of the session for the owner of its ledger', () => {
    expect(test.inside.heard).toMatchObject([{ kind: 'session-opened', ledgerId: 'alice' }]);
  });

  it('Prepare: is answered with an empty Response when the ledger took it', async () => {
    const prepare = incoming();
    const askedAtMs = Date.now();
    expect(await peer.prepare(prepare)).toMatchObject({ type: 'response', protocolData: [] });
    const message = await test.inside.hears('prepare-payment');
    expect(message).toMatchObject({
      ledgerId: 'alice',
      transferId: prepare.transferId,
      amount: 100n,
      condition,
      packet: anIlpPayment(),
      sideDataDigest: null,
    });
    expect(message.expiresAtMs).toBe(prepare.expiresAtMs);
    expect(message.receivedAtMs).toBeGreaterThanOrEqual(askedAtMs);
    expect(message.receivedAtMs).toBeLessThanOrEqual(Date.now());
  });

  it('Prepare: side data is told by its digest', async () => {
    const protocolData = [ilpEntry(anIlpPayment()), jsonEntry('custom', Buffer.from('{}'))];
    await peer.prepare(incoming({ protocolData }));
    const { sideDataDigest, packet } = await test.inside.hears('prepare-payment');
    expect(packet).toEqual(anIlpPayment());
    expect(sideDataDigest).toEqual(
      createHash('sha256').update(encodeProtocolData(protocolData)).digest(),
    );
  });

  it('Prepare: amount 0 is refused with F01, and nobody inside hears of it', async () => {
    expect(await peer.prepare(incoming({ amount: 0n }))).toMatchObject({
      code: 'F01',
      name: 'InvalidFieldsError',
    });
    expect(test.inside.all('prepare-payment')).toEqual([]);
  });

  it.each<[BtpErrorName, string]>([
    ['UnreachableError', 'T00'],
    ['NotAcceptedError', 'F00'],
    ['InvalidFieldsError', 'F01'],
    ['TransferNotFoundError', 'F03'],
    ['InvalidFulfillmentError', 'F04'],
    ['DuplicateIdError', 'F05'],
    ['AlreadyRolledBackError', 'F06'],
    ['AlreadyFulfilledError', 'F07'],
    ['InsufficientBalanceError', 'F08'],
  ])('%s of the ledger is told with code %s and a message', async (name, code) => {
    test.inside.script = () => refusedWith(name, 'the reason');
    const answer = await peer.fulfill({ transferId: newTransfer(), fulfillment, protocolData: [] });
    expect(answer).toMatchObject({
      type: 'error',
      code,
      name,
      data: Buffer.from('{"message":"the reason"}'),
    });
  });

  it('Fulfill and Reject: go to the owner with data and reason', async () => {
    const transferId = newTransfer();
    const data = encodeIlp({ type: 'fulfillment-data', data: Buffer.from('thanks') });
    await peer.fulfill({ transferId, fulfillment, protocolData: [ilpEntry(data)] });
    expect(await test.inside.hears('peer-fulfilled')).toMatchObject({
      ledgerId: 'alice',
      transferId,
      fulfillment,
      data,
    });
    const reason = encodeIlp(
      ilpError({ code: 'F02', triggeredBy: 'test.z', triggeredAtMs: Date.now(), data: 'no' }),
    );
    await peer.reject({ transferId, protocolData: [ilpEntry(reason)] });
    expect(await test.inside.hears('peer-rejected')).toMatchObject({ transferId, reason });
  });

  it('balance and limit: are asked of the owner', async () => {
    test.inside.script = () => ({
      error: null,
      balance: { balance: -20_000n, maxBalance: 1_000_000n },
    });
    const [balance, limit] = await Promise.all([
      peer.message(numberRequest('balance')),
      peer.message(numberRequest('limit')),
    ]);
    expect(readBalance(balance.protocolData[0]!)).toBe(-20_000n);
    expect(readLimit(limit.protocolData[0]!)).toBe(1_000_000n);
  });

  it('ilp: is asked of the quoter, and answered with what it says', async () => {
    test.inside.onQuote = (packet) => Buffer.concat([packet, Buffer.from('!')]);
    const answer = await peer.message(ilpEntry(Buffer.from('quote')));
    expect(answer).toMatchObject({
      type: 'response',
      protocolData: [ilpEntry(Buffer.from('quote!'))],
    });
  });

  it('ilp: a quoter that says nothing in time is an ILP error F00 in a Response', async () => {
    await meetAnew(FAST);
    test.inside.onQuote = () => 'silence';
    const answer = await peer.message(ilpEntry(Buffer.from('quote')));
    expect(answer.type).toBe('response');
    expect(decodeIlp(answer.protocolData[0]!.data)).toMatchObject({ type: 'error', code: 'F00' });
  });

  it.each([[[]], [[octetEntry('vouch', Buffer.alloc(0))]]])(
    'a Message without a known sub-protocol: F00 (%#)',
    async (protocolData) => {
      expect(await peer.message(...protocolData)).toMatchObject({
        code: 'F00',
        name: 'NotAcceptedError',
      });
    },
  );

  it('survive a silent link: asked again until answered', async () => {
    await meetAnew({ ...PATIENT, repeatInsideMs: 100 });
    test.inside.script = () => 'silence';
    const answered = peer.fulfill({ transferId: newTransfer(), fulfillment, protocolData: [] });
    const third = await test.inside.hears('peer-fulfilled', 3);
    const references = test.inside.all('peer-fulfilled').map(({ replyTo }) => replyTo.reference);
    expect(new Set(references).size).toBe(1);
    test.inside.answer(third);
    expect((await answered).type).toBe('response');
    await test.isHeardInside();
    const { length } = test.inside.all('peer-fulfilled');
    await pause(300);
    expect(test.inside.all('peer-fulfilled')).toHaveLength(length);
  });

  it('get silence, not an Error, when nobody answers a Prepare', async () => {
    await meetAnew({ ...PATIENT, requestTimeoutMs: 4_000, repeatInsideMs: 100 });
    test.inside.script = () => 'silence';
    const requestId = peer.takeRequestId();
    peer.send({ type: 'prepare', requestId, ...incoming() });
    await test.inside.hears('prepare-payment', 2);
    await waitFor(() => test.gateway.pendingInside() === 0);
    // What is answered after it has come after it.
    await peer.message(infoRequest('account'));
    expect(peer.received.all.filter((packet) => packet.requestId === requestId)).toEqual([]);
    await test.isHeardInside();
    const asked = test.inside.all('prepare-payment').length;
    await pause(300);
    expect(test.inside.all('prepare-payment')).toHaveLength(asked);
  });

  it('get one answer also when the inside answers twice', async () => {
    test.inside.script = (question) => {
      test.inside.answer(question);
      return refusedWith('NotAcceptedError');
    };
    expect((await peer.prepare(incoming())).type).toBe('response');
    await pause(100);
    expect(peer.received.all.filter(({ type }) => type !== 'message')).toHaveLength(2);
  });

  it('are carried through when the session ends before the answer', async () => {
    await meetAnew({ ...PATIENT, repeatInsideMs: 100 });
    test.inside.script = () => 'silence';
    peer.send({ type: 'prepare', requestId: 1, ...incoming() });
    await test.inside.hears('prepare-payment');
    peer.drop();
    await test.becomes('alice', 'offline');
    const asked = test.inside.all('prepare-payment').length;
    test.inside.answer(await test.inside.hears('prepare-payment', asked + 1));
    await waitFor(() => test.gateway.pendingInside() === 0);
  });

  it('are turned away beyond the rate with T00, and let in again later', async () => {
    // So few a second that they do not grow back while a busy machine carries the others.
    await meetAnew({ ...PATIENT, requestsPerPeerPerSecond: 2, inFlightPerPeer: 100 });
    const answers = await Promise.all(Array.from({ length: 30 }, () => peer.prepare(incoming())));
    const refused = answers.filter((answer) => answer.type === 'error');
    expect(refused.length).toBeGreaterThanOrEqual(8);
    expect(refused[0]).toMatchObject({ code: 'T00', name: 'UnreachableError' });
    expect(refused[0]?.data.toString()).toContain('rate');
    let again = await peer.prepare(incoming());
    while (again.type === 'error') {
      await pause(100);
      again = await peer.prepare(incoming());
    }
  });
});
