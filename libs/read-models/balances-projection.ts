import type { Projection } from '#event-store';

/**
 * `balances`: the four sums of every ledger. An end counts with the amount of its own Prepared event,
 * which is found by the transfer's id, for it may lie far behind in the log.
 */
export const BALANCES_PROJECTION: Projection = {
  name: 'balances',
  tables: ['balances'],
  apply: [
    `INSERT INTO balances (ledger_id, updated_at, last_version, last_position)
     SELECT ledger_id, occurred_at, version, position
       FROM ledger_events
      WHERE partition = $1 AND position > $2 AND position <= $3 AND type = 'LedgerOpened'`,
    `WITH step AS (
       SELECT ledger_id, version, position, occurred_at, type, transfer_id
         FROM ledger_events
        WHERE partition = $1 AND position > $2 AND position <= $3
     ), moved AS (
       SELECT s.ledger_id, s.type, p.payload->>'direction' AS direction,
              (p.payload->>'amount')::numeric AS amount
         FROM step s
         JOIN ledger_events p
           ON p.ledger_id = s.ledger_id AND p.transfer_id = s.transfer_id
          AND p.type = 'TransferPrepared'
     ), held AS (
       SELECT ledger_id, direction,
              sum(CASE WHEN type = 'TransferPrepared' THEN amount ELSE -amount END) AS prepared,
              sum(CASE WHEN type = 'TransferFulfilled' THEN amount ELSE 0 END) AS fulfilled
         FROM moved GROUP BY ledger_id, direction
     ), ledger AS (
       SELECT ledger_id, max(version) AS version, max(position) AS position,
              max(occurred_at) AS occurred_at
         FROM step GROUP BY ledger_id
     )
     UPDATE balances b
        SET incoming_fulfilled = b.incoming_fulfilled + coalesce(i.fulfilled, 0),
            incoming_prepared  = b.incoming_prepared + coalesce(i.prepared, 0),
            outgoing_fulfilled = b.outgoing_fulfilled + coalesce(o.fulfilled, 0),
            outgoing_prepared  = b.outgoing_prepared + coalesce(o.prepared, 0),
            updated_at = l.occurred_at, last_version = l.version, last_position = l.position
       FROM ledger l
       LEFT JOIN held i ON i.ledger_id = l.ledger_id AND i.direction = 'incoming'
       LEFT JOIN held o ON o.ledger_id = l.ledger_id AND o.direction = 'outgoing'
      WHERE b.ledger_id = l.ledger_id`,
  ],
};
