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
