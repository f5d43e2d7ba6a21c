import { setTimeout as sleep } from 'node:timers/promises';
import type { LedgerDescription, LedgerOpenReply } from '#contracts';
import type { Configuration, PeerSettings } from '#platform';

/** The configuration wants of a stored ledger what a ledger cannot do. */
export class LedgerConflictError extends Error {
  override readonly name = 'LedgerConflictError';
}

/**
 * The ledgers on which we decide, alone or together with the peer, as the configuration wants them;
 * what others keep comes from them.
 */
export function configuredLedgers({ peers }: Configuration): LedgerDescription[] {
  return peers.flatMap((peer) => (isOurs(peer) ? [description(peer)] : []));
}

/** One whose prefix follows from what the peer's host tells is opened by whoever has looked there. */
function isOurs({ authority, ledger }: PeerSettings): boolean {
  return ledger.prefix !== undefined && (authority === 'admin' || authority === 'symmetric');
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

export interface LedgerOwner {
  owns(ledgerId: string): boolean;
  ensure(wanted: LedgerDescription): Promise<LedgerOpenReply>;
}

const ASK_AGAIN_MS = 100;

/**
 * Opens those of the configured ledgers that this process decides on; the others are opened by
 * theirs. Asks again until it is answered, or no longer the owner. What was opened once is added to
 * `opened` and left alone from then on, however often its partition comes and goes.
 * @throws LedgerConflictError naming peer, field and both values.
 */
export async function openConfigured(
  configuration: Configuration,
  owner: LedgerOwner,
  opened: Set<string>,
): Promise<void> {
  for (const wanted of configuredLedgers(configuration)) {
    while (owner.owns(wanted.ledgerId) && !opened.has(wanted.ledgerId)) {
      const reply = await owner.ensure(wanted);
      if (reply.outcome === 'conflict') throw conflict(wanted, reply);
      if (reply.outcome === 'unavailable') await sleep(ASK_AGAIN_MS);
      else opened.add(wanted.ledgerId);
    }
  }
}

function conflict(
  wanted: LedgerDescription,
  reply: Extract<LedgerOpenReply, { outcome: 'conflict' }>,
): LedgerConflictError {
  return new LedgerConflictError(
    `peers.${wanted.ledgerId}.ledger: ${reply.field} is "${reply.wanted}" in the configuration, ` +
      `but the log has "${reply.stored}"`,
  );
}
