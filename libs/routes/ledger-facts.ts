import type { LedgerDescription, LedgerFigures } from '#contracts';
import type { LedgerFacts } from '#domain/routing';

/** What is known of the state of a ledger beside its description. */
export interface LedgerState {
  /** undefined = nobody has told yet. */
  readonly figures: LedgerFigures | undefined;
  readonly isConnected: boolean;
  /** Names the connector behind its peer. */
  readonly party: string | undefined;
}

/** A ledger as the tables know it; it has the name of its peer. */
export function ledgerFacts(
  ledger: LedgerDescription,
  { figures, isConnected, party }: LedgerState,
): LedgerFacts {
  const { ledgerId, prefix, currencyCode, currencyScale, account, peerAccount } = ledger;
  const maxIn = amountOf(figures?.maxIn);
  const maxOut = amountOf(figures?.maxOut);
  return {
    ledgerId,
    prefix,
    currencyCode,
    currencyScale,
    account,
    peerAccount,
    party: party ?? ledgerId,
    isConnected,
    ...(maxIn !== undefined && { maxIn }),
    ...(maxOut !== undefined && { maxOut }),
  };
}

function amountOf(text: string | null | undefined): bigint | undefined {
  return text === null || text === undefined ? undefined : BigInt(text);
}
