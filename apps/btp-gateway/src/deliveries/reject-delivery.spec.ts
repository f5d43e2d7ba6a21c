import { type BtpErrorName, ilpEntry } from '#protocol';
import { START_MS } from '../../../../test/support/gateway/session-kit';
import {
  DeliveriesKit,
  delivered,
  reason,
  reject,
  transferId,
} from '../../../../test/support/gateway/deliveries-kit';

describe('an outgoing Reject', () => {
  it('carries its reason, and is delivered with the Response', () => {
    const kit = new DeliveriesKit();
    kit.deliveries.deliver(reject, START_MS);
    expect(kit.wire.last).toMatchObject({
      type: 'reject',
      transferId,
      protocolData: [ilpEntry(reason)],
    });
    kit.respond();
    expect(kit.link.sent).toEqual([{ subject: 'owner', message: delivered('reject') }]);
  });

  it.each<BtpErrorName>(['NotAcceptedError', 'UnreachableError', 'AlreadyFulfilledError'])(
    'is delivered with %s too',
    (name) => {
      const kit = new DeliveriesKit();
      kit.deliveries.deliver(reject, START_MS);
      kit.refuse(name);
      expect(kit.link.sent).toEqual([{ subject: 'owner', message: delivered('reject') }]);
    },
  );

  it('is repeated per time-out, for a minute', () => {
    const kit = new DeliveriesKit();
    kit.deliveries.deliver(reject, START_MS);
    kit.runTo(59_000);
    expect(kit.wire.all('reject')).toHaveLength(12);
    expect(kit.link.sent).toEqual([]);
    kit.runTo(80_000);
    expect(kit.link.sent).toEqual([{ subject: 'owner', message: delivered('reject') }]);
    expect(kit.metrics.deliveries['given-up']).toBe(1);
    expect(kit.wire.all('reject')).toHaveLength(12);
  });
});
