/** What routing is told of a ledger that we have an account on. */
export interface LedgerFacts {
  /** Slug. */
  readonly ledgerId: string;
  /** Ends in a dot. */
  readonly prefix: string;
  readonly currencyScale: number;
  /** Our account's name, without the prefix. */
  readonly account: string;
}

/** A ledger that we have an account on (SPEC §1). */
export interface LocalLedger {
  readonly ledgerId: string;
  readonly prefix: string;
  readonly currencyScale: number;
  /** Our own ILP address on it. */
  readonly ownAddress: string;
}

export function localLedger(facts: LedgerFacts): LocalLedger {
  const { ledgerId, prefix, currencyScale, account } = facts;
  return { ledgerId, prefix, currencyScale, ownAddress: prefix + account };
}
