/** What specs and benchmarks are built from. Never part of a running connector. */
export { brokenInvariant, given, type History, type Verdict } from './decision-kit';
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
} from './ledger-builders';
export { type LoggedEvent, MemoryLedgers } from './memory-ledgers';
export { aMove, aSetup, type Move, NetworkPlayer, type NetworkSetup } from './payment-moves';
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
  type Reaction,
  type Script,
} from './btp-peer-script';
export { logDatabase, type LogDatabase } from './log-database';
