import { balanceOf, type LedgerState } from './state';

/** Greatest amount of one transfer: what an unsigned 64-bit integer holds (SPEC §3.1). */
export const MAX_AMOUNT = 0xffff_ffff_ffff_ffffn;

/** Greatest sum that is counted up, of either sign: far beyond any money, and a bound all the same. */
export const MAX_SUM = 2n ** 127n - 1n;

/** The bound that a balance or a limit breaks, ±MAX_SUM, or null. */
export function sumBound(sum: bigint): bigint | null {
  if (sum > MAX_SUM) return MAX_SUM;
  return sum < -MAX_SUM ? -MAX_SUM : null;
}

type Limited = Pick<LedgerState, 'sums' | 'limits'>;

/**
 * The greatest amount that may come in now, in base units; null is no limit (SPEC §7.3). What we
 * have on hold for the peer makes no room: it may yet be rejected. Negative after a limit was
 * lowered below what is in use.
 */
export function incomingHeadroom(ledger: Limited): bigint | null {
  const { maxBalance } = ledger.limits;
  if (maxBalance === null) return null;
  return maxBalance - (balanceOf(ledger.sums) + ledger.sums.incomingPrepared);
}

/** The greatest amount that may go out now: the mirror of `incomingHeadroom`. */
export function outgoingHeadroom(ledger: Limited): bigint | null {
  const { minBalance } = ledger.limits;
  if (minBalance === null) return null;
  return balanceOf(ledger.sums) - ledger.sums.outgoingPrepared - minBalance;
}

/** What a ledger can carry now, base units, never negative; null is no limit. */
export interface Carriable {
  readonly maxIn: bigint | null;
  readonly maxOut: bigint | null;
}

/** The headroom either way (SPEC D-25); none where no new transfers are taken. */
export function carriable(ledger: Limited & Pick<LedgerState, 'standing'>): Carriable {
  if (ledger.standing !== 'open') return { maxIn: 0n, maxOut: 0n };
  return {
    maxIn: notNegative(incomingHeadroom(ledger)),
    maxOut: notNegative(outgoingHeadroom(ledger)),
  };
}

function notNegative(headroom: bigint | null): bigint | null {
  return headroom !== null && headroom < 0n ? 0n : headroom;
}
