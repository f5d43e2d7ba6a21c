/** For programs that follow the events of a connector: typed, exactly once, whatever the stream does. */
export type { EventFeed, FeedPage } from './event-feed';
export {
  EventSubscription,
  type SubscriptionLimits,
  type SubscriptionOptions,
} from './event-subscription';
export { CONNECTOR_STREAM } from '#contracts';
export { FeedUnavailableError, HttpEventFeed, type HttpFeedOptions } from './http-event-feed';
export {
  parseCloudEvent,
  readCloudEvent,
  UnreadableCloudEventError,
  type LogEvent,
  type UnknownEvent,
} from './log-event';
export { MemoryPositions } from './memory-positions';
export type { Advance, Fold, PositionStore } from './position-store';
export { PostgresPositions, type PostgresPositionsOptions } from './postgres-positions';
export { FeedGapError, LogBehindError } from './progress';
export type { Stretch, SubscriptionObserver } from './subscription-observer';
