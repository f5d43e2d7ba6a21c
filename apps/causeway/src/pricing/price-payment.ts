import { type ForwardPlan, type PlanPricing, PRUNED_PACKET } from '#domain/ledger';
import { type PricedAgain, priceAgain, type PriceFault } from '#domain/payment';
import { type Fraction, RateError } from '#domain/rates';
import { peekPayment, UnreadablePacketError } from '#protocol';
import type { LedgerBook, OpenedLedger } from './ledger-book';
import { forwardPlanOf, type LoggedLeg, type LoggedPayment } from './logged-payment';
import type { RatesBook, RatesOnRecord } from './rates-book';

/** Why there is nothing to price. */
export type NotPriced =
  /** We refused it, so nothing went on. */
  | 'refused'
  /** It was planned before prices were put on record. */
  | 'before-prices'
  /** It ends with us. */
  | 'received'
  /** It begins with us. */
  | 'sent';

/** What is wrong with a price. */
export type PriceDifference =
  | PriceFault
  /** No event of the log put rates of that version in force. */
  | 'unknown-rates'
  /** The payment came in long before these rates came in force, or long after they were replaced. */
  | 'rates-not-in-force'
  /** The rates of that version do not know one of the currencies. */
  | 'missing-currency'
  /** The outgoing transfer is of another amount than the plan. */
  | 'outgoing-amount'
  /** We are the validator, and what went out is not what came in. */
  | 'relayed-amount'
  /** The log has an outgoing transfer, and not the incoming one that it was made for. */
  | 'no-incoming'
  /** The log does not say what the ledgers are. */
  | 'unknown-ledger';

export interface PricedLeg extends LoggedLeg {
  readonly ledger: OpenedLedger;
}

/** How a payment was priced, and what comes of working it out again. */
export interface Reckoning extends PricedAgain {
  readonly pricing: PlanPricing;
  readonly rates: RatesOnRecord | undefined;
  readonly rate: Fraction;
  readonly asked: bigint | 'pruned' | undefined;
  readonly forwarded: bigint;
}

export interface PaymentPrice {
  readonly incoming: PricedLeg | undefined;
  readonly outgoing: PricedLeg | undefined;
  /** Where it was to go on to, whether it did or not. */
  readonly plan: (ForwardPlan & { readonly ledger: OpenedLedger }) | undefined;
  readonly isRelayed: boolean;
  readonly reckoning: Reckoning | undefined;
  readonly verdict: 'ok' | 'differs' | 'not-priced';
  readonly reason: NotPriced | PriceDifference | undefined;
}

export interface PriceBooks {
  readonly ledgers: Pick<LedgerBook, 'ledger'>;
  readonly rates: Pick<RatesBook, 'at'>;
}

/** By so much a router may hear too late of other rates, and clocks of one connector may differ. */
const RATES_SLACK_MS = 300_000;

const ONE: Fraction = { numerator: 1n, denominator: 1n };

/** Prices a payment again, from what the log says of it alone. */
export async function pricePayment(
  payment: LoggedPayment,
  books: PriceBooks,
): Promise<PaymentPrice> {
  const incoming = await withLedger(payment.incoming, books);
  const outgoing = await withLedger(payment.outgoing, books);
  const forward = incoming && forwardPlanOf(incoming);
  const next = forward && (await books.ledgers.ledger(forward.ledgerId));
  const plan = forward && next && { ...forward, ledger: next };
  const legs = { incoming, outgoing, plan };
  const nothing = { ...legs, isRelayed: false, reckoning: undefined };
  if (incoming === undefined || plan === undefined) {
    const reason = reasonWithoutPlan(payment);
    const isFault = reason === 'no-incoming' || reason === 'unknown-ledger';
    return { ...nothing, verdict: isFault ? 'differs' : 'not-priced', reason };
  }
  if (plan.transferId === incoming.transferId) return relayed({ ...legs, incoming, plan });
  const { pricing } = plan;
  if (pricing === undefined) return { ...nothing, verdict: 'not-priced', reason: 'before-prices' };
  return reckoned({ ...legs, incoming, plan: { ...plan, pricing } }, books);
}

async function withLedger(
  leg: LoggedLeg | undefined,
  { ledgers }: PriceBooks,
): Promise<PricedLeg | undefined> {
  const ledger = leg && (await ledgers.ledger(leg.ledgerId));
  return leg && ledger && { ...leg, ledger };
}

