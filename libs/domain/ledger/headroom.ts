import type { LedgerState } from './state';

/** Greatest amount of one transfer: what an unsigned 64-bit integer holds (SPEC §3.1). */
export const MAX_AMOUNT = 0xffff_ffff_ffff_ffffn;

type Limited = Pick<LedgerState, 'sums' | 'limits'>;

/**
 * The greatest amount that may come in now, in base units; null is no limit (SPEC §7.3). What we
 * have on hold for the peer makes no room: it may yet be rejected. Negative after a limit was
 * lowered below what is in use.
 */
export function incomingHeadroom(ledger: Limited): bigint | null {
  const { maxBalance } = ledger.limits;
  if (maxBalance === null) return null;
  const { incomingFulfilled, incomingPrepared, outgoingFulfilled } = ledger.sums;
  return maxBalance - (incomingFulfilled + incomingPrepared - outgoingFulfilled);
}

/** The greatest amount that may go out now: the mirror of `incomingHeadroom`. */
export function outgoingHeadroom(ledger: Limited): bigint | null {
  const { minBalance } = ledger.limits;
  if (minBalance === null) return null;
  const { outgoingFulfilled, outgoingPrepared, incomingFulfilled } = ledger.sums;
  return -minBalance - (outgoingFulfilled + outgoingPrepared - incomingFulfilled);
}
