/** What peers tell each other of their routes: when it is said, how much of it is heard. Pure. */
export type { UnsaidReason } from './announcer';
export {
  ALLOWANCE_LIMITS,
  type AllowanceLimits,
  type AllowanceSpent,
  BroadcastAllowance,
} from './broadcast-allowance';
export { type BroadcastMemory, readBroadcastMemory } from './broadcast-memory';
export {
  type Aftermath,
  BROADCAST_DEFAULTS,
  type BroadcastFailure,
  type BroadcastSettings,
  BroadcastState,
  type OutgoingUpdate,
} from './broadcast-state';
export {
  type ExportedChanges,
  type ExportedRoute,
  exportSource,
  type ExportSource,
  type PeerExport,
} from './exported-route';
export {
  type BroadcastSender,
  type Heard,
  receiveBroadcast,
  type RouteListener,
  type ToldRoute,
  type UnusedRoute,
} from './receive-broadcast';
