import { broughtBy, costOf } from './candidate';
import type { LearntWay, LocalRoute } from './route';

/** A route of which it is known what it brings. */
export type PricedRoute = LocalRoute | LearntWay;

/** What arrives at the destination for a source amount, as a payment of it would go (SPEC §13.3). */
export function deliveredBy(route: PricedRoute, sourceAmount: bigint): bigint {
  return broughtBy({ head: route.head.local, tail: tailOf(route) }, sourceAmount);
}

/**
 * What we ask for a destination amount (SPEC §12.1): the shift by one makes up for the historic
 * rounding down; a trivial pair has no shift. undefined = impossible.
 */
export function sourceAmountFor(route: PricedRoute, destinationAmount: bigint): bigint | undefined {
  const { local, public: shifted } = route.head;
  const tail = tailOf(route);
  if (shifted === local) return costOf({ head: local, tail }, destinationAmount);
  const passed = tail === undefined ? destinationAmount : tail.minSourceFor(destinationAmount);
  return passed === undefined ? undefined : shifted.amountReverse(passed);
}

function tailOf(route: PricedRoute): LearntWay['tail'] | undefined {
  return route.kind === 'learnt' ? route.tail : undefined;
}
