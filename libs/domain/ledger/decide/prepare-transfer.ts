import type { PrepareTransfer } from '../commands';
import type { TransferPrepared, TransferProposed } from '../events';
import { incomingHeadroom, MAX_AMOUNT, MAX_SUM, outgoingHeadroom } from '../headroom';
import { PRUNED_PACKET } from '../pruned-packet';
import type { PrepareRefusal } from '../refusals';
import { isOpen, isShadow, type LedgerState, type Transfer } from '../state';
import { type Decision, REPEATED } from './decision';

/**
 * May this amount be put on hold? Amounts in base units, times in ms. An expiry that is already
 * past is no reason to refuse: the caller prepares and expires at once (SPEC §5.7, D-11). What we
 * send on a ledger that another decides is proposed, and prepared once the authority has accepted.
 *
 * Refuses, in this order: AmountOutOfRange, DuplicateId, AlreadyFulfilled, AlreadyRolledBack,
 * LedgerNotOpen, SumOutOfRange, InsufficientBalance. SPEC §5.7, §7.3.
 *
 * Money hangs on `ledger.transfers` holding every transfer of this id that ever was: an owner that
 * forgets final ones recalls them before it asks.
 */
export function decidePrepareTransfer(
  ledger: LedgerState,
  command: PrepareTransfer,
): Decision<TransferPrepared | TransferProposed, PrepareRefusal> {
  const { amount } = command;
  if (amount < 1n || amount > MAX_AMOUNT) {
    return { refusal: { kind: 'AmountOutOfRange', amount, maximum: MAX_AMOUNT } };
  }
  const known = ledger.transfers.get(command.transferId);
  if (known !== undefined) return decideAgain(known, command);
  const { standing, id } = ledger;
  if (standing !== 'open') return { refusal: { kind: 'LedgerNotOpen', ledgerId: id, standing } };
  const sum = greatestSum(ledger, command);
  if (sum > MAX_SUM) return { refusal: { kind: 'SumOutOfRange', sum, maximum: MAX_SUM } };
  const available =
    command.direction === 'incoming' ? incomingHeadroom(ledger) : outgoingHeadroom(ledger);
  if (available !== null && amount > available) {
    return { refusal: { kind: 'InsufficientBalance', required: amount, available } };
  }
  const isProposal = command.direction === 'outgoing' && isShadow(ledger);
  return { event: isProposal ? proposed(command) : prepared(command) };
}

/** What the sum of fulfilled transfers of this direction may grow to. */
function greatestSum({ sums }: LedgerState, { direction, amount }: PrepareTransfer): bigint {
  if (direction === 'incoming') return sums.incomingFulfilled + sums.incomingPrepared + amount;
  return sums.outgoingFulfilled + sums.outgoingPrepared + amount;
}

/** The id is known. Only what travels is compared: the plan of the first time stays. */
function decideAgain(known: Transfer, command: PrepareTransfer): Decision<never, PrepareRefusal> {
  const { transferId } = command;
  if (!isSameTransfer(known, command)) return { refusal: { kind: 'DuplicateId', transferId } };
  if (isOpen(known)) return REPEATED;
  const isFulfilled = known.status === 'fulfilled';
  return { refusal: { kind: isFulfilled ? 'AlreadyFulfilled' : 'AlreadyRolledBack', transferId } };
}

function isSameTransfer(known: Transfer, command: PrepareTransfer): boolean {
  return (
    known.direction === command.direction &&
    known.amount === command.amount &&
    known.expiresAtMs === command.expiresAtMs &&
    known.condition.equals(command.condition) &&
    (known.packet === PRUNED_PACKET || known.packet.equals(command.packet)) &&
    isSameDigest(known.sideDataDigest, command.sideDataDigest)
  );
}

function isSameDigest(one: Buffer | null, other: Buffer | null): boolean {
  if (one === null || other === null) return one === other;
  return one.equals(other);
}

/** Written out member by member: what merely lies beside a command never gets into the log. */
function prepared(command: PrepareTransfer): TransferPrepared {
  return {
    type: 'TransferPrepared',
    transferId: command.transferId,
    direction: command.direction,
    amount: command.amount,
    condition: command.condition,
    expiresAtMs: command.expiresAtMs,
    packet: command.packet,
    sideDataDigest: command.sideDataDigest,
    ...(command.sideData !== undefined && { sideData: command.sideData }),
    ...(command.plan !== undefined && { plan: command.plan }),
    ...(command.cause !== undefined && { cause: command.cause }),
    ...(command.order !== undefined && { order: command.order }),
  };
}

function proposed(command: PrepareTransfer): TransferProposed {
  return {
    type: 'TransferProposed',
    transferId: command.transferId,
    direction: 'outgoing',
    amount: command.amount,
    condition: command.condition,
    expiresAtMs: command.expiresAtMs,
    packet: command.packet,
    sideDataDigest: command.sideDataDigest,
    ...(command.cause !== undefined && { cause: command.cause }),
    ...(command.order !== undefined && { order: command.order }),
  };
}
