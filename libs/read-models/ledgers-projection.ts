import type { Projection } from '#event-store';

/** `ledgers`: one row per ledger with its accounts and current limits. */
export const LEDGERS_PROJECTION: Projection = {
  name: 'ledgers',
  tables: ['ledgers'],
  apply: [
    `INSERT INTO ledgers (ledger_id, partition, prefix, currency_code, currency_scale, account,
                          peer_account, authority, max_balance, min_balance, opened_at,
                          last_version, last_position)
     SELECT ledger_id, partition, payload->>'prefix', payload->>'currencyCode',
            (payload->>'currencyScale')::smallint, payload->>'account', payload->>'peerAccount',
            payload->>'authority', (payload#>>'{limits,maxBalance}')::numeric,
            (payload#>>'{limits,minBalance}')::numeric, occurred_at, version, position
       FROM ledger_events
      WHERE partition = $1 AND position > $2 AND position <= $3 AND type = 'LedgerOpened'`,
    `UPDATE ledgers l
        SET max_balance = (e.payload#>>'{limits,maxBalance}')::numeric,
            min_balance = (e.payload#>>'{limits,minBalance}')::numeric,
            last_version = e.version, last_position = e.position
       FROM (SELECT DISTINCT ON (ledger_id) ledger_id, payload, version, position
               FROM ledger_events
              WHERE partition = $1 AND position > $2 AND position <= $3 AND type = 'LimitsChanged'
              ORDER BY ledger_id, version DESC) e
      WHERE l.ledger_id = e.ledger_id`,
  ],
};
