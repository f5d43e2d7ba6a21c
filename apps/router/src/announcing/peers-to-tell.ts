import type { LedgerDescription } from '#contracts';
import type { ConnectedPeer, ConnectedPeers, LedgerDirectory } from '#messaging';
import type { AnnouncedPeer } from './announced-peer';
import type { PeerBook } from './peer-book';

export interface PeersToTellParts {
  readonly ledgers: Pick<LedgerDirectory, 'ledgers'>;
  readonly connected: Pick<ConnectedPeers, 'isKnown' | 'get'>;
  readonly peers: Pick<PeerBook, 'has' | 'dialectOf'>;
  /** Ledgers that we run as a validator: their parties tell each other. */
  readonly relays: ReadonlyMap<string, string>;
  /** Otherwise nobody is told anything (SPEC §14.1). */
  readonly isTelling: boolean;
  /** Whether the tables hold what there is to tell. */
  readonly isCaughtUp: () => boolean;
}

/**
 * Who is told our routes. undefined while anything is not known yet that would make them others
 * than they are: peers would be told to forget all.
 */
export function peersToTell(parts: PeersToTellParts): readonly AnnouncedPeer[] | undefined {
  const { ledgers, connected, relays, peers } = parts;
  if (!parts.isTelling) return [];
  if (ledgers.ledgers === undefined || !connected.isKnown || !parts.isCaughtUp()) return undefined;
  return ledgers.ledgers
    .filter(({ ledgerId }) => !relays.has(ledgerId) && peers.has(ledgerId) !== false)
    .map((ledger) => announced(ledger, parts));
}

/** A ledger has the name of its peer. */
function announced(
  { ledgerId, prefix, account }: LedgerDescription,
  { connected, peers }: PeersToTellParts,
): AnnouncedPeer {
  return {
    peerId: ledgerId,
    ledgerId,
    sourceLedger: prefix,
    sourceAccount: prefix + account,
    dialect: peers.dialectOf(ledgerId),
    session: sessionOf(connected.get(ledgerId)),
  };
}

function sessionOf(peer: ConnectedPeer | undefined): AnnouncedPeer['session'] {
  if (peer === undefined) return undefined;
  const { gatewayId, sinceMs, speaks, ccpDialects: dialects = [] } = peer;
  return { id: `${gatewayId}/${sinceMs}`, sinceMs, speaks, dialects };
}
