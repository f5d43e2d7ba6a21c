import type { DataSource } from 'typeorm';
import { asOfColumn, isoColumn, type AsOf } from './as-of';

/** Numbers of transfers in one direction, as decimal text. */
interface DealingsView {
  readonly prepared: string;
  readonly fulfilled: string;
  readonly rejected: string;
  readonly expired: string;
  /** What was fulfilled, in base units of the ledger between us. */
  readonly amount: string;
}

/** What we did with a peer, since the ledger between us was opened. */
export interface PeerView {
  readonly peer: string;
  readonly authority: string;
  readonly knownSince: string;
  readonly incoming: DealingsView;
  readonly outgoing: DealingsView;
  readonly lastPreparedAt: string | null;
  readonly lastFulfilledAt: string | null;
  readonly lastFailedAt: string | null;
  readonly lastSettledAt: string | null;
  /** How often our figures and the peer's were certain to differ. */
  readonly disagreements: string;
  readonly asOf: AsOf;
}

/** In order of ids. */
export function readPeers(dataSource: DataSource): Promise<PeerView[]> {
  return dataSource.query(`${SELECT_PEERS} ORDER BY p.peer_id`);
}

export async function readPeer(
  dataSource: DataSource,
  peerId: string,
): Promise<PeerView | undefined> {
  const rows: PeerView[] = await dataSource.query(`${SELECT_PEERS} WHERE p.peer_id = $1`, [peerId]);
  return rows[0];
}

const dealings = (direction: string, amount: string): string => `
  json_build_object('prepared', p.${direction}_prepared::text,
                    'fulfilled', p.${direction}_fulfilled::text,
                    'rejected', p.${direction}_rejected::text,
                    'expired', p.${direction}_expired::text,
                    'amount', p.${amount}::text) AS ${direction}`;

const SELECT_PEERS = `
SELECT p.peer_id AS peer, p.authority, ${isoColumn('p.known_since', 'knownSince')},
       ${dealings('incoming', 'amount_received')}, ${dealings('outgoing', 'amount_sent')},
       ${isoColumn('p.last_prepared_at', 'lastPreparedAt')},
       ${isoColumn('p.last_fulfilled_at', 'lastFulfilledAt')},
       ${isoColumn('p.last_failed_at', 'lastFailedAt')},
       ${isoColumn('p.last_settled_at', 'lastSettledAt')},
       p.disagreements::text AS disagreements, ${asOfColumn('balances', 'l.partition')}
  FROM peers p JOIN ledgers l ON l.ledger_id = p.peer_id`;
