import type { PeerSettings } from '#platform';
import { areNested } from '#protocol';
import type { LedgerView } from '#read-models';
import { ledgerInTheWay, ledgerIsOver } from './peer-errors';

/**
 * A ledger outlives its peer: one of the same id must be the same ledger, and no other may share its
 * addresses.
 * @throws HttpException 409
 */
export function requireRoomAmongLedgers(peer: PeerSettings, ledgers: readonly LedgerView[]): void {
  for (const ledger of ledgers) {
    if (ledger.ledger === peer.id) requireSame(peer, ledger);
    else requireApart(peer, ledger);
  }
}

/** Two public keys, ours and the peer's, of which the prefix of a ledger follows (SPEC §8.4). */
export interface LedgerKeys {
  readonly account: string;
  readonly peerAccount: string;
}

/**
 * The ledger that follows from two keys must be the one of that id, and no other one's.
 * @throws HttpException 409
 */
export function requireRoomForKeys(
  { id, ledger: { currencyCode, currencyScale } }: PeerSettings,
  keys: LedgerKeys,
  ledgers: readonly LedgerView[],
): void {
  for (const stored of ledgers) {
    const isBetween = stored.account === keys.account && stored.peerAccount === keys.peerAccount;
    const isOfCurrency =
      stored.currencyCode === currencyCode && stored.currencyScale === currencyScale;
    if (stored.ledger === id && !isBetween) {
      const field = stored.peerAccount === keys.peerAccount ? 'account' : 'peerAccount';
      const kept = `${stored[field]} (of ledger ${id})`;
      throw ledgerInTheWay({ field, stored: kept, wanted: keys[field] });
    }
    if (stored.ledger !== id && isBetween && isOfCurrency) {
      const kept = `${stored.prefix} (of ledger ${stored.ledger})`;
      throw ledgerInTheWay({ field: 'prefix', stored: kept, wanted: stored.prefix });
    }
  }
}

function requireSame({ id, authority, ledger }: PeerSettings, stored: LedgerView): void {
  if (stored.standing === 'closed') throw ledgerIsOver(id);
  const { currencyCode, currencyScale, prefix = stored.prefix } = ledger;
  const wanted = { currencyCode, currencyScale, prefix, authority };
  for (const field of ['currencyCode', 'currencyScale', 'prefix', 'authority'] as const) {
    if (stored[field] === wanted[field]) continue;
    const kept = `${stored[field]} (of ledger ${id})`;
    throw ledgerInTheWay({ field, stored: kept, wanted: String(wanted[field]) });
  }
}

function requireApart({ ledger: { prefix } }: PeerSettings, stored: LedgerView): void {
  if (prefix === undefined || !areNested(prefix, stored.prefix)) return;
  const kept = `${stored.prefix} (of ledger ${stored.ledger})`;
  throw ledgerInTheWay({ field: 'prefix', stored: kept, wanted: prefix });
}
