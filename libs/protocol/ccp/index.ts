export { BROADCAST_LIMITS, type BroadcastLimits } from './broadcast-limits';
export {
  broadcastEntry,
  type BroadcastSetting,
  fullTableRequestEntry,
  readRoutingBroadcast,
  type RoutingBroadcast,
} from './routing-broadcast';
export type {
  AnnouncedRoute,
  ReceivedRoutingUpdate,
  RoutingUpdate,
  SkippedRoute,
  SkipRule,
} from './routing-update';
export { RoutingUpdateError, type RoutingUpdateRule } from './routing-update-error';
export { type BroadcastForm, type CurvelessV17, writeRoute } from './write-routing-update';
