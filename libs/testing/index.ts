/** What specs and benchmarks are built from. Never part of a running connector. */
export { brokenInvariant, given, type History, type Observed, type Verdict } from './decision-kit';
export { anEvent } from './event-arbitraries';
export {
  aLedgerId,
  anIlpPayment,
  anIncoming,
  anOutgoing,
  aPreimage,
  aTransferId,
  ledgerOpened,
  NOON_MS,
  transferPrepared,
  transferProposed,
} from './ledger-builders';
export { LedgerExpectation } from './ledger-expectation';
export {
  aHistory,
  aLedgerMove,
  commandOf,
  eventsOf,
  type LedgerMove,
  type MoveCommand,
  type MoveDecision,
  playMove,
  someLimits,
} from './ledger-moves';
export { type LoggedEvent, MemoryLedgers } from './memory-ledgers';
export { type Move, NetworkPlayer, type NetworkSetup } from './payment-moves';
export { PaymentNetwork } from './payment-network';
export {
  aForwardPlan,
  ALICE,
  aRejection,
  BOB,
  ilpErrorOf,
  INCOMING,
  OUTGOING,
  PaymentScene,
  told,
} from './payment-scene';
export { SeparateOwners } from './payment-owners';
export { aMove, aSetup } from './payment-stories';
export {
  BtpPeer,
  type BtpPeerOptions,
  type DialOptions,
  type Ending,
  type ListenOptions,
} from './btp-peer';
export { NothingCameError } from './btp-peer-mailbox';
export {
  type AdministeredLedger,
  administrator,
  AGREE,
  alphaAdministrator,
  type Reaction,
  type Script,
} from './btp-peer-script';
export { logDatabase, type LogDatabase } from './log-database';
