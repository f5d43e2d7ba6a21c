import type { PlanPricing } from '#domain/ledger';
import { PairExchange, PPM, type Rate } from '#domain/liquidity';
import type { PairPrice } from '#domain/routing';

/** What is paid out for an incoming amount, and by which of the two rules of SPEC §13.2. */
export interface PaidAmount {
  /** Base units of the incoming ledger. */
  readonly sourceAmount: bigint;
  /** What the pair makes of it, in base units of the outgoing ledger. */
  readonly brought: bigint;
  readonly pays: PlanPricing['pays'];
  /** What is paid, in base units of the outgoing ledger. */
  readonly amount: bigint;
}

/** All that `priceAgain` needs beside what the log says anyway; what changes nothing is left out. */
export function pricingOf(price: PairPrice, paid: PaidAmount, slippagePpm: bigint): PlanPricing {
  const { ratesVersion, exchange } = price;
  const { spreadPpm, fixedFee } = exchange;
  const { sourceAmount, brought, pays, amount } = paid;
  return {
    pays,
    ...(ratesVersion !== undefined && { ratesVersion }),
    spreadPpm: Number(spreadPpm),
    ...(fixedFee !== 0n && { fee: fixedFee }),
    ...(brought !== exchange.unlimitedAt(sourceAmount) && exchange.bound),
    ...(amount > brought && { slippagePpm: Number(slippagePpm) }),
  };
}

/** d · (1 − slippage), rounded up: the least whole amount that passes for d (SPEC §13.3). */
export function leastAcceptable(amount: bigint, slippagePpm: bigint): bigint {
  return (amount * (PPM - slippagePpm) + PPM - 1n) / PPM;
}

/** A payment that was forwarded, as the log has it. */
export interface ForwardedPayment {
  readonly pricing: PlanPricing;
  /** Of the rates of that version; 1 where it names none. */
  readonly rate: Rate;
  readonly sourceScale: number;
  readonly destinationScale: number;
  /** Base units of the incoming ledger. */
  readonly sourceAmount: bigint;
  /** What was forwarded, in base units of the outgoing ledger. */
  readonly amount: bigint;
  /** What the packet asks for; undefined = nothing, or the packet is not there any more. */
  readonly asked: bigint | undefined;
}

export type PriceFault =
  /** Another amount was forwarded than rate, spread, fee and packet make. */
  | 'amount'
  /** The packet asks for more than the exchange brought, beyond the tolerance. */
  | 'shortfall'
  /** Nobody can have recorded such a pricing. */
  | 'no-price';

export interface PricedAgain {
  /** What the pair makes of the incoming amount, in base units of the outgoing ledger. */
  readonly brought: bigint;
  /** What was to be forwarded. */
  readonly due: bigint;
  /** What we kept of it, beside spread and fee; negative within the tolerance only. */
  readonly surplus: bigint;
  readonly fault: PriceFault | undefined;
}

/**
 * Works out again what was to be forwarded. The same for ever: it rests on what the log holds alone,
 * and on the rules of SPEC §10.8 and §13.2.
 */
export function priceAgain(payment: ForwardedPayment): PricedAgain {
  const { pricing, amount, asked } = payment;
  const brought = broughtBy(payment);
  if (brought === undefined) return { brought: 0n, due: 0n, surplus: -amount, fault: 'no-price' };
  const due = pricing.pays === 'asked' ? (asked ?? amount) : brought;
  const least = leastAcceptable(due, BigInt(pricing.slippagePpm ?? 0));
  const fault = amount !== due ? 'amount' : brought < least ? 'shortfall' : undefined;
  return { brought, due, surplus: brought - amount, fault };
}

/** undefined where the terms have no meaning. */
function broughtBy({ pricing, rate, ...payment }: ForwardedPayment): bigint | undefined {
  const { spreadPpm, fee, maxIn, maxOut } = pricing;
  const { sourceScale, destinationScale, sourceAmount } = payment;
  const terms = {
    ...{ rate, sourceScale, destinationScale, maxIn, maxOut },
    spreadPpm: BigInt(spreadPpm),
    fixedFee: fee,
  };
  try {
    const exchange = new PairExchange(terms);
    const isLimited = maxIn !== undefined || maxOut !== undefined;
    return isLimited ? exchange.amountAt(sourceAmount) : exchange.unlimitedAt(sourceAmount);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
