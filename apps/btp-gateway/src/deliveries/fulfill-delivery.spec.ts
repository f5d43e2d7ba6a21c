import { type BtpErrorName, ilpEntry } from '#protocol';
import { START_MS } from '../../../../test/support/gateway/session-kit';
import {
  DeliveriesKit,
  delivered,
  EXPIRES_MS,
  fulfill,
  fulfillRefused,
  transferId,
} from '../../../../test/support/gateway/deliveries-kit';

describe('an outgoing Fulfill', () => {
  it('carries fulfillment and data, and is delivered with the Response', () => {
    const kit = new DeliveriesKit();
    kit.deliveries.deliver({ ...fulfill, data: Buffer.from('data') }, START_MS);
    expect(kit.wire.last).toMatchObject({
      type: 'fulfill',
      transferId,
      fulfillment: fulfill.fulfillment,
      protocolData: [ilpEntry(Buffer.from('data'))],
    });
    kit.respond();
    expect(kit.link.sent).toEqual([{ subject: 'owner', message: delivered('fulfill') }]);
  });

  it('has no entries when there is no data', () => {
    const kit = new DeliveriesKit();
    kit.deliveries.deliver(fulfill, START_MS);
    expect(kit.wire.last.protocolData).toEqual([]);
  });

  it('is repeated after T00 with delays that double from 10 ms to 1 s', () => {
    const kit = new DeliveriesKit();
    kit.deliveries.deliver(fulfill, START_MS);
    const delays = [];
    for (let attempt = 0; attempt < 9; attempt += 1) {
      const sentAtMs = kit.nowMs;
      kit.refuse('UnreachableError');
      const sent = kit.wire.sent.length;
      while (kit.wire.sent.length === sent) kit.at(kit.nowMs - START_MS + 1);
      delays.push(kit.nowMs - sentAtMs);
    }
    expect(delays).toEqual([10, 20, 40, 80, 160, 320, 640, 1_000, 1_000]);
    kit.respond();
    expect(kit.link.sent).toHaveLength(1);
  });

  it('is repeated when the program of the peer stumbles, until it takes it', () => {
    const kit = new DeliveriesKit();
    kit.deliveries.deliver(fulfill, START_MS);
    kit.stumble();
    kit.runTo(100);
    expect(kit.wire.all('fulfill')).toHaveLength(2);
    kit.respond();
    expect(kit.metrics.deliveries).toMatchObject({ accepted: 1, 'loss-suspected': 0 });
  });

  it('is repeated after each time-out', () => {
    const kit = new DeliveriesKit();
    kit.deliveries.deliver(fulfill, START_MS);
    kit.runTo(5_100);
    expect(kit.wire.all('fulfill')).toHaveLength(2);
    kit.respond();
    expect(kit.link.all('delivered')).toHaveLength(1);
  });

  it.each<BtpErrorName>([
    'InvalidFieldsError',
    'TransferNotFoundError',
    'AlreadyRolledBackError',
    'NotAcceptedError',
    'InvalidFulfillmentError',
    'DuplicateIdError',
    'InsufficientBalanceError',
  ])('ends with %s, which the owner hears, as a suspected loss', (name) => {
    const kit = new DeliveriesKit();
    kit.deliveries.deliver(fulfill, START_MS);
    kit.refuse(name);
    kit.runTo(20_000);
    expect(kit.wire.all('fulfill')).toHaveLength(1);
    expect(kit.metrics.deliveries['loss-suspected']).toBe(1);
    expect(kit.log.lines).toMatchObject([
      { level: 'warn', fields: { peer: 'alice', transferId, reason: `${name}: because` } },
    ]);
    expect(kit.link.sent).toEqual([{ subject: 'owner', message: fulfillRefused(name) }]);
  });

  it.each([
    ['F02', 'TransferNotFoundError'],
    ['F05', 'AlreadyRolledBackError'],
    ['F06', 'AlreadyFulfilledError'],
  ] as const)('is judged by the name of an Error, not by its shifted code %s: %s', (code, name) => {
    const kit = new DeliveriesKit();
    kit.deliveries.deliver(fulfill, START_MS);
    kit.refuse(name, code);
    const isPaid = name === 'AlreadyFulfilledError';
    const message = isPaid ? delivered('fulfill') : fulfillRefused(name);
    expect(kit.link.sent).toEqual([{ subject: 'owner', message }]);
  });

  it('that was refused goes out again when its owner did not hear that', () => {
    const kit = new DeliveriesKit();
    kit.deliveries.deliver(fulfill, START_MS);
    kit.refuse('AlreadyRolledBackError');
    kit.deliveries.deliver(fulfill, kit.nowMs);
    kit.refuse('AlreadyRolledBackError');
    expect(kit.wire.all('fulfill')).toHaveLength(2);
    expect(kit.link.all('fulfill-refused')).toHaveLength(2);
  });

  it('is refused by the program that stumbles over it to the end', () => {
    const kit = new DeliveriesKit();
    kit.deliveries.deliver(fulfill, START_MS);
    while (kit.nowMs < EXPIRES_MS) {
      const sent = kit.wire.sent.length;
      kit.stumble();
      expect(kit.link.sent).toEqual([]);
      while (kit.wire.sent.length === sent) kit.at(kit.nowMs - START_MS + 20);
    }
    kit.stumble();
    expect(kit.link.sent).toMatchObject([{ message: fulfillRefused('NotAcceptedError') }]);
  });

  it('is no loss when the peer says that it was fulfilled already', () => {
    const kit = new DeliveriesKit();
    kit.deliveries.deliver(fulfill, START_MS);
    kit.refuse('AlreadyFulfilledError');
    expect(kit.metrics.deliveries).toMatchObject({ accepted: 1, 'loss-suspected': 0 });
    expect(kit.link.all('delivered')).toHaveLength(1);
  });

  it('that nobody answers is left at the expiry to its owner, as a suspected loss', () => {
    const kit = new DeliveriesKit();
    kit.deliveries.deliver(fulfill, START_MS);
    kit.runTo(40_000);
    const attempts = kit.wire.all('fulfill').length;
    expect(attempts).toBeGreaterThan(4);
    expect(kit.metrics.deliveries['loss-suspected']).toBe(1);
    kit.runTo(60_000);
    expect(kit.wire.all('fulfill')).toHaveLength(attempts);
    expect(kit.link.sent).toEqual([]);
  });

  it('is sent again after the expiry when its owner hands it out again, and suspected once', () => {
    const kit = new DeliveriesKit();
    kit.deliveries.deliver(fulfill, START_MS);
    kit.runTo(40_000);
    const attempts = kit.wire.all('fulfill').length;
    kit.deliveries.deliver(fulfill, kit.nowMs);
    kit.runTo(50_000);
    expect(kit.wire.all('fulfill')).toHaveLength(attempts + 1);
    expect(kit.metrics.deliveries).toMatchObject({ 'loss-suspected': 1, 'given-up': 1 });
    kit.deliveries.deliver(fulfill, kit.nowMs);
    kit.respond();
    expect(kit.link.sent).toEqual([{ subject: 'owner', message: delivered('fulfill') }]);
  });

  it('is sent once also when it comes after the expiry', () => {
    const kit = new DeliveriesKit();
    kit.deliveries.deliver({ ...fulfill, expiresAtMs: START_MS - 1 }, START_MS);
    expect(kit.wire.all('fulfill')).toHaveLength(1);
    kit.respond();
    expect(kit.metrics.deliveries).toMatchObject({ accepted: 1, 'loss-suspected': 0 });
  });

  it('stays with its owner when the session ends first', () => {
    const kit = new DeliveriesKit();
    kit.deliveries.deliver(fulfill, START_MS);
    kit.session.lose('gone');
    kit.runTo(60_000);
    expect(kit.link.sent).toEqual([]);
  });
});
