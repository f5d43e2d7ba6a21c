import type { DeliverReject } from '#contracts';
import { ilpEntry } from '#protocol';
import type { Asker } from '../sessions/asker';
import type { DeliveryDesk, DeliveryTask } from './delivery-desk';

/** Tells the peer that its transfer is rolled back. No money hangs on it, so any answer will do. */
export class RejectDelivery implements Asker, DeliveryTask {
  askedAtMs = 0;
  readonly what = 'reject';
  readonly transferId: string;
  private readonly frame: Buffer;
  private readonly giveUpAtMs: number;

  constructor(
    private readonly desk: DeliveryDesk,
    delivery: DeliverReject,
    nowMs: number,
  ) {
    this.transferId = delivery.transferId;
    this.giveUpAtMs = nowMs + desk.limits.settlingMs;
    this.frame = desk.session.ask(
      {
        type: 'reject',
        requestId: desk.session.takeRequestId(),
        transferId: delivery.transferId,
        protocolData: [ilpEntry(delivery.reason)],
      },
      this,
    );
  }

  onResponse(): void {
    this.desk.confirm(this, 'accepted');
  }

  onRefusal(): void {
    this.desk.confirm(this, 'refused');
  }

  onSilence(reason: 'timeout' | 'closed', nowMs: number): void {
    if (reason === 'closed') return;
    if (nowMs >= this.giveUpAtMs) this.desk.confirm(this, 'given-up');
    else this.repeat();
  }

  repeat(): void {
    this.desk.session.askAgain(this.frame, this);
  }
}
