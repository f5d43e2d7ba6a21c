import type { DeliverReject } from '#contracts';
import { type BtpErrorName, encodeIlp, ilpEntry, ilpError } from '#protocol';
import { type BtpPeer } from '#testing';
import {
  condition,
  FAST,
  fulfillment,
  fulfillOf,
  newTransfer,
  outgoing,
  PATIENT,
  pause,
  waitFor,
  withAlice,
} from '../../../test/support/gateway/alice';
import type { GatewayLimits } from './gateway-limits';
import type { GatewayUnderTest } from '../../../test/support/gateway/gateway-under-test';
import { ACCEPTED } from '../../../test/support/gateway/scripted-inside';

let test: GatewayUnderTest;
let peer: BtpPeer;

afterEach(() => test.stop());

describe('deliveries to a peer', () => {
  beforeEach(async () => {
    ({ test, peer } = await withAlice());
  });

  const meetAnew = async (limits: Partial<GatewayLimits>): Promise<void> => {
    await test.stop();
    ({ test, peer } = await withAlice(limits));
  };

  it('Prepare: goes out as it was handed over, and is delivered with the Response', async () => {
    const delivery = outgoing();
    test.inside.deliver('alice', delivery);
    expect(await peer.next('prepare')).toMatchObject({
      transferId: delivery.transferId,
      amount: 99n,
      executionCondition: condition,
      expiresAtMs: delivery.expiresAtMs,
      protocolData: [ilpEntry(delivery.packet)],
    });
    expect(await test.inside.hears('delivered')).toEqual({
      kind: 'delivered',
      ledgerId: 'alice',
      transferId: delivery.transferId,
      what: 'prepare',
    });
  });

  it('Prepare: a definite Error is reported by its name, and again until it is heard', async () => {
    await meetAnew({ ...PATIENT, repeatInsideMs: 100 });
    peer.script(() => ({ error: 'InsufficientBalanceError', message: 'too much' }));
    test.inside.script = () => 'silence';
    const delivery = outgoing();
    test.inside.deliver('alice', delivery);
    const third = await test.inside.hears('peer-refused', 3);
    expect(third).toMatchObject({
      ledgerId: 'alice',
      transferId: delivery.transferId,
      error: 'InsufficientBalanceError',
      message: 'too much',
    });
    test.inside.answer(third, ACCEPTED);
    await waitFor(() => test.gateway.pendingInside() === 0);
    await test.isHeardInside();
    const { length } = test.inside.all('peer-refused');
    await pause(250);
    expect(test.inside.all('peer-refused')).toHaveLength(length);
    expect(test.inside.all('delivered')).toEqual([]);
  });

  it('Prepare: one that is handed over twice is sent once', async () => {
    peer.script(() => 'silence');
    const delivery = outgoing();
    test.inside.deliver('alice', delivery);
    test.inside.deliver('alice', delivery);
    await peer.next('prepare');
    await pause(100);
    expect(peer.requests).toHaveLength(1);
  });

  it('Prepare: one that was delivered is confirmed again, not sent', async () => {
    const delivery = outgoing();
    test.inside.deliver('alice', delivery);
    await test.inside.hears('delivered');
    test.inside.deliver('alice', delivery);
    await test.inside.hears('delivered', 2);
    expect(peer.requests).toHaveLength(1);
  });

  it('Prepare: without an answer it is repeated, and on the next session too', async () => {
    await meetAnew(FAST);
    peer.script(() => 'silence');
    const delivery = outgoing();
    test.inside.deliver('alice', delivery);
    await peer.next('prepare');
    await peer.next('prepare');
    peer.drop();
    await test.becomes('alice', 'offline');
    expect(test.inside.all('delivered')).toEqual([]);
    expect(test.inside.all('peer-refused')).toEqual([]);
    const before = peer.requests.length;
    await peer.connect();
    await test.inside.hearsSessions(2);
    peer.script(() => ({ error: 'UnreachableError' }));
    test.inside.deliver('alice', delivery);
    await waitFor(() => peer.requests.length > before);
    peer.script(() => ({ respond: [] }));
    expect(await test.inside.hears('delivered')).toMatchObject({ transferId: delivery.transferId });
    expect(peer.requests.length).toBeGreaterThanOrEqual(before + 2);
    expect(test.inside.all('peer-refused')).toEqual([]);
  });

  it('Prepare: its Fulfill may come before its Response', async () => {
    await meetAnew({ ...PATIENT, requestTimeoutMs: FAST.requestTimeoutMs });
    peer.script((request) => (request.type === 'prepare' ? 'silence' : undefined));
    const delivery = outgoing();
    test.inside.deliver('alice', delivery);
    const { requestId } = await peer.next('prepare');
    await peer.fulfill({ transferId: delivery.transferId, fulfillment, protocolData: [] });
    const order = test.inside.heard.map(({ kind }) => kind);
    expect(order).toEqual(['session-opened', 'delivered', 'peer-fulfilled']);
    const asked = peer.requests.length;
    peer.send({ type: 'response', requestId, protocolData: [] });
    await pause(500);
    expect(test.inside.all('delivered')).toHaveLength(1);
    expect(peer.requests).toHaveLength(asked);
  });

  it('Fulfill: is repeated until it is answered', async () => {
    let asked = 0;
    peer.script(() => {
      asked += 1;
      return asked < 4 ? { error: 'UnreachableError' } : { respond: [] };
    });
    const delivery = fulfillOf(newTransfer());
    test.inside.deliver('alice', delivery);
    expect(await test.inside.hears('delivered')).toMatchObject({
      transferId: delivery.transferId,
      what: 'fulfill',
    });
    expect(asked).toBe(4);
    for (const request of peer.requests)
      expect(request).toMatchObject({ type: 'fulfill', fulfillment });
  });

  it('Fulfill: without an answer it is repeated to the expiry, and again when it is handed out', async () => {
    await meetAnew(FAST);
    peer.script(() => 'silence');
    const delivery = fulfillOf(newTransfer(), 4_000);
    test.inside.deliver('alice', delivery);
    await waitFor(() => test.gateway.metrics.deliveries['loss-suspected'] === 1);
    expect(peer.requests.length).toBeGreaterThanOrEqual(2);
    expect(test.log.messages('warn')).toHaveLength(1);
    expect(test.inside.all('delivered')).toEqual([]);
    expect(test.inside.all('fulfill-refused')).toEqual([]);
    peer.script(() => ({ respond: [] }));
    // As its owner does, who hands it out until it is delivered.
    while (test.inside.all('delivered').length === 0) {
      test.inside.deliver('alice', delivery);
      await pause(50);
    }
    expect(await test.inside.hears('delivered')).toMatchObject({ what: 'fulfill' });
  });

  it.each<BtpErrorName>([
    'InvalidFieldsError',
    'TransferNotFoundError',
    'InvalidFulfillmentError',
    'DuplicateIdError',
    'AlreadyRolledBackError',
    'InsufficientBalanceError',
    'NotAcceptedError',
  ])('Fulfill: stops at %s, which its owner hears', async (error) => {
    peer.script(() => ({ error, message: 'the reason' }));
    const delivery = fulfillOf(newTransfer());
    const handedOutAtMs = Date.now();
    test.inside.deliver('alice', delivery);
    const report = await test.inside.hears('fulfill-refused');
    expect(report).toMatchObject({
      ledgerId: 'alice',
      transferId: delivery.transferId,
      error,
      message: 'the reason',
    });
    expect(report.receivedAtMs).toBeGreaterThanOrEqual(handedOutAtMs);
    expect(report.receivedAtMs).toBeLessThanOrEqual(Date.now());
    await pause(100);
    expect(peer.requests).toHaveLength(1);
    expect(test.inside.all('delivered')).toEqual([]);
    test.inside.deliver('alice', delivery);
    await test.inside.hears('fulfill-refused', 2);
    expect(peer.requests).toHaveLength(2);
  });

  it('Fulfill: that was fulfilled before is delivered', async () => {
    peer.script(() => ({ error: 'AlreadyFulfilledError' }));
    test.inside.deliver('alice', fulfillOf(newTransfer()));
    expect(await test.inside.hears('delivered')).toMatchObject({ what: 'fulfill' });
    expect(test.inside.all('fulfill-refused')).toEqual([]);
  });

  it.each([{ error: 'NotAcceptedError' } as const, { respond: [] }])(
    'Reject: is delivered with any answer: %j',
    async (reaction) => {
      peer.script(() => reaction);
      const transferId = newTransfer();
      const reason = encodeIlp(
        ilpError({
          code: 'R00',
          triggeredBy: 'test.alice.server',
          triggeredAtMs: Date.now(),
          data: Buffer.from('expired'),
        }),
      );
      const delivery: DeliverReject = {
        kind: 'deliver-reject',
        ledgerId: 'alice',
        transferId,
        reason,
      };
      test.inside.deliver('alice', delivery);
      expect(await peer.next('reject')).toMatchObject({
        transferId,
        protocolData: [ilpEntry(reason)],
      });
      expect(await test.inside.hears('delivered')).toMatchObject({ transferId, what: 'reject' });
    },
  );

  it('are not lost when thousands come at once', async () => {
    const count = 2_000;
    for (let sent = 0; sent < count; sent += 1) test.inside.deliver('alice', outgoing());
    await test.inside.hears('delivered', count);
    const ids = new Set(
      peer.requests.map((request) => 'transferId' in request && request.transferId),
    );
    expect(ids.size).toBe(count);
  });
});
