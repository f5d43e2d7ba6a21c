import { START_MS } from '../../../../test/support/gateway/session-kit';
import {
  DeliveriesKit,
  fulfill,
  prepare,
  reject,
} from '../../../../test/support/gateway/deliveries-kit';

describe('what the owner hands out again', () => {
  it.each([prepare, fulfill, reject])('is not sent twice while it is open: $kind', (delivery) => {
    const kit = new DeliveriesKit();
    kit.deliveries.deliver(delivery, START_MS);
    kit.deliveries.deliver(delivery, START_MS);
    expect(kit.wire.sent).toHaveLength(1);
  });

  it.each([prepare, fulfill, reject])(
    'is confirmed again, not sent, once it is delivered: $kind',
    (delivery) => {
      const kit = new DeliveriesKit();
      kit.deliveries.deliver(delivery, START_MS);
      kit.respond();
      kit.deliveries.deliver(delivery, START_MS);
      expect(kit.wire.sent).toHaveLength(1);
      expect(kit.link.all('delivered')).toHaveLength(2);
    },
  );

  it('is told apart by what it says of a transfer', () => {
    const kit = new DeliveriesKit();
    for (const delivery of [prepare, fulfill, reject]) kit.deliveries.deliver(delivery, START_MS);
    expect(kit.wire.sent.map(({ type }) => type)).toEqual(['prepare', 'fulfill', 'reject']);
  });
});
