import type { Projection } from '#event-store';

const count = (direction: string, type: string): string =>
  `count(*) FILTER (WHERE direction = '${direction}' AND outcome = '${type}')`;

const last = (condition: string): string => `max(occurred_at) FILTER (WHERE ${condition})`;

/**
 * `peers`: the dealings with each peer, from the log of the ledger between us: how many transfers
 * came to what end, what moved, when last, and how often we did not agree.
 */
export const PEERS_PROJECTION: Projection = {
  name: 'peers',
  tables: ['peers'],
  apply: [
    `INSERT INTO peers (peer_id, authority, known_since, last_version, last_position)
     SELECT ledger_id, payload->>'authority', occurred_at, version, position
       FROM ledger_events
      WHERE partition = $1 AND position > $2 AND position <= $3 AND type = 'LedgerOpened'`,
    `WITH step AS (
       SELECT s.ledger_id, s.type, s.occurred_at, s.version, s.position,
              b.payload->>'direction' AS direction, (b.payload->>'amount')::numeric AS amount,
              CASE s.type WHEN 'TransferPrepared' THEN 'begun' WHEN 'TransferProposed' THEN 'begun'
                          WHEN 'TransferFulfilled' THEN 'fulfilled'
                          WHEN 'TransferRejected' THEN 'rejected'
                          WHEN 'TransferExpired' THEN 'expired' END AS outcome
         FROM ledger_events s
         LEFT JOIN ledger_events b
           ON b.ledger_id = s.ledger_id AND b.transfer_id = s.transfer_id
          AND b.type IN ('TransferPrepared', 'TransferProposed')
        WHERE s.partition = $1 AND s.position > $2 AND s.position <= $3
     ), dealings AS (
       SELECT ledger_id, max(version) AS version, max(position) AS position,
              ${count('incoming', 'begun')} AS incoming_prepared,
              ${count('incoming', 'fulfilled')} AS incoming_fulfilled,
              ${count('incoming', 'rejected')} AS incoming_rejected,
              ${count('incoming', 'expired')} AS incoming_expired,
              ${count('outgoing', 'begun')} AS outgoing_prepared,
              ${count('outgoing', 'fulfilled')} AS outgoing_fulfilled,
              ${count('outgoing', 'rejected')} AS outgoing_rejected,
              ${count('outgoing', 'expired')} AS outgoing_expired,
              sum(amount) FILTER (WHERE direction = 'incoming' AND outcome = 'fulfilled') AS received,
              sum(amount) FILTER (WHERE direction = 'outgoing' AND outcome = 'fulfilled') AS sent,
              ${last(`outcome = 'begun'`)} AS prepared_at,
              ${last(`outcome = 'fulfilled'`)} AS fulfilled_at,
              ${last(`outcome IN ('rejected', 'expired')`)} AS failed_at,
              ${last(`type = 'SettlementRecorded'`)} AS settled_at,
              count(*) FILTER (WHERE type IN ('LedgerDisputed', 'ShadowDiverged')) AS disagreements
         FROM step GROUP BY ledger_id
     )
     UPDATE peers p
        SET incoming_prepared  = p.incoming_prepared + d.incoming_prepared,
            incoming_fulfilled = p.incoming_fulfilled + d.incoming_fulfilled,
            incoming_rejected  = p.incoming_rejected + d.incoming_rejected,
            incoming_expired   = p.incoming_expired + d.incoming_expired,
            outgoing_prepared  = p.outgoing_prepared + d.outgoing_prepared,
            outgoing_fulfilled = p.outgoing_fulfilled + d.outgoing_fulfilled,
            outgoing_rejected  = p.outgoing_rejected + d.outgoing_rejected,
            outgoing_expired   = p.outgoing_expired + d.outgoing_expired,
            amount_received    = p.amount_received + coalesce(d.received, 0),
            amount_sent        = p.amount_sent + coalesce(d.sent, 0),
            last_prepared_at   = coalesce(d.prepared_at, p.last_prepared_at),
            last_fulfilled_at  = coalesce(d.fulfilled_at, p.last_fulfilled_at),
            last_failed_at     = coalesce(d.failed_at, p.last_failed_at),
            last_settled_at    = coalesce(d.settled_at, p.last_settled_at),
            disagreements      = p.disagreements + d.disagreements,
            last_version = d.version, last_position = d.position
       FROM dealings d
      WHERE p.peer_id = d.ledger_id`,
  ],
};
