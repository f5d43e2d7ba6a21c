import type { CompareBalances, DisputeTransfer, ReconcileLedger } from '../commands';
import type {
  BalanceCompared,
  ComparedBalances,
  DisputeResolved,
  LedgerDisputed,
  ShadowDiverged,
  ShadowReconciled,
} from '../events';
import { sumBound } from '../headroom';
import type { OrderRefusal } from '../refusals';
import { balanceOf, isOpen, isShadow, type LedgerState, type Transfer } from '../state';
import type { Decision } from './decision';
import { textRefusal } from './order-text';

type Comparison =
  BalanceCompared | LedgerDisputed | DisputeResolved | ShadowDiverged | ShadowReconciled;

/** Who speaks where the figures alone do. */
const BY_PEER = 'peer';
const BY_AUTHORITY = 'authority';

/**
 * The other side has told its balance. While transfers move, the figures may differ without anybody
 * being wrong, and then nothing is said. Of a difference, only as much is recorded as no movement
 * explains, and once, however often it is found again. When nothing moves, a shadow that adopts
 * takes the authority's figure over, by an event; a symmetric ledger is never adjusted without an
 * operator. An administrator has nobody to compare with, and a closed ledger is over.
 *
 * Figures that our balance has moved out of since are out of date and say nothing, so a repetition
 * adopts nothing twice; nor does a figure beyond ±MAX_SUM, which no ledger can have. SPEC §7.5, D-16.
 */
export function decideCompareBalances(
  ledger: LedgerState,
  command: CompareBalances,
): readonly Comparison[] {
  if (ledger.authority === 'admin' || ledger.standing === 'closed') return [];
  const { theirs, lowest, highest } = command;
  const ours = balanceOf(ledger.sums);
  if (ours < lowest || ours > highest || sumBound(theirs) !== null) return [];
  const isCertain = lowest === highest;
  if (theirs < lowest || theirs > highest) {
    return differing(ledger, command, isCertain && command.adopts);
  }
  return isCertain ? agreeing(ledger, { ours, theirs }) : [];
}

function differing(ledger: LedgerState, command: CompareBalances, adopts: boolean): Comparison[] {
  const { theirs, lowest, highest } = command;
  const compared = { ours: theirs < lowest ? lowest : highest, theirs };
  const isKnown = isExplained(ledger.difference, command);
  if (!isShadow(ledger)) {
    if (isKnown) return [];
    return [{ type: 'LedgerDisputed', cause: 'balance', about: null, ...compared }];
  }
  const events: Comparison[] = isKnown ? [] : [{ type: 'ShadowDiverged', ...compared }];
  if (adopts) events.push(shadowReconciled('adopted', compared));
  return events;
}

/**
 * Does the difference that is on record explain the figure? Payments move both sides alike: it is
 * the distance between them that is news or not.
 */
function isExplained(
  known: ComparedBalances | null,
  { theirs, lowest, highest }: CompareBalances,
): boolean {
  if (known === null) return false;
  const without = theirs - distance(known);
  return without >= lowest && without <= highest;
}

/** How far the other side's figure lies above ours. */
function distance({ ours, theirs }: ComparedBalances): bigint {
  return theirs - ours;
}

function agreeing(ledger: LedgerState, compared: ComparedBalances): Comparison[] {
  if (ledger.difference === null) {
    if (ledger.agreedBalance === compared.theirs) return [];
    return [{ type: 'BalanceCompared', ...compared }];
  }
  if (isShadow(ledger)) return [shadowReconciled('agreed', compared)];
  return [{ type: 'DisputeResolved', how: 'agreed', by: BY_PEER, note: '', ...compared }];
}

function shadowReconciled(
  how: ShadowReconciled['how'],
  compared: ComparedBalances,
): ShadowReconciled {
  return { type: 'ShadowReconciled', how, by: BY_AUTHORITY, note: '', ...compared };
}

/**
 * Both sides of a symmetric ledger have ended one transfer, and not alike: it is disputed by its
 * amount, on top of what is disputed already, until the figures agree again (SPEC §7.5). Nothing is
 * said on other ledgers, nor twice of one transfer.
 */
export function decideDisputeTransfer(
  ledger: LedgerState,
  { transferId }: DisputeTransfer,
): readonly LedgerDisputed[] {
  if (ledger.authority !== 'symmetric' || ledger.standing === 'closed') return [];
  const transfer = ledger.transfers.get(transferId);
  if (transfer === undefined || isOpen(transfer) || ledger.disputed.has(transferId)) return [];
  const ours = balanceOf(ledger.sums);
  const known = ledger.difference === null ? 0n : distance(ledger.difference);
  const theirs = ours + known + otherwise(transfer);
  return [{ type: 'LedgerDisputed', cause: 'outcome', about: transferId, ours, theirs }];
}

/** What our balance would gain, had the transfer ended the other way. */
function otherwise({ direction, status, amount }: Transfer): bigint {
  return (direction === 'incoming') === (status === 'fulfilled') ? -amount : amount;
}

/**
 * An operator sets our balance to the other side's figure, as he has read it; payments since then
 * have moved both figures alike, and it is the distance that is adopted. To hold on to our own
 * needs no order: the other side has to correct its books, and the next comparison says so.
 *
 * Refuses, in this order: InvalidText, LedgerClosed, NothingToReconcile, BalanceMoved (the figure
 * is neither the one on record nor what that has become since). SPEC §7.5.
 */
export function decideReconcile(
  ledger: LedgerState,
  { by, note, theirs }: ReconcileLedger,
): Decision<DisputeResolved | ShadowReconciled, OrderRefusal> {
  const refusal = textRefusal('by', by) ?? (note === '' ? undefined : textRefusal('note', note));
  if (refusal !== undefined) return { refusal };
  const { difference, id: ledgerId } = ledger;
  if (ledger.standing === 'closed') return { refusal: { kind: 'LedgerClosed', ledgerId } };
  if (difference === null) return { refusal: { kind: 'NothingToReconcile', ledgerId } };
  const ours = balanceOf(ledger.sums);
  const now = ours + distance(difference);
  if (theirs !== difference.theirs && theirs !== now) {
    return { refusal: { kind: 'BalanceMoved', read: theirs, now } };
  }
  const type = isShadow(ledger) ? 'ShadowReconciled' : 'DisputeResolved';
  return { event: { type, how: 'adopted', by, note, ours, theirs: now } };
}
