import { conditionOf, FULFILLMENT_SIZE } from '#protocol';
import { incomingHeadroom, MAX_AMOUNT, outgoingHeadroom } from './headroom';
import type { TransferId } from './identifiers';
import { PRUNED_PACKET } from './pruned-packet';
import {
  isOpen,
  isShadow,
  type LedgerState,
  type Settlement,
  type Sums,
  type Transfer,
} from './state';

/** Something that must hold of a ledger and does not. */
export interface Violation {
  readonly ledgerId: string;
  readonly rule: ViolatedRule;
  /** null where the ledger as a whole is wrong. */
  readonly transferId: string | null;
  readonly expected: string;
  readonly found: string;
}

export type ViolatedRule =
  | keyof Sums
  | 'max-balance'
  | 'min-balance'
  | 'id'
  | 'amount'
  | 'condition'
  | 'expiry'
  | 'plan'
  | 'cause'
  | 'order'
  | 'packet'
  | 'status'
  | 'fulfillment'
  | 'reason'
  | 'settlement'
  | 'standing';

/** What the auditor knows about the state it is given. */
export interface AuditScope {
  /** partial: the owner has forgotten final transfers, so sums of fulfilled ones may be greater. */
  readonly history: 'complete' | 'partial';
  /**
   * lowered: limits were set below what was in use, or a settlement or the other side's figure moved
   * the balance, so being over them is no fault (SPEC §7.3).
   */
  readonly limits: 'kept' | 'lowered';
}

/**
 * Works out a ledger anew from its transfers and lists whatever differs, without trusting the code
 * that evolved it: the sums, the limits, and each transfer by itself. SPEC §5.7, §7.3.
 */
export function ledgerViolations(ledger: LedgerState, scope: AuditScope): Violation[] {
  const found: Violation[] = [];
  for (const [id, transfer] of ledger.transfers) {
    for (const { rule, expected, actual } of transferFaults(ledger, id, transfer)) {
      found.push({ ledgerId: ledger.id, rule, transferId: id, expected, found: actual });
    }
  }
  const faults = [...sumFaults(ledger, scope.history), ...settlementFaults(ledger)];
  if (scope.limits === 'kept') faults.push(...limitFaults(ledger));
  for (const { rule, expected, actual } of faults) {
    found.push({ ledgerId: ledger.id, rule, transferId: null, expected, found: actual });
  }
  return found;
}

interface Fault {
  readonly rule: ViolatedRule;
  readonly expected: string;
  readonly actual: string;
}

function* sumFaults(ledger: LedgerState, history: AuditScope['history']): Generator<Fault> {
  const counted = { ...countedSums(ledger.transfers.values()), ...countedSettlements(ledger) };
  for (const rule of EXACT_SUMS) {
    const sum = ledger.sums[rule];
    if (sum === counted[rule]) continue;
    yield { rule, expected: String(counted[rule]), actual: String(sum) };
  }
  for (const rule of ['incomingFulfilled', 'outgoingFulfilled'] as const) {
    const sum = ledger.sums[rule];
    const holds = history === 'complete' ? sum === counted[rule] : sum >= counted[rule];
    if (holds) continue;
    const expected = `${history === 'complete' ? '' : 'at least '}${counted[rule]}`;
    yield { rule, expected, actual: String(sum) };
  }
}

/** Sums that memory can always prove: what is open, and every settlement, stays in it. */
const EXACT_SUMS = [
  'incomingPrepared',
  'outgoingPrepared',
  'settledPaid',
  'settledReceived',
] as const;

function countedSettlements({ settlements }: LedgerState): SettledSums {
  const sums = { settledPaid: 0n, settledReceived: 0n };
  for (const settlement of settlements.values()) {
    if (!counts(settlement)) continue;
    if (settlement.direction === 'paid') sums.settledPaid += settlement.amount;
    else sums.settledReceived += settlement.amount;
  }
  return sums;
}

type SettledSums = Pick<Sums, 'settledPaid' | 'settledReceived'>;

function counts(
  settlement: Settlement,
): settlement is Extract<Settlement, { readonly kind: 'settlement' }> {
  return settlement.kind === 'settlement' && settlement.reversedBy === null;
}

function countedSums(transfers: Iterable<Transfer>): Omit<Sums, keyof SettledSums | 'adjusted'> {
  const sums = {
    incomingFulfilled: 0n,
    incomingPrepared: 0n,
    outgoingFulfilled: 0n,
    outgoingPrepared: 0n,
  };
  for (const transfer of transfers) {
    const { direction, status, amount } = transfer;
    if (isOpen(transfer)) sums[`${direction}Prepared`] += amount;
    if (status === 'fulfilled') sums[`${direction}Fulfilled`] += amount;
  }
  return sums;
}

