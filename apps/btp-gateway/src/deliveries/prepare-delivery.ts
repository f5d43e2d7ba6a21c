import type { DeliverPrepare } from '#contracts';
import { decodeProtocolData, ilpEntry, type ProtocolData } from '#protocol';
import type { Asker, Refusal } from '../sessions/asker';
import type { DeliveryDesk, DeliveryTask } from './delivery-desk';

/**
 * Offers a transfer to the peer. What is not answered stays open: the peer may have put the money on
 * hold, so the same Prepare is repeated until it is answered or worthless (SPEC §13.6, D-42).
 */
export class PrepareDelivery implements Asker, DeliveryTask {
  askedAtMs = 0;
  readonly what = 'prepare';
  readonly transferId: string;
  private readonly expiresAtMs: number;
  private readonly frame: Buffer;
  private isKnown = false;

  /** @param mightBeKnown whether the peer may have heard of the transfer in an earlier session */
  constructor(
    private readonly desk: DeliveryDesk,
    delivery: DeliverPrepare,
    private mightBeKnown: boolean,
  ) {
    this.transferId = delivery.transferId;
    this.expiresAtMs = delivery.expiresAtMs;
    this.frame = desk.session.ask(
      {
        type: 'prepare',
        requestId: desk.session.takeRequestId(),
        transferId: delivery.transferId,
        amount: delivery.amount,
        executionCondition: delivery.condition,
        expiresAtMs: delivery.expiresAtMs,
        protocolData: protocolDataOf(delivery),
      },
      this,
    );
  }

  /** The peer fulfilled or rejected it, so it must have it, whatever became of the answer. */
  becomeKnown(): void {
    if (this.isKnown) return;
    this.isKnown = true;
    this.desk.confirm(this, 'accepted');
  }

  onResponse(): void {
    this.becomeKnown();
  }

  onRefusal(refusal: Refusal, nowMs: number): void {
    if (this.isKnown) return;
    // It was fulfilled: that outcome is still to come, and must not be cut off by a refusal.
    if (refusal.name === 'AlreadyFulfilledError') this.becomeKnown();
    // "Not now" says nothing about what an earlier Prepare came to.
    else if (refusal.isTemporary && this.mightBeKnown) this.waitAndRepeat(nowMs);
    else this.desk.reportRefusal(this, refusal, nowMs);
  }

  onSilence(reason: 'timeout' | 'closed', nowMs: number): void {
    if (this.isKnown) return;
    this.mightBeKnown = true;
    this.desk.markUncertain(this.transferId);
    if (reason === 'timeout') this.repeat(nowMs);
  }

  repeat(nowMs: number): void {
    if (this.isKnown) return;
    if (nowMs >= this.expiresAtMs) this.desk.drop(this, 'given-up');
    else this.desk.session.askAgain(this.frame, this);
  }

  private waitAndRepeat(nowMs: number): void {
    this.desk.repeatAt(this, nowMs + this.desk.limits.requestTimeoutMs);
  }
}

function protocolDataOf({ packet, sideData }: DeliverPrepare): readonly ProtocolData[] {
  return sideData === undefined ? [ilpEntry(packet)] : decodeProtocolData(sideData);
}
