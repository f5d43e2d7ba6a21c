import type { LedgerDescription } from '#contracts';
import type { LedgerState } from '#domain/ledger';

/** The ledger as other services need to know it. */
export function describeLedger(ledger: LedgerState): LedgerDescription {
  return {
    ledgerId: ledger.id,
    prefix: ledger.prefix,
    currencyCode: ledger.currencyCode,
    currencyScale: ledger.currencyScale,
    account: ledger.account,
    peerAccount: ledger.peerAccount,
    authority: ledger.authority,
    maxBalance: ledger.limits.maxBalance?.toString() ?? null,
    minBalance: ledger.limits.minBalance?.toString() ?? null,
  };
}
