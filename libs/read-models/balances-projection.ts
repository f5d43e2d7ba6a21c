import type { Projection } from '#event-store';

const count = (direction: string, outcome: string): string =>
  `count(*) FILTER (WHERE direction = '${direction}' AND outcome = '${outcome}')`;

const sum = (direction: string, outcome: string): string =>
  `sum(amount) FILTER (WHERE direction = '${direction}' AND outcome = '${outcome}')`;

const last = (condition: string): string => `max(occurred_at) FILTER (WHERE ${condition})`;

/** By direction and outcome, what a step of the log adds to the numbers of a peer. */
const COUNTED = ['incoming', 'outgoing'].flatMap((direction) =>
  ['begun', 'fulfilled', 'rejected', 'expired'].map(
    (outcome) => `${count(direction, outcome)} AS ${direction}_${outcome}`,
  ),
);

/** What is on hold afterwards: begun, and not ended. */
const held = (direction: string): string => `
  coalesce(${sum(direction, 'begun')}, 0) - coalesce(sum(amount) FILTER (
    WHERE direction = '${direction}' AND outcome IN ('fulfilled', 'rejected', 'expired')), 0)`;

/**
 * One step of the log, each event with the direction and amount of its transfer. An end counts with
 * those of the event that began its transfer, which is found by the transfer's id, for it may lie
 * far behind in the log; looking it up is what a step costs, so both tables share it.
 */
const STEP = `
  step AS (
    SELECT s.ledger_id, s.version, s.position, s.occurred_at, s.type, s.payload,
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
  )`;

/** Settlements and adopted figures: what moves a balance beside the transfers. */
const BESIDE = `
  beside AS (
    SELECT ledger_id,
           sum(settled * sign) FILTER (WHERE direction = 'paid') AS paid,
           sum(settled * sign) FILTER (WHERE direction = 'received') AS received,
           sum(adopted) AS adopted
      FROM (SELECT ledger_id, payload->>'direction' AS direction,
                   (payload->>'amount')::numeric AS settled,
                   CASE type WHEN 'SettlementRecorded' THEN 1
                             WHEN 'SettlementReversed' THEN -1 ELSE 0 END AS sign,
                   (payload->>'theirs')::numeric - (payload->>'ours')::numeric AS adopted
              FROM step
             WHERE type IN ('SettlementRecorded', 'SettlementReversed')
                OR (type IN ('ShadowReconciled', 'DisputeResolved')
                    AND payload->>'how' = 'adopted')) moved
     GROUP BY ledger_id
  )`;

const DEALINGS = `
  dealings AS (
    SELECT ledger_id, max(version) AS version, max(position) AS position,
           max(occurred_at) AS occurred_at, ${COUNTED.join(', ')},
           ${held('incoming')} AS incoming_held, ${held('outgoing')} AS outgoing_held,
           coalesce(${sum('incoming', 'fulfilled')}, 0) AS received,
           coalesce(${sum('outgoing', 'fulfilled')}, 0) AS sent,
           ${last(`outcome = 'begun'`)} AS prepared_at,
           ${last(`outcome = 'fulfilled'`)} AS fulfilled_at,
           ${last(`outcome IN ('rejected', 'expired')`)} AS failed_at,
           ${last(`type = 'SettlementRecorded'`)} AS settled_at,
           count(*) FILTER (WHERE type IN ('LedgerDisputed', 'ShadowDiverged')) AS disagreements
      FROM step GROUP BY ledger_id
  )`;

const CARRY_PEERS = `
  carried AS (
    UPDATE peers p
       SET incoming_prepared  = p.incoming_prepared + d.incoming_begun,
           incoming_fulfilled = p.incoming_fulfilled + d.incoming_fulfilled,
           incoming_rejected  = p.incoming_rejected + d.incoming_rejected,
           incoming_expired   = p.incoming_expired + d.incoming_expired,
           outgoing_prepared  = p.outgoing_prepared + d.outgoing_begun,
           outgoing_fulfilled = p.outgoing_fulfilled + d.outgoing_fulfilled,
           outgoing_rejected  = p.outgoing_rejected + d.outgoing_rejected,
           outgoing_expired   = p.outgoing_expired + d.outgoing_expired,
           amount_received    = p.amount_received + d.received,
           amount_sent        = p.amount_sent + d.sent,
           last_prepared_at   = coalesce(d.prepared_at, p.last_prepared_at),
           last_fulfilled_at  = coalesce(d.fulfilled_at, p.last_fulfilled_at),
           last_failed_at     = coalesce(d.failed_at, p.last_failed_at),
           last_settled_at    = coalesce(d.settled_at, p.last_settled_at),
           disagreements      = p.disagreements + d.disagreements,
           last_version = d.version, last_position = d.position
      FROM dealings d WHERE p.peer_id = d.ledger_id
  )`;

const CARRY_BALANCES = `
  UPDATE balances b
     SET incoming_fulfilled = b.incoming_fulfilled + d.received,
         incoming_prepared  = b.incoming_prepared + d.incoming_held,
         outgoing_fulfilled = b.outgoing_fulfilled + d.sent,
         outgoing_prepared  = b.outgoing_prepared + d.outgoing_held,
         settled_paid       = b.settled_paid + coalesce(s.paid, 0),
         settled_received   = b.settled_received + coalesce(s.received, 0),
         adjusted           = b.adjusted + coalesce(s.adopted, 0),
         updated_at = d.occurred_at, last_version = d.version, last_position = d.position
    FROM dealings d LEFT JOIN beside s ON s.ledger_id = d.ledger_id
   WHERE b.ledger_id = d.ledger_id`;

/**
 * `balances`, the sums of every ledger (what is open, be it proposed, prepared or submitted, is on
 * hold), and `peers`, our dealings with each peer: how many transfers came to what end, what moved,
 * when last, and how often we did not agree. Two tables of one fold.
 */
export const BALANCES_PROJECTION: Projection = {
  name: 'balances',
  tables: ['balances', 'peers'],
  apply: [
    `INSERT INTO balances (ledger_id, updated_at, last_version, last_position)
     SELECT ledger_id, occurred_at, version, position
       FROM ledger_events
      WHERE partition = $1 AND position > $2 AND position <= $3 AND type = 'LedgerOpened'`,
    `INSERT INTO peers (peer_id, authority, known_since, last_version, last_position)
     SELECT ledger_id, payload->>'authority', occurred_at, version, position
       FROM ledger_events
      WHERE partition = $1 AND position > $2 AND position <= $3 AND type = 'LedgerOpened'`,
    `WITH ${STEP}, ${BESIDE}, ${DEALINGS}, ${CARRY_PEERS} ${CARRY_BALANCES}`,
  ],
};
