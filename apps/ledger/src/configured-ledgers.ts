import type { LedgerDescription, LedgerOpenReply } from '#contracts';
import type { Configuration, PeerSettings } from '#platform';

/** The configuration wants of a stored ledger what a ledger cannot do. */
export class LedgerConflictError extends Error {
  override readonly name = 'LedgerConflictError';
}

/** The ledgers that we administer, as the configuration wants them; shadows come from their peers. */
export function configuredLedgers({ peers }: Configuration): LedgerDescription[] {
  return peers.flatMap((peer) => (peer.authority === 'admin' ? [description(peer)] : []));
}

function description({ id, ledger, authority }: PeerSettings): LedgerDescription {
  return {
    ledgerId: id,
    prefix: ledger.prefix ?? '',
    currencyCode: ledger.currencyCode,
    currencyScale: ledger.currencyScale,
    account: ledger.account,
    peerAccount: ledger.peerAccount,
    authority,
    maxBalance: ledger.maxBalance?.toString() ?? null,
    minBalance: ledger.minBalance?.toString() ?? null,
  };
}

/** @throws LedgerConflictError naming peer, field and both values. */
export async function openConfigured(
  configuration: Configuration,
  ensure: (wanted: LedgerDescription) => Promise<LedgerOpenReply>,
): Promise<void> {
  for (const wanted of configuredLedgers(configuration)) {
    const reply = await ensure(wanted);
    if (reply.outcome !== 'conflict') continue;
    throw new LedgerConflictError(
      `peers.${wanted.ledgerId}.ledger: ${reply.field} is "${reply.wanted}" in the configuration, ` +
        `but the log has "${reply.stored}"`,
    );
  }
}
