import type { Projection } from '#event-store';

/**
 * `balances`: the sums of every ledger; what is open, be it proposed, prepared or submitted, is on
 * hold. An end counts with the amount of the event that began its transfer, which is found by the
 * transfer's id, for it may lie far behind in the log.
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
       SELECT ledger_id, version, position, occurred_at, type, transfer_id, payload
         FROM ledger_events
        WHERE partition = $1 AND position > $2 AND position <= $3
     ), moved AS (
       SELECT s.ledger_id, s.type, b.payload->>'direction' AS direction,
              (b.payload->>'amount')::numeric AS amount
         FROM step s
         JOIN ledger_events b
           ON b.ledger_id = s.ledger_id AND b.transfer_id = s.transfer_id
          AND b.type IN ('TransferPrepared', 'TransferProposed')
        WHERE s.type NOT IN ('ProposalAccepted', 'FulfillmentSubmitted')
     ), held AS (
       SELECT ledger_id, direction,
              sum(CASE WHEN type IN ('TransferPrepared', 'TransferProposed') THEN amount
                       ELSE -amount END) AS prepared,
              sum(CASE WHEN type = 'TransferFulfilled' THEN amount ELSE 0 END) AS fulfilled
         FROM moved GROUP BY ledger_id, direction
     ), beside AS (
       SELECT ledger_id,
              sum(amount * sign) FILTER (WHERE direction = 'paid') AS paid,
              sum(amount * sign) FILTER (WHERE direction = 'received') AS received,
              sum(adopted) AS adopted
         FROM (SELECT ledger_id, payload->>'direction' AS direction,
                      (payload->>'amount')::numeric AS amount,
                      CASE type WHEN 'SettlementRecorded' THEN 1
                                WHEN 'SettlementReversed' THEN -1 ELSE 0 END AS sign,
                      (payload->>'theirs')::numeric - (payload->>'ours')::numeric AS adopted
                 FROM step
                WHERE type IN ('SettlementRecorded', 'SettlementReversed')
                   OR (type IN ('ShadowReconciled', 'DisputeResolved')
                       AND payload->>'how' = 'adopted')) settled
        GROUP BY ledger_id
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
            settled_paid       = b.settled_paid + coalesce(s.paid, 0),
            settled_received   = b.settled_received + coalesce(s.received, 0),
            adjusted           = b.adjusted + coalesce(s.adopted, 0),
            updated_at = l.occurred_at, last_version = l.version, last_position = l.position
       FROM ledger l
       LEFT JOIN held i ON i.ledger_id = l.ledger_id AND i.direction = 'incoming'
       LEFT JOIN held o ON o.ledger_id = l.ledger_id AND o.direction = 'outgoing'
       LEFT JOIN beside s ON s.ledger_id = l.ledger_id
      WHERE b.ledger_id = l.ledger_id`,
  ],
};
