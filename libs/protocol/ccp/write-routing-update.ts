import type { CcpDialect } from '../btp/ledger-info';
import { isAddress } from '../ilp/address';
import { encodeCurve } from '../ilp/curve-bytes';
import type { CurvePoint } from '../ilp/ilp-packet';
import { UnwritableFieldError } from '../oer/unwritable-field-error';
import type { AnnouncedRoute, RoutingUpdate } from './routing-update';
import { safePoints } from './safe-points';

/** What v17, whose schema asks for points, is given of a route that has none (SPEC D-32). */
export type CurvelessV17 = 'omit' | 'placeholder' | 'drop';

/** How a peer wants to be written to. */
export interface BroadcastForm {
  readonly dialect: CcpDialect;
  readonly curvelessV17: CurvelessV17;
}

/** What 17.0.2 put in for a curve that it did not have. */
const PLACEHOLDER: readonly CurvePoint[] = [
  [0n, 0n],
  [BigInt(Number.MAX_SAFE_INTEGER), BigInt(Number.MAX_SAFE_INTEGER)],
];

/**
 * One route as JSON; undefined where the dialect has no way to say it: a curve-less one that is to
 * be dropped, or a curve that only begins beyond the doubles of v17.
 * @throws UnwritableFieldError
 */
export function writeRoute(route: AnnouncedRoute, form: BroadcastForm): string | undefined {
  const points = pointsMember(route.points, form);
  if (points === undefined) return undefined;
  return JSON.stringify({
    source_ledger: address(route.sourceLedger, 'source_ledger'),
    destination_ledger: address(route.destinationLedger, 'destination_ledger'),
    ...points,
    min_message_window: window(route.minMessageWindowS),
    ...(form.dialect === 'v21' && { paths: route.paths }),
    source_account: address(route.sourceAccount, 'source_account'),
  });
}

/**
 * A whole update. Routes that the dialect cannot say are left out. `request_full_table` is there
 * only in v21, and only where it is true, so that an update without routes is good in both.
 * @throws UnwritableFieldError
 */
export function writeRoutingUpdate(update: RoutingUpdate, form: BroadcastForm): string {
  const { holdDownMs, unreachable, requestFullTable } = update;
  if (!Number.isSafeInteger(holdDownMs) || holdDownMs < 1) {
    throw new UnwritableFieldError('hold_down_time', 'out-of-range');
  }
  const routes = update.newRoutes.flatMap((route) => writeRoute(route, form) ?? []);
  const rest = JSON.stringify({
    hold_down_time: holdDownMs,
    unreachable_through_me: unreachable.map((prefix) => address(prefix, 'unreachable_through_me')),
    ...(form.dialect === 'v21' && requestFullTable && { request_full_table: true }),
  });
  return `{"new_routes":[${routes.join(',')}],${rest.slice(1)}`;
}

function pointsMember(
  points: readonly CurvePoint[] | undefined,
  { dialect, curvelessV17 }: BroadcastForm,
): { readonly points?: unknown } | undefined {
  if (dialect === 'v21') {
    return points === undefined ? {} : { points: encodeCurve(points).toString('base64') };
  }
  if (points !== undefined) return pairsMember(safePoints(points));
  if (curvelessV17 === 'omit') return {};
  return curvelessV17 === 'placeholder' ? pairsMember(PLACEHOLDER) : undefined;
}

function pairsMember(points: readonly CurvePoint[]): { readonly points: unknown } | undefined {
  if (points.length === 0) return undefined;
  return { points: points.map(([x, y]) => [Number(x), Number(y)]) };
}

function address(text: string, field: string): string {
  if (!isAddress(text)) throw new UnwritableFieldError(field, 'not-an-address');
  return text;
}

function window(seconds: number): number {
  if (Number.isFinite(seconds) && seconds >= 0) return seconds;
  throw new UnwritableFieldError('min_message_window', 'out-of-range');
}
