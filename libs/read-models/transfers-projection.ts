import type { Projection } from '#event-store';

/** `transfers`: one row per transfer, with the reason of its end and the other leg of its payment. */
export const TRANSFERS_PROJECTION: Projection = {
  name: 'transfers',
  tables: ['transfers'],
  apply: [
    `INSERT INTO transfers (ledger_id, transfer_id, direction, amount, status, expires_at,
                            prepared_at, cause_ledger_id, cause_transfer_id, outgoing_ledger_id,
                            outgoing_transfer_id, outgoing_amount, prepared_version, last_version,
                            last_position)
     SELECT ledger_id, transfer_id, payload->>'direction', (payload->>'amount')::numeric,
            'prepared', to_timestamp((payload->>'expiresAtMs')::numeric / 1000), occurred_at,
            payload#>>'{cause,ledgerId}', (payload#>>'{cause,transferId}')::uuid,
            payload#>>'{plan,ledgerId}', (payload#>>'{plan,transferId}')::uuid,
            (payload#>>'{plan,amount}')::numeric, version, version, position
       FROM ledger_events
      WHERE partition = $1 AND position > $2 AND position <= $3 AND type = 'TransferPrepared'`,
    `UPDATE transfers t
        SET status = CASE e.type WHEN 'TransferFulfilled' THEN 'fulfilled'
                                 WHEN 'TransferRejected' THEN 'rejected'
                                 ELSE 'expired' END,
            finished_at = e.occurred_at,
            reason_code = e.payload#>>'{error,code}',
            reason_message = e.payload#>>'{error,message}',
            reason_triggered_by = e.payload#>>'{error,triggeredBy}',
            last_version = e.version, last_position = e.position
       FROM ledger_events e
      WHERE e.partition = $1 AND e.position > $2 AND e.position <= $3
        AND e.type IN ('TransferFulfilled', 'TransferRejected', 'TransferExpired')
        AND t.ledger_id = e.ledger_id AND t.transfer_id = e.transfer_id`,
  ],
};