function reasonWithoutPlan({ incoming, outgoing }: LoggedPayment): NotPriced | PriceDifference {
  if (incoming !== undefined) {
    const plan = incoming.event.type === 'TransferPrepared' ? incoming.event.plan : undefined;
    if (plan?.kind === 'forward') return 'unknown-ledger';
    return plan?.kind === 'refuse' ? 'refused' : 'received';
  }
  return outgoing?.event.cause === undefined ? 'sent' : 'no-incoming';
}

type Plan = NonNullable<PaymentPrice['plan']>;

interface PlannedLegs {
  readonly incoming: PricedLeg;
  readonly outgoing: PricedLeg | undefined;
  readonly plan: Plan;
}

/** What a validator hands on goes on as it came. */
function relayed(legs: PlannedLegs): PaymentPrice {
  const { incoming, outgoing, plan } = legs;
  const { amount } = incoming.event;
  const isSame = plan.amount === amount && (outgoing?.event.amount ?? amount) === amount;
  return {
    ...legs,
    isRelayed: true,
    reckoning: undefined,
    verdict: isSame ? 'ok' : 'differs',
    reason: isSame ? undefined : 'relayed-amount',
  };
}

async function reckoned(
  legs: PlannedLegs & { readonly plan: Plan & { readonly pricing: PlanPricing } },
  books: PriceBooks,
): Promise<PaymentPrice> {
  const { incoming, outgoing, plan } = legs;
  const found = await rateOf(legs, books);
  if (typeof found === 'string') return differing(legs, found);
  const asked = askedBy(incoming);
  const { pricing } = plan;
  const forwarded = outgoing?.event.amount ?? plan.amount;
  const priced = priceAgain({
    ...{ pricing, rate: found.rate, amount: plan.amount },
    sourceScale: incoming.ledger.currencyScale,
    destinationScale: plan.ledger.currencyScale,
    sourceAmount: incoming.event.amount,
    asked: asked === 'pruned' ? undefined : asked,
  });
  const reckoning = { ...priced, ...found, pricing, asked, forwarded };
  const fault =
    priced.fault ??
    (forwarded === plan.amount ? undefined : 'outgoing-amount') ??
    // Nothing in particular was asked for, so all of it was due.
    (asked === undefined && pricing.pays === 'asked' ? 'amount' : undefined);
  if (fault !== undefined) return { ...differing(legs, fault), reckoning };
  return { ...legs, isRelayed: false, reckoning, verdict: 'ok', reason: undefined };
}

function differing(legs: PlannedLegs, reason: PriceDifference): PaymentPrice {
  return { ...legs, isRelayed: false, reckoning: undefined, verdict: 'differs', reason };
}

async function rateOf(
  { incoming, plan }: PlannedLegs,
  { rates }: PriceBooks,
): Promise<
  | { readonly rate: Fraction; readonly rates: RatesOnRecord | undefined }
  | 'unknown-rates'
  | 'rates-not-in-force'
  | 'missing-currency'
> {
  const version = plan.pricing?.ratesVersion;
  if (version === undefined) return { rate: ONE, rates: undefined };
  const found = await rates.at(version);
  if (found === undefined) return 'unknown-rates';
  if (!wasInForce(found, incoming.preparedAtMs)) return 'rates-not-in-force';
  try {
    const { currencyCode } = incoming.ledger;
    return { rate: found.table.rate(currencyCode, plan.ledger.currencyCode), rates: found };
  } catch (error) {
    if (error instanceof RateError) return 'missing-currency';
    throw error;
  }
}

function wasInForce({ recordedAtMs, replacedAtMs }: RatesOnRecord, atMs: number): boolean {
  const isBefore = atMs < recordedAtMs - RATES_SLACK_MS;
  return !isBefore && (replacedAtMs === undefined || atMs <= replacedAtMs + RATES_SLACK_MS);
}

function askedBy({ event }: PricedLeg): Reckoning['asked'] {
  if (event.packet === PRUNED_PACKET) return 'pruned';
  try {
    return peekPayment(event.packet).amount;
  } catch (error) {
    if (error instanceof UnreadablePacketError) return undefined;
    throw error;
  }
}
