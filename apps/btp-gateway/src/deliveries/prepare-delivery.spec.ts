import { ilpEntry } from '#protocol';
import { START_MS } from '../../../../test/support/gateway/session-kit';
import {
  DeliveriesKit,
  delivered,
  EXPIRES_MS,
  prepare,
  transferId,
} from '../../../../test/support/gateway/deliveries-kit';

describe('an outgoing Prepare', () => {
  it('goes out with its packet as the only entry, and is delivered with the Response', () => {
    const kit = new DeliveriesKit();
    kit.deliveries.deliver(prepare, START_MS);
    expect(kit.wire.last).toMatchObject({
      type: 'prepare',
      transferId,
      amount: 9_900n,
      executionCondition: prepare.condition,
      expiresAtMs: EXPIRES_MS,
      protocolData: [ilpEntry(prepare.packet)],
    });
    expect(kit.link.sent).toEqual([]);
    kit.respond();
    expect(kit.link.sent).toEqual([{ subject: 'owner', message: delivered('prepare') }]);
  });

  it('is reported as refused with the name of the Error, until the owner has answered', () => {
    const kit = new DeliveriesKit();
    kit.deliveries.deliver(prepare, START_MS);
    kit.refuse('InsufficientBalanceError');
    kit.runTo(2_500);
    const reports = kit.link.all('peer-refused');
    expect(reports).toHaveLength(3);
    expect(reports[0]).toMatchObject({
      ledgerId: 'alice',
      transferId,
      error: 'InsufficientBalanceError',
      message: 'because',
      receivedAtMs: START_MS,
    });
    kit.answer(reports[0]?.replyTo.reference ?? 0);
    kit.runTo(10_000);
    expect(kit.link.all('peer-refused')).toHaveLength(3);
    expect(kit.link.all('delivered')).toEqual([]);
  });

  it('is not sent again while its refusal is on the way to the owner', () => {
    const kit = new DeliveriesKit();
    kit.deliveries.deliver(prepare, START_MS);
    kit.refuse('NotAcceptedError');
    kit.deliveries.deliver(prepare, START_MS);
    expect(kit.wire.all('prepare')).toHaveLength(1);
  });

  it('is a definite refusal with T00 when the peer cannot have heard of it', () => {
    const kit = new DeliveriesKit();
    kit.deliveries.deliver(prepare, START_MS);
    kit.refuse('UnreachableError');
    expect(kit.link.all('peer-refused')).toMatchObject([{ error: 'UnreachableError' }]);
  });

  it('is repeated once per time-out, and not after its expiry', () => {
    const kit = new DeliveriesKit();
    kit.deliveries.deliver(prepare, START_MS);
    kit.runTo(4_999);
    expect(kit.wire.all('prepare')).toHaveLength(1);
    kit.runTo(5_100);
    expect(kit.wire.all('prepare')).toHaveLength(2);
    kit.runTo(90_000);
    expect(kit.wire.all('prepare')).toHaveLength(6);
    const ids = new Set(kit.wire.all('prepare').map(({ requestId }) => requestId));
    expect(ids.size).toBe(6);
    expect(kit.link.sent).toEqual([]);
  });

  it('is not refused by a T00 to its repetition, as the first may have been taken', () => {
    const kit = new DeliveriesKit();
    kit.deliveries.deliver(prepare, START_MS);
    kit.runTo(5_100);
    kit.refuse('UnreachableError');
    expect(kit.link.sent).toEqual([]);
    kit.runTo(11_000);
    expect(kit.wire.all('prepare')).toHaveLength(3);
    kit.respond();
    expect(kit.link.all('delivered')).toHaveLength(1);
  });

  it('is refused by a definite Error to its repetition', () => {
    const kit = new DeliveriesKit();
    kit.deliveries.deliver(prepare, START_MS);
    kit.runTo(5_100);
    kit.refuse('AlreadyRolledBackError');
    expect(kit.link.all('peer-refused')).toMatchObject([{ error: 'AlreadyRolledBackError' }]);
  });

  it('is remembered as uncertain when the session ends, so that a T00 of the next does not refuse it', () => {
    const first = new DeliveriesKit();
    first.deliveries.deliver(prepare, START_MS);
    first.session.lose('gone');
    const second = new DeliveriesKit(first.uncertain);
    second.deliveries.deliver(prepare, START_MS);
    second.refuse('UnreachableError');
    expect(second.link.sent).toEqual([]);
    second.runTo(5_100);
    second.respond();
    expect(second.link.all('delivered')).toHaveLength(1);
    expect(first.uncertain.has(transferId)).toBe(false);
  });

  it('that its owner hands out once more is not refused by a T00 either', () => {
    const kit = new DeliveriesKit();
    kit.deliveries.deliver({ ...prepare, isRepeated: true }, START_MS);
    kit.refuse('UnreachableError');
    expect(kit.link.sent).toEqual([]);
    kit.runTo(5_100);
    kit.refuse('InsufficientBalanceError');
    expect(kit.link.all('peer-refused')).toHaveLength(1);
  });

  it('is delivered when the peer says that it was fulfilled already', () => {
    const kit = new DeliveriesKit();
    kit.deliveries.deliver(prepare, START_MS);
    kit.refuse('AlreadyFulfilledError');
    expect(kit.link.sent).toEqual([{ subject: 'owner', message: delivered('prepare') }]);
  });

  it('is delivered by its outcome before its Response, which then changes nothing', () => {
    const kit = new DeliveriesKit();
    kit.deliveries.deliver(prepare, START_MS);
    expect(kit.deliveries.hearOutcome(transferId)).toBe(true);
    expect(kit.link.all('delivered')).toHaveLength(1);
    kit.respond();
    kit.runTo(12_000);
    expect(kit.link.sent).toHaveLength(1);
    expect(kit.wire.sent).toHaveLength(1);
  });

  it('is delivered by its outcome also when the Response never comes', () => {
    const kit = new DeliveriesKit();
    kit.deliveries.deliver(prepare, START_MS);
    kit.deliveries.hearOutcome(transferId);
    kit.refuse('NotAcceptedError');
    kit.runTo(12_000);
    expect(kit.link.sent).toEqual([{ subject: 'owner', message: delivered('prepare') }]);
  });

  it('is one that the peer may end once: later outcomes are not the ones we waited for', () => {
    const kit = new DeliveriesKit();
    expect(kit.deliveries.hearOutcome(transferId)).toBe(false);
    kit.deliveries.deliver(prepare, START_MS);
    kit.respond();
    expect(kit.deliveries.hearOutcome(transferId)).toBe(true);
    expect(kit.deliveries.hearOutcome(transferId)).toBe(false);
  });

  it('is not sent when it has expired already', () => {
    const kit = new DeliveriesKit();
    kit.deliveries.deliver(prepare, EXPIRES_MS);
    expect(kit.wire.sent).toEqual([]);
  });

  it('is not sent on a closed session', () => {
    const kit = new DeliveriesKit();
    kit.session.close('over');
    kit.deliveries.deliver(prepare, START_MS);
    expect(kit.wire.sent).toEqual([]);
  });
});
