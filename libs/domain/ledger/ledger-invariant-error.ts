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
  | 'order-is-for-our-own'
  | 'prepared-once'
  | 'prepared-before-final'
  | 'accepted-once'
  | 'submitted-once'
  | 'final-is-final'
  | 'sum-not-negative'
  | 'prepared-while-open'
  | 'fits-authority'
  | 'standing-changes'
  | 'closed-is-empty'
  | 'closed-at-balance'
  | 'closed-is-over'
  | 'crossed-in-turn'
  | 'differed-before-agreed'
  | 'settled-once'
  | 'reversed-once'
  | 'reversed-as-recorded'
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
