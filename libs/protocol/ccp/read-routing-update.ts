import type { BroadcastLimits } from './broadcast-limits';
import type { JsonValue } from '../json';
import {
  addressIn,
  type Found,
  ifPresent,
  listIn,
  membersIn,
  numberIn,
  withDefault,
} from './read-members';
import { readRoute, type RouteDefaults } from './read-route';
import type { AnnouncedRoute, ReceivedRoutingUpdate, SkippedRoute } from './routing-update';
import { Place } from './routing-update-error';

/** What stands in for members that are missing; nothing does where they are required. */
export interface UpdateDefaults extends RouteDefaults {
  readonly holdDownMs: number;
  readonly unreachable: string[];
}

const MEMBERS: ReadonlySet<string> = new Set([
  'new_routes',
  'hold_down_time',
  'unreachable_through_me',
  'request_full_table',
  'additional_info',
]);

/**
 * Reads the union of what both dialects allow (SPEC §11.8, D-32).
 * @throws RoutingUpdateError
 */
export function readRoutingUpdate(
  value: JsonValue,
  defaults: Partial<UpdateDefaults>,
  limits: BroadcastLimits,
): ReceivedRoutingUpdate {
  const member = membersIn({ value, place: Place.update }, MEMBERS);
  const addresses = (found: Found): string[] => boundedList(found, limits.maxRoutes).map(addressIn);
  const holdDownMs = withDefault(member('hold_down_time'), readHoldDown, defaults.holdDownMs);
  const unreachable = withDefault(
    member('unreachable_through_me'),
    addresses,
    defaults.unreachable,
  );
  const requestFullTable = ifPresent(member('request_full_table'), readBoolean);
  const readings = boundedList(member('new_routes'), limits.maxRoutes).map((route) =>
    readRoute(route, defaults, limits),
  );
  return {
    holdDownMs,
    unreachable,
    requestFullTable: requestFullTable ?? false,
    newRoutes: readings.map(({ route }) => route).filter(isUsable),
    skipped: readings.map(({ route }) => route).filter(isSkipped),
    showsV21: requestFullTable !== undefined || readings.some(({ showsV21 }) => showsV21),
  };
}

function boundedList(found: Found, max: number): Found[] {
  const list = listIn(found);
  if (list.length > max) throw found.place.error('too-many');
  return list.map((value, index) => ({ value, place: found.place.item(index) }));
}

/** Whole in the sense of the historic schema, which knows numbers as doubles only. */
function readHoldDown(found: Found): number {
  const holdDownMs = numberIn(found);
  if (Number.isFinite(holdDownMs) && !Number.isInteger(holdDownMs)) {
    throw found.place.error('not-an-integer');
  }
  if (holdDownMs < 1) throw found.place.error('out-of-range');
  return holdDownMs;
}

function readBoolean({ value, place }: Found): boolean {
  if (typeof value !== 'boolean') throw place.error('not-a-boolean');
  return value;
}

function isSkipped(route: AnnouncedRoute | SkippedRoute): route is SkippedRoute {
  return 'rule' in route;
}

function isUsable(route: AnnouncedRoute | SkippedRoute): route is AnnouncedRoute {
  return !isSkipped(route);
}