function* limitFaults(ledger: LedgerState): Generator<Fault> {
  const incoming = incomingHeadroom(ledger);
  if (incoming !== null && incoming < 0n) {
    yield { rule: 'max-balance', expected: 'headroom of at least 0', actual: String(incoming) };
  }
  const outgoing = outgoingHeadroom(ledger);
  if (outgoing !== null && outgoing < 0n) {
    yield { rule: 'min-balance', expected: 'headroom of at least 0', actual: String(outgoing) };
  }
}

/** What was taken back is taken back by exactly that which says so. */
function* settlementFaults({ settlements }: LedgerState): Generator<Fault> {
  for (const [reference, settlement] of settlements) {
    const name = counterpart(settlement);
    if (name === null) continue;
    const other = settlements.get(name);
    const isPair = other !== undefined && other.kind !== settlement.kind;
    if (isPair && counterpart(other) === reference) continue;
    const expected = `${reference} and ${name} to name each other`;
    yield { rule: 'settlement', expected, actual: other?.kind ?? 'none' };
  }
}

/** The reference of what took the settlement back, or of what the reversal takes back. */
function counterpart(settlement: Settlement): string | null {
  return settlement.kind === 'reversal' ? settlement.reverses : settlement.reversedBy;
}

function* transferFaults(
  ledger: LedgerState,
  id: TransferId,
  transfer: Transfer,
): Generator<Fault> {
  const { amount, condition, expiresAtMs, direction } = transfer;
  if (transfer.id !== id) yield { rule: 'id', expected: id, actual: transfer.id };
  if (amount < 1n || amount > MAX_AMOUNT) {
    yield { rule: 'amount', expected: `1 to ${MAX_AMOUNT}`, actual: String(amount) };
  }
  if (condition.length !== FULFILLMENT_SIZE) {
    yield { rule: 'condition', expected: '32 bytes', actual: `${condition.length} bytes` };
  }
  if (!Number.isSafeInteger(expiresAtMs)) {
    yield { rule: 'expiry', expected: 'a whole number of ms', actual: String(expiresAtMs) };
  }
  if (transfer.plan !== undefined && direction === 'outgoing') {
    yield { rule: 'plan', expected: 'none', actual: transfer.plan.kind };
  }
  if (transfer.cause !== undefined && direction === 'incoming') {
    yield { rule: 'cause', expected: 'none', actual: transfer.cause.transferId };
  }
  const isOurOwn = direction === 'outgoing' && transfer.cause === undefined;
  if (transfer.order !== undefined && !isOurOwn) {
    yield { rule: 'order', expected: 'none', actual: transfer.order.by };
  }
  if (isOpen(transfer) && transfer.packet === PRUNED_PACKET) {
    yield { rule: 'packet', expected: 'kept until the transfer is final', actual: 'pruned' };
  }
  yield* statusFaults(ledger, transfer);
  yield* endFaults(transfer);
}

/** Where we decide, nothing is provisional; on a closed ledger nothing is open. */
function* statusFaults(ledger: LedgerState, transfer: Transfer): Generator<Fault> {
  const { status, direction } = transfer;
  if (ledger.standing === 'closed' && isOpen(transfer)) {
    yield { rule: 'standing', expected: 'nothing open on a closed ledger', actual: status };
  }
  if (status !== 'proposed' && status !== 'submitted') return;
  const provisional = status === 'proposed' ? 'outgoing' : 'incoming';
  if (isShadow(ledger) && direction === provisional) return;
  yield { rule: 'status', expected: `no ${direction} ${status} one here`, actual: status };
}

/** A submitted or fulfilled one shows its preimage, a rolled back one its reason, others neither. */
function* endFaults(transfer: Transfer): Generator<Fault> {
  const { status, fulfillment, reason, condition } = transfer;
  const isFulfilled = status === 'fulfilled' || status === 'submitted';
  if (!isFulfilled && fulfillment !== null) {
    yield { rule: 'fulfillment', expected: `none of a ${status} one`, actual: 'one' };
  }
  if (isFulfilled && (fulfillment === null || !conditionOf(fulfillment).equals(condition))) {
    const actual = fulfillment === null ? 'none' : fulfillment.toString('base64url');
    yield { rule: 'fulfillment', expected: 'the preimage of the condition', actual };
  }
  const isRolledBack = status === 'rejected' || status === 'expired';
  if (isRolledBack !== (reason !== null)) {
    const expected = `${isRolledBack ? 'one' : 'none'} of a ${status} one`;
    yield { rule: 'reason', expected, actual: reason === null ? 'none' : 'one' };
  }
}
