import { MAX_ADDRESS_LENGTH } from '../ilp/address';
import type { BroadcastLimits } from './broadcast-limits';
import {
  addressIn,
  type Found,
  ifPresent,
  listIn,
  membersIn,
  numberIn,
  withDefault,
} from './read-members';
import { type PointsReading, readPoints } from './read-points';
import type { AnnouncedRoute, SkippedRoute, SkipRule } from './routing-update';

/** Whom the broadcast comes from, and what stands in for members that `ccp` may leave out. */
export interface RouteDefaults {
  readonly sourceLedger: string;
  readonly sourceAccount: string;
  readonly minMessageWindowS: number;
}

export interface RouteReading {
  readonly route: AnnouncedRoute | SkippedRoute;
  readonly showsV21: boolean;
}

/** Every member that any dialect knows; `additional_info` is passed over (SPEC D-32). */
const MEMBERS: ReadonlySet<string> = new Set([
  'source_ledger',
  'destination_ledger',
  'source_account',
  'min_message_window',
  'points',
  'paths',
  'destination_account',
  'destination_precision',
  'destination_scale',
  'additional_info',
]);

const DIRECT: readonly (readonly string[])[] = [[]];

/**
 * Reads one route, whole, before anything but its syntax is judged.
 * @throws RoutingUpdateError
 */
export function readRoute(
  found: Found,
  defaults: Partial<RouteDefaults>,
  limits: BroadcastLimits,
): RouteReading {
  const member = membersIn(found, MEMBERS);
  const facts = {
    sourceLedger: withDefault(member('source_ledger'), addressIn, defaults.sourceLedger),
    destinationLedger: addressIn(member('destination_ledger')),
    sourceAccount: withDefault(member('source_account'), addressIn, defaults.sourceAccount),
    minMessageWindowS: withDefault(
      member('min_message_window'),
      readWindow,
      defaults.minMessageWindowS,
    ),
  };
  ifPresent(member('destination_account'), addressIn);
  ifPresent(member('destination_precision'), numberIn);
  ifPresent(member('destination_scale'), numberIn);
  const points = ifPresent(member('points'), (given) => readPoints(given, limits.maxPoints));
  const paths = ifPresent(member('paths'), readPaths);
  const showsV21 = typeof member('points').value === 'string' || paths !== undefined;
  return { route: judged({ ...facts, paths: atLeastOne(paths) }, points, limits), showsV21 };
}

/** The route with its curve, or why it is of no use. */
function judged(
  route: AnnouncedRoute,
  points: PointsReading,
  limits: BroadcastLimits,
): AnnouncedRoute | SkippedRoute {
  const rule = typeof points === 'string' ? points : brokenLimit(route, limits);
  if (rule !== undefined) return { destinationLedger: route.destinationLedger, rule };
  return typeof points === 'object' ? { ...route, points } : route;
}

function readWindow(found: Found): number {
  const seconds = numberIn(found);
  if (seconds < 0) throw found.place.error('out-of-range');
  return seconds;
}

function atLeastOne(paths: readonly (readonly string[])[] = []): readonly (readonly string[])[] {
  return paths.length === 0 ? DIRECT : paths;
}

function readPaths(found: Found): string[][] {
  return listIn(found).map((path, index) =>
    readPath({ value: path, place: found.place.item(index) }),
  );
}

function readPath(found: Found): string[] {
  return listIn(found).map((ledger, index) => {
    if (typeof ledger !== 'string') throw found.place.item(index).error('not-text');
    return ledger;
  });
}

function brokenLimit(
  { paths, minMessageWindowS }: AnnouncedRoute,
  limits: BroadcastLimits,
): SkipRule | undefined {
  if (minMessageWindowS > limits.maxMessageWindowS) return 'window-too-long';
  if (paths.length > limits.maxPaths) return 'too-many-paths';
  const isTooLong = (path: readonly string[]): boolean =>
    path.length > limits.maxPathLedgers ||
    path.some((ledger) => ledger.length > MAX_ADDRESS_LENGTH);
  return paths.some(isTooLong) ? 'path-too-long' : undefined;
}
