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
            CASE type WHEN 'TransferProposed' THEN 'proposed' ELSE 'prepared' END,
            to_timestamp((payload->>'expiresAtMs')::numeric / 1000), occurred_at,
            payload#>>'{cause,ledgerId}', (payload#>>'{cause,transferId}')::uuid,
            payload#>>'{plan,ledgerId}', (payload#>>'{plan,transferId}')::uuid,
            (payload#>>'{plan,amount}')::numeric, version, version, position
       FROM ledger_events
      WHERE partition = $1 AND position > $2 AND position <= $3
        AND type IN ('TransferPrepared', 'TransferProposed')`,
    // Within one step a transfer may go through several of these: the latest is what it is.
    `UPDATE transfers t
        SET status = CASE e.type WHEN 'ProposalAccepted' THEN 'prepared'
                                 WHEN 'FulfillmentSubmitted' THEN 'submitted'
                                 WHEN 'TransferFulfilled' THEN 'fulfilled'
                                 WHEN 'TransferRejected' THEN 'rejected'
                                 ELSE 'expired' END,
            finished_at = CASE WHEN e.type NOT IN ('ProposalAccepted', 'FulfillmentSubmitted')
                               THEN e.occurred_at END,
            reason_code = e.payload#>>'{error,code}',
            reason_message = e.payload#>>'{error,message}',
            reason_triggered_by = e.payload#>>'{error,triggeredBy}',
            last_version = e.version, last_position = e.position
       FROM (SELECT DISTINCT ON (ledger_id, transfer_id)
                    ledger_id, transfer_id, type, payload, occurred_at, version, position
               FROM ledger_events
              WHERE partition = $1 AND position > $2 AND position <= $3
                AND type IN ('ProposalAccepted', 'FulfillmentSubmitted', 'TransferFulfilled',
                             'TransferRejected', 'TransferExpired')
              ORDER BY ledger_id, transfer_id, version DESC) e
      WHERE t.ledger_id = e.ledger_id AND t.transfer_id = e.transfer_id`,
  ],
};
