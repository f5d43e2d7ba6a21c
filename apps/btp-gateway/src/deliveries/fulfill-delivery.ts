import type { DeliverFulfill } from '#contracts';
import { ilpEntry } from '#protocol';
import type { Asker, Refusal } from '../sessions/asker';
import type { DeliveryDesk, DeliveryTask } from './delivery-desk';

/**
 * Hands the peer the fulfillment of a transfer that it sent us: our claim to its money. Repeated
 * with growing delays until it is answered or the transfer is over; a refusal may be a loss
 * (SPEC §13.5). A historic peer that has just connected stumbles over every Fulfill until its own
 * `info` is answered, so an error of no known name is no refusal.
 */
export class FulfillDelivery implements Asker, DeliveryTask {
  askedAtMs = 0;
  readonly what = 'fulfill';
  readonly transferId: string;
  private readonly expiresAtMs: number;
  private readonly frame: Buffer;
  private delayMs: number;

  constructor(
    private readonly desk: DeliveryDesk,
    delivery: DeliverFulfill,
  ) {
    this.transferId = delivery.transferId;
    this.expiresAtMs = delivery.expiresAtMs;
    this.delayMs = desk.limits.repeatFulfillMinMs;
    this.frame = desk.session.ask(
      {
        type: 'fulfill',
        requestId: desk.session.takeRequestId(),
        transferId: delivery.transferId,
        fulfillment: delivery.fulfillment,
        protocolData: delivery.data === null ? [] : [ilpEntry(delivery.data)],
      },
      this,
    );
  }

  onResponse(): void {
    this.desk.confirm(this, 'accepted');
  }

  onRefusal(refusal: Refusal, nowMs: number): void {
    if (refusal.name === 'AlreadyFulfilledError') this.desk.confirm(this, 'accepted');
    else if (refusal.isTemporary || refusal.isUnknown) this.waitAndRepeat(refusal.message, nowMs);
    else this.giveUp(`${refusal.name}: ${refusal.message}`);
  }

  onSilence(reason: 'timeout' | 'closed', nowMs: number): void {
    if (reason === 'timeout') this.waitAndRepeat('no answer', nowMs);
  }

  repeat(): void {
    this.desk.session.askAgain(this.frame, this);
  }

  private waitAndRepeat(reason: string, nowMs: number): void {
    if (nowMs >= this.expiresAtMs) {
      this.giveUp(reason);
      return;
    }
    this.desk.repeatAt(this, nowMs + this.delayMs);
    this.delayMs = Math.min(2 * this.delayMs, this.desk.limits.repeatFulfillMaxMs);
  }

  private giveUp(reason: string): void {
    const { session, log } = this.desk;
    const fields = { peer: session.peerId, transferId: this.transferId, reason };
    log.warn(fields, 'loss suspected: the peer did not take the fulfillment of its transfer');
    this.desk.confirm(this, 'loss-suspected');
  }
}
