/** Peers that come and go at run time, on record in the log, their secrets beside it. */
export { configuredPeers, PeerConflictError, requireNoConflict } from './configured-peers';
export { PeerRegistry } from './peer-registry';
export type {
  PeerAddition,
  PeerChange,
  PeeringProposal,
  PeerList,
  PeerRemoval,
  RegisteredPeer,
  TokenRotation,
  UnusablePeer,
} from './peer-registry';
export { PeerRegistryError, type PeerRegistryRule } from './peer-registry-error';
export { type PeerCredentials, withoutSecrets } from './peer-secrets';
