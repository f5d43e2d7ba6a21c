/** What must hold of every ledger, whatever peers send. Stable, fit for a metric label. */
export type InvariantRule =
  | 'opened-once'
  | 'opened-first'
  | 'amount-in-range'
  | 'condition-size'
  | 'fulfillment-size'
  | 'expiry-is-a-time'
  | 'plan-is-for-incoming'
  | 'cause-is-for-outgoing'
  | 'prepared-once'
  | 'prepared-before-final'
  | 'final-is-final'
  | 'sum-not-negative'
  | 'only-final-is-forgotten'
  | 'recalled-once';

/**
 * Something that no command can bring about has happened: a mistake of ours, a damaged log or
 * damaged memory. The owner stops the partition and replays; it never repairs the state.
 */
export class LedgerInvariantError extends Error {
  override readonly name = 'LedgerInvariantError';

  constructor(
    readonly rule: InvariantRule,
    readonly ledgerId: string,
    /** The transfer, or the value that broke the rule. */
    readonly subject: string,
  ) {
    super(`ledger ${ledgerId}: ${rule} is broken by ${subject}`);
  }
}
