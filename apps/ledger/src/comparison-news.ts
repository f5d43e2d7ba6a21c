import type { decideCompareBalances, LedgerState } from '#domain/ledger';

type Comparison = ReturnType<typeof decideCompareBalances>[number];

/** What came of asking the other side for its balance. */
export type ComparisonOutcome =
  /** Too much moved to tell. */
  | 'inconclusive'
  /** Both figures are what they were, be that one or two. */
  | 'unchanged'
  | 'agreed'
  | 'disputed'
  | 'diverged'
  | 'adopted'
  | 'agreed-again';

/** One comparison, or one event of it, for metrics and for whoever reads the log. */
export interface ComparisonNews {
  readonly ledgerId: string;
  readonly outcome: ComparisonOutcome;
  /** For an operator, who has never seen this program from inside; undefined where all is well. */
  readonly alert: string | undefined;
}

export function quietNews(
  { id }: LedgerState,
  outcome: 'inconclusive' | 'unchanged',
): ComparisonNews {
  return { ledgerId: id, outcome, alert: undefined };
}

export function newsOf(ledger: LedgerState, event: Comparison): ComparisonNews {
  const outcome = outcomeOf(event);
  return { ledgerId: ledger.id, outcome, alert: alertOf(ledger, event, outcome) };
}

function outcomeOf(event: Comparison): ComparisonOutcome {
  switch (event.type) {
    case 'BalanceCompared':
      return 'agreed';
    case 'LedgerDisputed':
      return 'disputed';
    case 'ShadowDiverged':
      return 'diverged';
    case 'DisputeResolved':
    case 'ShadowReconciled':
      return event.how === 'adopted' ? 'adopted' : 'agreed-again';
  }
}

function alertOf(
  ledger: LedgerState,
  { ours, theirs }: Comparison,
  outcome: ComparisonOutcome,
): string | undefined {
  const { id, currencyCode, currencyScale } = ledger;
  const figures =
    `we count ${ours}, the other side counts ${theirs} ` +
    `(${currencyCode} with ${currencyScale} decimals, positive: it owes us)`;
  switch (outcome) {
    case 'disputed':
      return `ledger ${id} is disputed: ${figures}. Nothing was adjusted: find out with the peer who is right`;
    case 'diverged':
      return `ledger ${id} differs from its original: ${figures}. The other side's figure decides`;
    case 'adopted':
      return `ledger ${id} was set to the balance of its original: we counted ${ours}, now ${theirs}`;
    case 'agreed-again':
      return `ledger ${id} is in order again: both sides count ${theirs}`;
    default:
      return undefined;
  }
}
