import type { JsonObject } from '#eventsourcing';
import { readableReason } from './readable-reason';
import type { Cause, LedgerEvent, Limits, PaymentPlan, TransferPrepared } from './events';

/**
 * The stored form of an event: amounts as decimal text, bytes as base64url, times in ms. The id of
 * the transfer and the ILP packet lie beside the payload. Keys stand in code-unit order, which is
 * the order of the canonical text and costs the sorting nothing.
 */
export function eventPayload(event: LedgerEvent): JsonObject {
  switch (event.type) {
    case 'LedgerOpened':
      return {
        account: event.account,
        authority: event.authority,
        currencyCode: event.currencyCode,
        currencyScale: event.currencyScale,
        limits: limitsPayload(event.limits),
        peerAccount: event.peerAccount,
        prefix: event.prefix,
      };
    case 'LimitsChanged':
      return { limits: limitsPayload(event.limits) };
    case 'TransferPrepared':
      return preparedPayload(event);
    case 'TransferFulfilled':
      return { data: textOrNull(event.data), fulfillment: event.fulfillment.toString('base64url') };
    case 'TransferRejected':
    case 'TransferExpired':
      return { error: readableReason(event.reason), reason: event.reason.toString('base64url') };
  }
}

/** What was agreed when money was put on hold; a snapshot keeps it in the same form. */
export function preparedPayload(prepared: PreparedFields): JsonObject {
  const { cause, plan, sideDataDigest } = prepared;
  return {
    amount: prepared.amount.toString(),
    cause: cause && causePayload(cause),
    condition: prepared.condition.toString('base64url'),
    direction: prepared.direction,
    expiresAtMs: prepared.expiresAtMs,
    plan: plan && planPayload(plan),
    sideDataDigest: textOrNull(sideDataDigest),
  };
}

type StoredBeside = 'type' | 'transferId' | 'packet';

/** An event or a transfer: the one leaves out what there is not, the other has it undefined. */
export type PreparedFields = Omit<TransferPrepared, StoredBeside | 'plan' | 'cause'> & {
  readonly plan?: PaymentPlan | undefined;
  readonly cause?: Cause | undefined;
};

function causePayload({ ledgerId, transferId, amount }: Cause): JsonObject {
  return { amount: amount.toString(), ledgerId, transferId };
}

function planPayload(plan: PaymentPlan): JsonObject {
  if (plan.kind === 'refuse') {
    const { code, message, triggeredBy } = plan;
    return { code, kind: 'refuse', message, triggeredBy };
  }
  const { amount, expiresAtMs, ledgerId, transferId } = plan;
  return { amount: amount.toString(), expiresAtMs, kind: 'forward', ledgerId, transferId };
}

export function limitsPayload({ maxBalance, minBalance }: Limits): JsonObject {
  return {
    maxBalance: maxBalance === null ? null : maxBalance.toString(),
    minBalance: minBalance === null ? null : minBalance.toString(),
  };
}

export function textOrNull(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString('base64url');
}
