import type { DeliverFulfill } from '#contracts';
import { peerText } from '#platform';
import { ilpEntry } from '#protocol';
import type { Asker, Refusal } from '../sessions/asker';
import type { DeliveryDesk, DeliveryTask } from './delivery-desk';

/**
 * Hands the peer the fulfillment of a transfer that it sent us: our claim to its money. Repeated
 * with growing delays until it is answered or the transfer is over (SPEC §13.5). A definite Error
 * goes to the owner of the ledger, who alone can tell what it means; who falls silent has said
 * nothing, so the owner may hand the same out again. A historic peer that has just connected
 * stumbles over every Fulfill until its own `info` is answered, so an error of no known name is no
 * refusal while there is time left.
 */
export class FulfillDelivery implements Asker, DeliveryTask {
  askedAtMs = 0;
  readonly what = 'fulfill';
  readonly transferId: string;
  private readonly expiresAtMs: number;
  private readonly frame: Buffer;
  /** Handed out after the expiry: silence is then nothing new. */
  private readonly isLate: boolean;
  private delayMs: number;

  constructor(
    private readonly desk: DeliveryDesk,
    delivery: DeliverFulfill,
    nowMs: number,
  ) {
    this.transferId = delivery.transferId;
    this.expiresAtMs = delivery.expiresAtMs;
    this.isLate = nowMs >= delivery.expiresAtMs;
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
    const reason = `${refusal.name}: ${refusal.message}`;
    if (refusal.name === 'AlreadyFulfilledError') this.desk.confirm(this, 'accepted');
    else if (refusal.isTemporary) this.repeatOrDrop(reason, nowMs);
    else if (refusal.isUnknown && nowMs < this.expiresAtMs) this.repeatOrDrop(reason, nowMs);
    else {
      this.suspectLoss(reason);
      this.desk.reportUnpaid(this, refusal, nowMs);
    }
  }

  onSilence(reason: 'timeout' | 'closed', nowMs: number): void {
    if (reason === 'timeout') this.repeatOrDrop('no answer', nowMs);
  }

  repeat(): void {
    this.desk.session.askAgain(this.frame, this);
  }

  private repeatOrDrop(reason: string, nowMs: number): void {
    if (nowMs >= this.expiresAtMs) {
      if (!this.isLate) this.suspectLoss(reason);
      this.desk.drop(this, this.isLate ? 'given-up' : 'loss-suspected');
      return;
    }
    this.desk.repeatAt(this, nowMs + this.delayMs);
    this.delayMs = Math.min(2 * this.delayMs, this.desk.limits.repeatFulfillMaxMs);
  }

  private suspectLoss(reason: string): void {
    const { session, log } = this.desk;
    const fields = { peer: session.peerId, transferId: this.transferId, reason: peerText(reason) };
    log.warn(fields, 'loss suspected: the peer did not take the fulfillment of its transfer');
  }
}
