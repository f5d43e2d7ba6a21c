/** How two connectors that know each other from outside come to share a ledger (SPEC §8, §9). Pure. */
export { type Currency, readCurrency } from './currency';
export { readHostname } from './hostname';
export { type Invitation, invitationMembers, readInvitation } from './invitation';
export {
  agreeWith,
  type KeyAgreement,
  KeyAgreementError,
  type KeyFault,
  normalPublicKey,
  publicKeyOf,
} from './key-agreement';
export { peerIdOf } from './peer-id';
export { ProposalError, type ProposalRule } from './proposal-error';
export { proposalLine } from './proposal-text';
export { deriveSharedLedger, type SharedLedger } from './shared-ledger';
export {
  answerMembers,
  currencyIn,
  proposalMembers,
  readAnswer,
  readProposal,
  type WebFingerAnswer,
  type WebFingerProposal,
} from './webfinger-proposal';
export {
  decodePeeringEvent,
  type EncodedPeeringEvent,
  encodePeeringEvent,
  type PeeringEventFault,
  UnreadablePeeringEventError,
} from './registry-codec';
export {
  type AddPeer,
  type ConfiguredIds,
  decideAdd,
  decidePropose,
  decideRemove,
  decideRotate,
  type PeeringDecision,
  type PeeringRefusal,
  type ProposePeering,
  type RemovePeer,
  type RotateToken,
} from './registry-decide';
export {
  isPeeringEventType,
  type LedgerFate,
  type PeerAdded,
  PEERING_EVENT_TYPES,
  type PeeringEvent,
  type PeeringProposed,
  type PeerRemoved,
  type PeerTokenRotated,
  peeringVersionOf,
  type PublicPeerDocument,
} from './registry-events';
export {
  evolvePeers,
  NO_PEERS,
  type Occurrence,
  type PeerEntry,
  type PeeringState,
  type PendingProposal,
} from './registry-state';
