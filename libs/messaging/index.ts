export {
  BatchedLink,
  EntryTooLargeError,
  type LinkCounters,
  type LinkFault,
  type LinkOptions,
  type Listening,
} from './batched-link';
export {
  BusClosedError,
  BusRoundTripError,
  BusUnreachableError,
  DeadlineExceededError,
  NoResponderError,
  RemoteError,
  UnreadableReplyError,
} from './bus-errors';
export { type ConnectedPeer, ConnectedPeers, type ConnectedPeersListener } from './connected-peers';
export { ConnectedPeersModule } from './connected-peers.module';
export { ControlClient, type Question } from './control-client';
export { ControlListener } from './control-listener';
export {
  ControlRefusal,
  ControlServer,
  traceparentOf,
  withControlPlane,
  type ControlServerOptions,
} from './control-server';
export {
  DurableConsumer,
  type ConsumerSpec,
  type ConsumerState,
  type IncomingEvent,
} from './durable-consumer';
export {
  EventStreams,
  StreamUnavailableError,
  type StreamSpec,
  type StreamState,
} from './event-streams';
export { EventPublisher, type OutgoingEvent, type PublisherOptions } from './jetstream-publisher';
export { type BucketSpec, KeyValue } from './key-value';
export {
  BucketUnavailableError,
  InvalidKeyError,
  RevisionConflictError,
  ValueTooLargeError,
} from './key-value-errors';
export type { KeyValueListener, KeyValueWatch } from './key-value-watch';
export { MessagingModule, NoBusError } from './messaging.module';
export { BusConnection, type BusOptions, type BusStatus } from './nats-connection';
export { PublishFailedError } from './publish-failed-error';
export { gatherPeerStates } from './gather-peer-states';
export { LedgerDirectory } from './ledger-directory';
export { LedgerDirectoryModule } from './ledger-directory.module';
export { PeerNotConnectedError, PeerSilentError, RemotePeers } from './remote-peers';
export { RatesDirectory } from './rates-directory';
export { RatesDirectoryModule } from './rates-directory.module';
