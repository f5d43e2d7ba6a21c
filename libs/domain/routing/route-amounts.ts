import { MAX_AMOUNT } from '#domain/liquidity';
import { broughtBy, costOf } from './candidate';
import type { LearntWay, LocalRoute } from './route';

/** A route of which it is known what it brings. */
export type PricedRoute = LocalRoute | LearntWay;

/** What arrives at the destination for a source amount, as a payment of it would go (SPEC §13.3). */
export function deliveredBy(route: PricedRoute, sourceAmount: bigint): bigint {
  return broughtBy({ head: route.head.local, tail: tailOf(route) }, sourceAmount);
}

/**
 * What the curves say of the way for a source amount before our own rounding. A curve that another
 * connector told is shifted by one unit to make up for what we round off (SPEC §10.7); to take that
 * off once more would refuse what arrives, and what was quoted by that very curve.
 */
export function reachedBy(route: PricedRoute, sourceAmount: bigint): bigint {
  const { local } = route.head;
  if (route.kind === 'local') return deliveredBy(route, sourceAmount);
  return route.tail.amountAt(local.amountAtMost(sourceAmount));
}

/**
 * What we ask for a destination amount (SPEC §12.1): the shift by one makes up for the historic
 * rounding down; a trivial pair has no shift, nor has what would be more than the source ledger can
 * take in. undefined = impossible.
 */
export function sourceAmountFor(route: PricedRoute, destinationAmount: bigint): bigint | undefined {
  const { local, shift } = route.head;
  const tail = tailOf(route);
  if (shift === 0n) return costOf({ head: local, tail }, destinationAmount);
  const passed = tail === undefined ? destinationAmount : tail.minSourceFor(destinationAmount);
  const reverse = passed === undefined ? undefined : local.amountReverse(passed);
  if (passed === undefined || reverse === undefined) return undefined;
  const shifted = reverse + shift;
  return shifted > (route.source.maxIn ?? MAX_AMOUNT) ? local.minSourceFor(passed) : shifted;
}

function tailOf(route: PricedRoute): LearntWay['tail'] | undefined {
  return route.kind === 'learnt' ? route.tail : undefined;
}
