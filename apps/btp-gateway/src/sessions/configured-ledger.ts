import type { LedgerDescription } from '#contracts';
import type { PeerSettings } from '#platform';

/**
 * The ledger as configured: an administrator decides about it alone, and both sides of a symmetric
 * one have agreed on it beforehand.
 * @throws RangeError without a prefix
 */
export function configuredLedger(peer: PeerSettings): LedgerDescription {
  const { prefix, currencyCode, currencyScale, account, peerAccount, ...limits } = peer.ledger;
  if (prefix === undefined) throw new RangeError(`peer ${peer.id} has no ledger.prefix`);
  return {
    ledgerId: peer.id,
    prefix,
    currencyCode,
    currencyScale,
    account,
    peerAccount,
    authority: peer.authority,
    maxBalance: limits.maxBalance?.toString() ?? null,
    minBalance: limits.minBalance?.toString() ?? null,
  };
}
