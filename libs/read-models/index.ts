/**
 * The tables for people and reports, the statements that carry the log into them, and the questions
 * that they answer. Nothing decides by them; each can be emptied and built anew at any time.
 */
export type { AsOf } from './as-of';
export { readLedger, readLedgers, type LedgerView } from './ledger-views';
export { readPeer, readPeers, type PeerView } from './peer-views';
export { PROJECTIONS } from './projections';
export { readSettlements, type SettlementView } from './settlement-views';
export { readTransfer, readTransfers, type TransferView } from './transfer-views';
