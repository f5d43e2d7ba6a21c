import type { LedgerDescription } from '#contracts';
import {
  type BtpFulfill,
  type BtpPrepare,
  type BtpReject,
  ILP_LIMIT,
  protocolEntry,
  SUB_PROTOCOL,
} from '#protocol';
import { prepareFault, shapeOf } from './prepare-shape';
import { TransferReceipt } from './receipts';
import { rejectionReason } from './rejection-reason';
import type { RequestContext } from './request-context';

/** Most that fulfillment data can weigh with its envelope around it. */
const FULFILLMENT_DATA_BYTES = ILP_LIMIT.paymentData + 16;

/** Sends transfers and their outcomes, as a peer tells them, on to routers and ledgers. */
export class TransferRequests {
  constructor(private readonly context: RequestContext) {}

  prepare(request: BtpPrepare, ledger: LedgerDescription, receivedAtMs: number): void {
    const { session, metrics, pending, subjects, limits, relay } = this.context;
    const fault = prepareFault(request);
    if (fault !== undefined) {
      metrics.requests.refused += 1;
      session.refuse(request.requestId, 'InvalidFieldsError', fault);
      return;
    }
    const shape = shapeOf(request.protocolData);
    pending.ask({
      subject: subjects.routerPrepare,
      message: {
        kind: 'prepare-payment',
        replyTo: pending.replyTo(),
        ledgerId: ledger.ledgerId,
        transferId: request.transferId,
        amount: request.amount,
        condition: request.executionCondition,
        expiresAtMs: request.expiresAtMs,
        receivedAtMs,
        packet: shape.packet,
        sideDataDigest: shape.sideDataDigest,
        ...(relay !== undefined && { sideData: shape.sideData }),
      },
      untilMs: receivedAtMs + limits.requestTimeoutMs,
      receiver: this.receiptFor(request.requestId),
    });
  }

  fulfill(request: BtpFulfill, ledger: LedgerDescription, receivedAtMs: number): void {
    const { pending, limits, ownerSubject } = this.context;
    const ilp = protocolEntry(request.protocolData, SUB_PROTOCOL.ilp);
    pending.ask({
      subject: ownerSubject,
      message: {
        kind: 'peer-fulfilled',
        replyTo: pending.replyTo(),
        ledgerId: ledger.ledgerId,
        transferId: request.transferId,
        fulfillment: request.fulfillment,
        // The fulfillment is worth money, data beyond its size is not: without it the rest stands.
        data: ilp === undefined || ilp.data.length > FULFILLMENT_DATA_BYTES ? null : ilp.data,
        receivedAtMs,
      },
      untilMs: receivedAtMs + limits.settlingMs,
      receiver: this.receiptFor(request.requestId),
    });
  }

  reject(request: BtpReject, ledger: LedgerDescription, receivedAtMs: number): void {
    const { pending, limits, ownerSubject } = this.context;
    const peerAccount = ledger.prefix + ledger.peerAccount;
    pending.ask({
      subject: ownerSubject,
      message: {
        kind: 'peer-rejected',
        replyTo: pending.replyTo(),
        ledgerId: ledger.ledgerId,
        transferId: request.transferId,
        reason: rejectionReason(request.protocolData, peerAccount, receivedAtMs),
        receivedAtMs,
      },
      untilMs: receivedAtMs + limits.settlingMs,
      receiver: this.receiptFor(request.requestId),
    });
  }

  private receiptFor(requestId: number): TransferReceipt {
    const { session, load, metrics } = this.context;
    return new TransferReceipt({ session, requestId, load, metrics });
  }
}
