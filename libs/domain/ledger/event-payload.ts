import type { JsonObject } from '#eventsourcing';
import type {
  Cause,
  LedgerEvent,
  PaymentOrder,
  PaymentPlan,
  PlanPricing,
  TransferPrepared,
} from './events';
import { readableReason } from './readable-reason';
import { limitsPayload, termsPayload } from './terms-payload';

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
    case 'TransferPrepared':
    case 'TransferProposed':
      return preparedPayload(event);
    case 'ProposalAccepted':
      return {};
    case 'FulfillmentSubmitted':
    case 'TransferFulfilled':
      return { data: textOrNull(event.data), fulfillment: event.fulfillment.toString('base64url') };
    case 'TransferRejected':
    case 'TransferExpired':
      return { error: readableReason(event.reason), reason: event.reason.toString('base64url') };
    default:
      return termsPayload(event);
  }
}

/** What was agreed when money was put on hold; a snapshot keeps it in the same form. */
export function preparedPayload(prepared: PreparedFields): JsonObject {
  const { cause, order, plan, sideData, sideDataDigest } = prepared;
  return {
    amount: prepared.amount.toString(),
    cause: cause && causePayload(cause),
    condition: prepared.condition.toString('base64url'),
    direction: prepared.direction,
    expiresAtMs: prepared.expiresAtMs,
    order: order && orderPayload(order),
    plan: plan && planPayload(plan),
    sideData: sideData?.toString('base64url'),
    sideDataDigest: textOrNull(sideDataDigest),
  };
}

type StoredBeside = 'type' | 'transferId' | 'packet';

/** An event or a transfer: the one leaves out what there is not, the other has it undefined. */
export type PreparedFields = Omit<
  TransferPrepared,
  StoredBeside | 'plan' | 'cause' | 'order' | 'sideData'
> & {
  readonly sideData?: Buffer | undefined;
  readonly plan?: PaymentPlan | undefined;
  readonly cause?: Cause | undefined;
  readonly order?: PaymentOrder | undefined;
};

function causePayload({ ledgerId, transferId, amount }: Cause): JsonObject {
  return { amount: amount.toString(), ledgerId, transferId };
}

function orderPayload({ by, memo, pricedBy }: PaymentOrder): JsonObject {
  return { by, memo, pricedBy };
}

function planPayload(plan: PaymentPlan): JsonObject {
  if (plan.kind === 'refuse') {
    const { code, message, triggeredBy } = plan;
    return { code, kind: 'refuse', message, triggeredBy };
  }
  return {
    amount: plan.amount.toString(),
    expiresAtMs: plan.expiresAtMs,
    kind: 'forward',
    ledgerId: plan.ledgerId,
    pricing: plan.pricing && pricingPayload(plan.pricing),
    transferId: plan.transferId,
  };
}

function pricingPayload(pricing: PlanPricing): JsonObject {
  const { fee, maxIn, maxOut, pays, ratesVersion, slippagePpm, spreadPpm } = pricing;
  return {
    fee: fee?.toString(),
    maxIn: maxIn?.toString(),
    maxOut: maxOut?.toString(),
    pays,
    ratesVersion,
    slippagePpm,
    spreadPpm,
  };
}

export function textOrNull(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString('base64url');
}
