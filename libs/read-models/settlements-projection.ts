import type { Projection } from '#event-store';

/** `settlements`: what was paid outside of the ledgers, one row each, with its reversal if any. */
export const SETTLEMENTS_PROJECTION: Projection = {
  name: 'settlements',
  tables: ['settlements'],
  apply: [
    `INSERT INTO settlements (ledger_id, reference, direction, amount, recorded_by, recorded_at,
                              version, last_version, last_position)
     SELECT ledger_id, payload->>'reference', payload->>'direction',
            (payload->>'amount')::numeric, payload->>'by', occurred_at, version, version, position
       FROM ledger_events
      WHERE partition = $1 AND position > $2 AND position <= $3 AND type = 'SettlementRecorded'`,
    `UPDATE settlements s
        SET reversed_by_reference = e.payload->>'reference',
            reversal_reason = e.payload->>'reason', reversed_by = e.payload->>'by',
            reversed_at = e.occurred_at, last_version = e.version, last_position = e.position
       FROM ledger_events e
      WHERE e.partition = $1 AND e.position > $2 AND e.position <= $3
        AND e.type = 'SettlementReversed'
        AND s.ledger_id = e.ledger_id AND s.reference = e.payload->>'reverses'`,
  ],
};
