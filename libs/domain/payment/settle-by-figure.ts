import { balanceOf, isShadow, type LedgerState, type Transfer } from '#domain/ledger';
import type { Ledgers } from './ledgers';
import { settleUnpaid, type UnpaidOutcome } from './settle-unpaid';

/** The authority of a ledger has told its figure while nothing of ours was moving. */
export interface SettleByFigure {
  /** Minus its balance. */
  readonly theirs: bigint;
  readonly nowMs: number;
}

/** One transfer that the figure decided. */
export interface DecidedByFigure {
  readonly transfer: Transfer;
  readonly outcome: UnpaidOutcome;
}

/**
 * So long after its expiry no Fulfill is under way any more that an authority could still count,
 * whatever its clock and however slow the way. Until then its answers decide, and nothing is lost by
 * waiting but room below a limit.
 */
const DECIDED_AFTER_MS = 3_600_000;

/**
 * What we fulfilled on a ledger that another decides, and were never told the outcome of, since the
 * answer was lost and the authority stumbles over the repetition: once it is long past its expiry
 * the authority's figure tells, for it holds all of these transfers or none. Where it holds some,
 * nobody can say which, and they wait for an operator. SPEC §7.5.
 */
export function settleByFigure(
  ledgers: Ledgers,
  ledger: LedgerState,
  { theirs, nowMs }: SettleByFigure,
): readonly DecidedByFigure[] {
  const waiting = [...ledger.transfers.values()].filter(({ status }) => status === 'submitted');
  if (!isShadow(ledger) || ledger.difference !== null || waiting.length === 0) return [];
  if (waiting.some(({ expiresAtMs }) => nowMs < expiresAtMs + DECIDED_AFTER_MS)) return [];
  const error = verdictOf(theirs - balanceOf(ledger.sums), waiting);
  if (error === undefined) return [];
  const message = 'its balance says so';
  return waiting.map((transfer) => {
    const refused = { ledgerId: ledger.id, transferId: transfer.id, error, message, nowMs };
    return { transfer, outcome: settleUnpaid(ledgers, refused) };
  });
}

/** As the authority would have named it, had it been able to. */
function verdictOf(more: bigint, waiting: readonly Transfer[]): string | undefined {
  if (more === 0n) return 'AlreadyRolledBackError';
  const all = waiting.reduce((sum, { amount }) => sum + amount, 0n);
  return more === all ? 'AlreadyFulfilledError' : undefined;
}
