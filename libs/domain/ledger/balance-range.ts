import type { LedgerState } from './state';

/** What we had counted when the other side was asked, in base units. */
export interface BalanceBaseline {
  readonly incomingFulfilled: bigint;
  readonly outgoingFulfilled: bigint;
  /** Part of `incomingFulfilled`: the other side may not have heard of it yet. */
  readonly unconfirmed: bigint;
  /** What moved the balance otherwise: settlements and adopted differences. */
  readonly apart: bigint;
}

/** What the other side's balance can be, seen from our side, if both have counted alike. */
export interface BalanceRange {
  readonly lowest: bigint;
  readonly highest: bigint;
}

export function baselineOf(ledger: LedgerState, unconfirmed: bigint): BalanceBaseline {
  const { incomingFulfilled, outgoingFulfilled } = ledger.sums;
  return { incomingFulfilled, outgoingFulfilled, unconfirmed, apart: apartOf(ledger) };
}

/**
 * The other side answered at some time between `base` and now, so of what moved in between, or is
 * under way still, it may have counted anything from nothing to all:
 *
 * - Money that the peer pays us is fulfilled by us first. It has counted what it had confirmed to us
 *   at `base`, and at most what we have fulfilled or submitted by now.
 * - Money that we pay is fulfilled by the peer first. It has counted what it had told us at `base`,
 *   and at most what it has told us or we hold open now.
 *
 * What was rolled back meanwhile is in neither: whoever counts it counts otherwise than we do.
 *
 * @returns undefined if a settlement or an adjustment fell into the time, which says nothing about
 *   the other side's books
 */
export function balanceRange(ledger: LedgerState, base: BalanceBaseline): BalanceRange | undefined {
  const apart = apartOf(ledger);
  if (apart !== base.apart) return undefined;
  const { incomingFulfilled, outgoingFulfilled, outgoingPrepared } = ledger.sums;
  const mostPaid = outgoingFulfilled + outgoingPrepared;
  const leastReceived = base.incomingFulfilled - base.unconfirmed;
  const mostReceived = incomingFulfilled + submittedOf(ledger);
  return {
    lowest: leastReceived - mostPaid + apart,
    highest: mostReceived - base.outgoingFulfilled + apart,
  };
}

function apartOf({ sums }: LedgerState): bigint {
  return sums.settledPaid - sums.settledReceived + sums.adjusted;
}

function submittedOf(ledger: LedgerState): bigint {
  let submitted = 0n;
  for (const { status, amount } of ledger.transfers.values()) {
    if (status === 'submitted') submitted += amount;
  }
  return submitted;
}
