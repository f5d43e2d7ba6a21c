export { slugOfAddress } from './address-slug';
export type * from './configuration';
export { ConfigurationError, type ConfigurationProblem } from './configuration-error';
export { processEnvironment, type Environment } from './environment';
export { PROCESS_WIRING } from './environment-names';
export {
  loadConfiguration,
  readConfiguration,
  type LoadedConfiguration,
} from './load-configuration';
export {
  type NamedPeer,
  PeerDocumentError,
  type PeerProblem,
  readPeerDocument,
  requireRoomForPeer,
} from './peer-document';
export { configurationReference } from './reference';
export { relaysOf } from './relay-settings';
export type { ConfigurationSource } from './source-document';
export { digestOfToken } from './token-digest';
