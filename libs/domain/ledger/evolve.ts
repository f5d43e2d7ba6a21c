import type { LedgerEvent, LedgerOpened } from './events';
import { evolveTerms, requireAuthority } from './evolve-terms';
import type { LedgerId } from './identifiers';
import { LedgerInvariantError } from './ledger-invariant-error';
import { isShadow, type LedgerState, type Sums, type Transfer } from './state';
import {
  advanceTransfer,
  begunTransfer,
  endTransfer,
  type TransferAdvanced,
  type TransferBegun,
  type TransferEnded,
} from './transfer';

/** A ledger as it begins: nothing has moved. */
export function openLedger(id: LedgerId, event: LedgerOpened): LedgerState {
  return {
    id,
    prefix: event.prefix,
    currencyCode: event.currencyCode,
    currencyScale: event.currencyScale,
    account: event.account,
    peerAccount: event.peerAccount,
    authority: event.authority,
    limits: event.limits,
    configuredLimits: event.limits,
    sums: {
      incomingFulfilled: 0n,
      incomingPrepared: 0n,
      outgoingFulfilled: 0n,
      outgoingPrepared: 0n,
      settledPaid: 0n,
      settledReceived: 0n,
      adjusted: 0n,
    },
    standing: 'open',
    thresholds: { low: null, high: null, settleTo: null },
    beyond: { low: false, high: false },
    difference: null,
    disputed: new Set(),
    agreedBalance: null,
    settlements: new Map(),
    transfers: new Map(),
  };
}

/**
 * Lets an event happen to the ledger, in place. Limits are not asked again: what was decided is
 * decided.
 * @throws LedgerInvariantError if the event cannot follow upon the state; the state is then not to
 *   be used any more
 */
export function evolve(ledger: LedgerState, event: LedgerEvent): void {
  if (ledger.standing === 'closed') {
    throw new LedgerInvariantError('closed-is-over', ledger.id, event.type);
  }
  switch (event.type) {
    case 'LedgerOpened':
      throw new LedgerInvariantError('opened-once', ledger.id, event.type);
    case 'TransferPrepared':
    case 'TransferProposed':
      hold(ledger, event);
      return;
    case 'ProposalAccepted':
    case 'FulfillmentSubmitted':
      advance(ledger, event);
      return;
    case 'TransferFulfilled':
    case 'TransferRejected':
    case 'TransferExpired':
      end(ledger, event);
      return;
    default:
      evolveTerms(ledger, event);
  }
}

/**
 * The fold of a ledger's whole history; undefined of an empty one.
 * @throws LedgerInvariantError if it does not begin with LedgerOpened, or as evolve does
 */
export function replayLedger(id: LedgerId, events: Iterable<LedgerEvent>): LedgerState | undefined {
  let ledger: LedgerState | undefined;
  for (const event of events) {
    if (ledger !== undefined) evolve(ledger, event);
    else if (event.type === 'LedgerOpened') ledger = openLedger(id, event);
    else throw new LedgerInvariantError('opened-first', id, event.type);
  }
  return ledger;
}

function hold(ledger: LedgerState, event: TransferBegun): void {
  const { transfers, sums } = ledger;
  if (ledger.standing !== 'open') {
    throw new LedgerInvariantError('prepared-while-open', ledger.id, event.transferId);
  }
  if (event.type === 'TransferProposed') requireAuthority(ledger, event.type, isShadow(ledger));
  if (transfers.has(event.transferId)) {
    throw new LedgerInvariantError('prepared-once', ledger.id, event.transferId);
  }
  transfers.set(event.transferId, begunTransfer(ledger.id, event));
  if (event.direction === 'incoming') sums.incomingPrepared += event.amount;
  else sums.outgoingPrepared += event.amount;
}

function advance(ledger: LedgerState, event: TransferAdvanced): void {
  requireAuthority(ledger, event.type, isShadow(ledger));
  advanceTransfer(ledger.id, known(ledger, event), event);
}

function known(ledger: LedgerState, event: TransferAdvanced | TransferEnded): Transfer {
  const transfer = ledger.transfers.get(event.transferId);
  if (transfer !== undefined) return transfer;
  throw new LedgerInvariantError('prepared-before-final', ledger.id, event.transferId);
}

function end(ledger: LedgerState, event: TransferEnded): void {
  const transfer = known(ledger, event);
  endTransfer(ledger.id, transfer, event);
  release(ledger, transfer);
  if (event.type === 'TransferFulfilled') pay(ledger.sums, transfer);
}

function release({ id, sums }: LedgerState, transfer: Transfer): void {
  if (transfer.direction === 'incoming') sums.incomingPrepared -= transfer.amount;
  else sums.outgoingPrepared -= transfer.amount;
  if (sums.incomingPrepared < 0n || sums.outgoingPrepared < 0n) {
    throw new LedgerInvariantError('sum-not-negative', id, transfer.id);
  }
}

function pay(sums: Sums, transfer: Transfer): void {
  if (transfer.direction === 'incoming') sums.incomingFulfilled += transfer.amount;
  else sums.outgoingFulfilled += transfer.amount;
}
