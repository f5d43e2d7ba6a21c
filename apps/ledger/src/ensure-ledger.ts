import type { LedgerDescription, LedgerOpenReply } from '#contracts';
import { decideOpenLedger, ledgerId, type LedgerState, type OpenRefusal } from '#domain/ledger';
import type { DeskObserver } from './desk-observer';
import type { Effects } from './effects';
import type { LedgerBook } from './ledger-book';
import type { EnsureLedger } from './loop-command';

/**
 * Opens the ledger if it is new; else only its limits may differ from what is stored, and change if
 * the configuration asks for others than before.
 */
export function ensureLedger(
  book: LedgerBook,
  command: EnsureLedger,
  effects: Effects,
  observer: Pick<DeskObserver, 'ledgersChanged' | 'limitsKept'>,
): void {
  const reply = prefixInUse(book, command) ?? ensure(book, command.wanted);
  if (reply.outcome === 'unchanged' && keepsOtherLimits(book, command.wanted)) {
    observer.limitsKept(command.wanted.ledgerId);
  }
  effects.afterwards(() => {
    command.reply(reply);
    if (reply.outcome === 'opened' || reply.outcome === 'limits-changed') observer.ledgersChanged();
  });
}

function ensure(book: LedgerBook, wanted: LedgerDescription): LedgerOpenReply {
  const id = ledgerId(wanted.ledgerId);
  const ledger = book.find(id);
  const decision = decideOpenLedger(ledger, { ...wanted, ledgerId: id, limits: limitsOf(wanted) });
  if ('refusal' in decision) return conflict(decision.refusal);
  if ('repeated' in decision) return { outcome: 'unchanged' };
  if (decision.event.type === 'LedgerOpened') {
    book.open(id, decision.event);
    return { outcome: 'opened' };
  }
  if (ledger !== undefined) book.record(ledger, decision.event);
  return { outcome: 'limits-changed' };
}

/** Did an operator order others than those that the configuration has asked for all along? */
function keepsOtherLimits(book: LedgerBook, wanted: LedgerDescription): boolean {
  const { maxBalance, minBalance } = limitsOf(wanted);
  const limits = book.find(ledgerId(wanted.ledgerId))?.limits;
  return limits?.maxBalance !== maxBalance || limits.minBalance !== minBalance;
}

/**
 * Two ledgers of one connector never share addresses (SPEC §2.3), but for the two views of the one
 * that it runs as a validator.
 */
function prefixInUse(
  book: LedgerBook,
  { wanted, twin }: EnsureLedger,
): LedgerOpenReply | undefined {
  for (const ledger of book.all()) {
    if (ledger.id === wanted.ledgerId || !overlaps(ledger, wanted)) continue;
    if (ledger.id === twin && ledger.prefix === wanted.prefix) continue;
    const stored = `${ledger.prefix} (of ledger ${ledger.id})`;
    return { outcome: 'conflict', field: 'prefix', stored, wanted: wanted.prefix };
  }
  return undefined;
}

function overlaps(ledger: LedgerState, wanted: LedgerDescription): boolean {
  return ledger.prefix.startsWith(wanted.prefix) || wanted.prefix.startsWith(ledger.prefix);
}

function conflict(refusal: OpenRefusal): LedgerOpenReply {
  switch (refusal.kind) {
    case 'LedgerConflict':
      return {
        outcome: 'conflict',
        field: refusal.field,
        stored: refusal.stored,
        wanted: refusal.wanted,
      };
    case 'InvalidField':
      return {
        outcome: 'conflict',
        field: refusal.field,
        stored: refusal.rule,
        wanted: refusal.value,
      };
    case 'InvalidLimits':
      return {
        outcome: 'conflict',
        field: refusal.field,
        stored: `${refusal.rule} (${refusal.bound})`,
        wanted: String(refusal.value),
      };
  }
}

function limitsOf({ maxBalance, minBalance }: LedgerDescription) {
  return {
    maxBalance: maxBalance === null ? null : BigInt(maxBalance),
    minBalance: minBalance === null ? null : BigInt(minBalance),
  };
}
