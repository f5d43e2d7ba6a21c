/** How two connectors that know each other from outside come to share a ledger (SPEC §8, §9). Pure. */
export type { Currency } from './currency';
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
export { ProposalError, type ProposalRule } from './proposal-error';
export { proposalLine } from './proposal-text';
export { deriveSharedLedger, type SharedLedger } from './shared-ledger';
export {
  answerMembers,
  proposalMembers,
  readAnswer,
  readProposal,
  type WebFingerAnswer,
  type WebFingerProposal,
} from './webfinger-proposal';
