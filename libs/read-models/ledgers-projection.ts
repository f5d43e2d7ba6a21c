import type { Projection } from '#event-store';

/** The latest event of one of some types per ledger within the step, as `e`. */
const latest = (types: string): string => `
  (SELECT DISTINCT ON (ledger_id) ledger_id, type, payload, occurred_at, version, position
     FROM ledger_events
    WHERE partition = $1 AND position > $2 AND position <= $3 AND type IN (${types})
    ORDER BY ledger_id, version DESC) e`;

const DIFFERENCES = `'LedgerDisputed', 'DisputeResolved', 'ShadowDiverged', 'ShadowReconciled'`;

/**
 * Whether the step leaves a difference, whether it ended one, and when the one it leaves began: by
 * its first report since the last end, so that it is the same however the log is cut into steps.
 */
const DIFFERENCE_OF_STEP = `
  SELECT e.type IN ('LedgerDisputed', 'ShadowDiverged') AS is_open,
         ended.version IS NOT NULL AS ended_within,
         (SELECT x.occurred_at FROM ledger_events x
           WHERE x.ledger_id = e.ledger_id AND x.version > coalesce(ended.version, 0)
             AND x.partition = $1 AND x.position > $2 AND x.position <= $3
             AND x.type IN ('LedgerDisputed', 'ShadowDiverged')
           ORDER BY x.version LIMIT 1) AS began_at
    FROM (SELECT max(x.version) AS version FROM ledger_events x
           WHERE x.ledger_id = e.ledger_id
             AND x.partition = $1 AND x.position > $2 AND x.position <= $3
             AND x.type IN ('DisputeResolved', 'ShadowReconciled')) ended`;

const SEEN = `
  last_version = greatest(l.last_version, e.version),
  last_position = greatest(l.last_position, e.position)`;

/**
 * `ledgers`: one row per ledger with its accounts, its limits and thresholds as they are now, its
 * standing, and where we and the peer do not agree.
 */
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
            min_balance = (e.payload#>>'{limits,minBalance}')::numeric, ${SEEN}
       FROM ${latest(`'LimitsChanged'`)}
      WHERE l.ledger_id = e.ledger_id`,
    `UPDATE ledgers l
        SET standing = CASE e.type WHEN 'LedgerPaused' THEN 'paused'
                                   WHEN 'LedgerDraining' THEN 'draining'
                                   WHEN 'LedgerClosed' THEN 'closed' ELSE 'open' END,
            standing_by = e.payload->>'by', standing_reason = e.payload->>'reason',
            standing_since = e.occurred_at,
            closed_at = CASE e.type WHEN 'LedgerClosed' THEN e.occurred_at END, ${SEEN}
       FROM ${latest(`'LedgerPaused', 'LedgerResumed', 'LedgerDraining', 'LedgerClosed'`)}
      WHERE l.ledger_id = e.ledger_id`,
    `UPDATE ledgers l
        SET low_threshold = (e.payload#>>'{thresholds,low}')::numeric,
            high_threshold = (e.payload#>>'{thresholds,high}')::numeric,
            settle_to = (e.payload#>>'{thresholds,settleTo}')::numeric, ${SEEN}
       FROM ${latest(`'ThresholdsChanged'`)}
      WHERE l.ledger_id = e.ledger_id`,
    ...(['low', 'high'] as const).map(
      (side) => `
     UPDATE ledgers l
        SET beyond_${side} = e.payload->>'change' = 'reached', ${SEEN}
       FROM (SELECT DISTINCT ON (ledger_id) ledger_id, payload, version, position
               FROM ledger_events
              WHERE partition = $1 AND position > $2 AND position <= $3
                AND type = 'ThresholdCrossed' AND payload->>'threshold' = '${side}'
              ORDER BY ledger_id, version DESC) e
      WHERE l.ledger_id = e.ledger_id`,
    ),
    `UPDATE ledgers l
        SET difference_ours = CASE WHEN d.is_open THEN (e.payload->>'ours')::numeric END,
            difference_theirs = CASE WHEN d.is_open THEN (e.payload->>'theirs')::numeric END,
            disputed_at = CASE WHEN NOT d.is_open THEN NULL
                               WHEN d.ended_within THEN d.began_at
                               ELSE coalesce(l.disputed_at, d.began_at) END, ${SEEN}
       FROM ${latest(DIFFERENCES)}, LATERAL (${DIFFERENCE_OF_STEP}) d
      WHERE l.ledger_id = e.ledger_id`,
    `UPDATE ledgers l
        SET agreed_balance = (e.payload->>'theirs')::numeric, agreed_at = e.occurred_at, ${SEEN}
       FROM ${latest(`'BalanceCompared', 'DisputeResolved', 'ShadowReconciled'`)}
      WHERE l.ledger_id = e.ledger_id`,
  ],
};
