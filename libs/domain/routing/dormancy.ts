import type { LearntRoute } from './destination';
import type { RouteRejectionReason } from './route-announcement';
import { loopsOver, type WayRules } from './ways';

/**
 * Why a learnt route leads nowhere from any ledger of ours that has a pair to it, or undefined if
 * it does from one of them, or if there is none yet (SPEC §11.3).
 */
export function dormancyOf(
  { ledgers, pairs }: WayRules,
  route: LearntRoute,
): RouteRejectionReason | undefined {
  let reason: RouteRejectionReason | undefined;
  for (const source of ledgers.all()) {
    const { head } = pairs.pair(source, route.neighbour.ledger);
    if (head === undefined) continue;
    if (loopsOver(route, source, ledgers)) reason ??= 'loop';
    else if (route.curve === undefined) return undefined;
    else if (route.curve.minSource <= head.curves.local.maxAmount) return undefined;
    else reason = 'no-common-amounts';
  }
  return reason;
}
