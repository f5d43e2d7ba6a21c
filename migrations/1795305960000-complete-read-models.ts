import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What the read models show of provisional transfers, settlements, thresholds, disputes and of the
 * dealings with each peer. New columns begin with what holds of a log without such events; the new
 * tables are filled from the beginning of the log.
 */
export class CompleteReadModels1795305960000 implements MigrationInterface {
  readonly name = 'CompleteReadModels1795305960000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [
      ...EXTEND_BALANCES,
      EXTEND_LEDGERS,
      ...EXTEND_TRANSFERS,
      CREATE_SETTLEMENTS,
      INDEX_SETTLEMENTS,
      CREATE_PEERS,
      GRANT_ALL,
    ]) {
      await queryRunner.query(statement);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [
      'DROP TABLE public.peers, public.settlements',
      ...NARROW_TRANSFERS,
      NARROW_LEDGERS,
      ...NARROW_BALANCES,
      // What the old shape cannot show is shown again by the next rebuild.
      `DELETE FROM public.checkpoints WHERE name = 'settlements'`,
    ]) {
      await queryRunner.query(statement);
    }
  }
}

/** The balance counts what is final, and what was settled or adopted beside the transfers (SPEC §7.3). */
const EXTEND_BALANCES = [
  'ALTER TABLE public.balances DROP COLUMN balance',
  `ALTER TABLE public.balances
     ADD COLUMN settled_paid     numeric(39,0) NOT NULL DEFAULT 0,
     ADD COLUMN settled_received numeric(39,0) NOT NULL DEFAULT 0,
     ADD COLUMN adjusted         numeric(39,0) NOT NULL DEFAULT 0,
     ADD COLUMN balance          numeric(39,0) GENERATED ALWAYS AS
       (incoming_fulfilled - outgoing_fulfilled + settled_paid - settled_received + adjusted) STORED,
     ADD CONSTRAINT balances_settled_not_negative
       CHECK (settled_paid >= 0 AND settled_received >= 0)`,
];

const NARROW_BALANCES = [
  'ALTER TABLE public.balances DROP COLUMN balance',
  `ALTER TABLE public.balances
     DROP CONSTRAINT balances_settled_not_negative,
     DROP COLUMN settled_paid,
     DROP COLUMN settled_received,
     DROP COLUMN adjusted,
     ADD COLUMN balance numeric(39,0) GENERATED ALWAYS AS
       (incoming_fulfilled - outgoing_fulfilled) STORED`,
];

const EXTEND_LEDGERS = `
ALTER TABLE public.ledgers
  ADD COLUMN standing          text          NOT NULL DEFAULT 'open',
  ADD COLUMN standing_by       text,
  ADD COLUMN standing_reason   text,
  ADD COLUMN standing_since    timestamptz(3),
  ADD COLUMN low_threshold     numeric(39,0),
  ADD COLUMN high_threshold    numeric(39,0),
  ADD COLUMN settle_to         numeric(39,0),
  ADD COLUMN beyond_low        boolean       NOT NULL DEFAULT false,
  ADD COLUMN beyond_high       boolean       NOT NULL DEFAULT false,
  ADD COLUMN difference_ours   numeric(39,0),
  ADD COLUMN difference_theirs numeric(39,0),
  ADD COLUMN agreed_balance    numeric(39,0),
  ADD COLUMN agreed_at         timestamptz(3),
  ADD CONSTRAINT ledgers_standing_known
    CHECK (standing IN ('open', 'paused', 'draining', 'closed'))`;

const NARROW_LEDGERS = `
ALTER TABLE public.ledgers
  DROP CONSTRAINT ledgers_standing_known,
  DROP COLUMN standing, DROP COLUMN standing_by, DROP COLUMN standing_reason,
  DROP COLUMN standing_since, DROP COLUMN low_threshold, DROP COLUMN high_threshold,
  DROP COLUMN settle_to, DROP COLUMN beyond_low, DROP COLUMN beyond_high,
  DROP COLUMN difference_ours, DROP COLUMN difference_theirs, DROP COLUMN agreed_balance,
  DROP COLUMN agreed_at`;

const EXTEND_TRANSFERS = [
  `ALTER TABLE public.transfers DROP CONSTRAINT transfers_status_known`,
  `ALTER TABLE public.transfers ADD CONSTRAINT transfers_status_known CHECK (
     status IN ('proposed', 'prepared', 'submitted', 'fulfilled', 'rejected', 'expired')
   )`,
  'DROP INDEX public.transfers_open_idx',
  `CREATE INDEX transfers_open_idx ON public.transfers (expires_at)
     WHERE status IN ('proposed', 'prepared', 'submitted')`,
];

const NARROW_TRANSFERS = [
  'DROP INDEX public.transfers_open_idx',
  `CREATE INDEX transfers_open_idx ON public.transfers (expires_at)
     WHERE status IN ('proposed', 'prepared')`,
  `UPDATE public.transfers SET status = 'prepared' WHERE status = 'submitted'`,
  `ALTER TABLE public.transfers DROP CONSTRAINT transfers_status_known`,
  `ALTER TABLE public.transfers ADD CONSTRAINT transfers_status_known CHECK (
     status IN ('proposed', 'prepared', 'fulfilled', 'rejected', 'expired', 'withdrawn')
   )`,
];

const CREATE_SETTLEMENTS = `
CREATE TABLE public.settlements (
  ledger_id    text COLLATE "C" NOT NULL,
  reference    text COLLATE "C" NOT NULL,
  direction    text             NOT NULL,
  amount       numeric(20,0)    NOT NULL,
  recorded_by  text             NOT NULL,
  recorded_at  timestamptz(3)   NOT NULL,
  reversed_by_reference text COLLATE "C",
  reversal_reason       text,
  reversed_by  text,
  reversed_at  timestamptz(3),
  version      bigint           NOT NULL,
  last_version  bigint          NOT NULL,
  last_position bigint          NOT NULL,
  CONSTRAINT settlements_pkey PRIMARY KEY (ledger_id, reference),
  CONSTRAINT settlements_direction_known CHECK (direction IN ('paid', 'received'))
)`;

const INDEX_SETTLEMENTS = `
CREATE INDEX settlements_version_idx ON public.settlements (ledger_id, version)`;

/** What we did with each peer: numbers of transfers by outcome, money moved, and when last. */
const CREATE_PEERS = `
CREATE TABLE public.peers (
  peer_id             text COLLATE "C" NOT NULL,
  authority           text             NOT NULL,
  known_since         timestamptz(3)   NOT NULL,
  incoming_prepared   bigint           NOT NULL DEFAULT 0,
  incoming_fulfilled  bigint           NOT NULL DEFAULT 0,
  incoming_rejected   bigint           NOT NULL DEFAULT 0,
  incoming_expired    bigint           NOT NULL DEFAULT 0,
  outgoing_prepared   bigint           NOT NULL DEFAULT 0,
  outgoing_fulfilled  bigint           NOT NULL DEFAULT 0,
  outgoing_rejected   bigint           NOT NULL DEFAULT 0,
  outgoing_expired    bigint           NOT NULL DEFAULT 0,
  amount_received     numeric(39,0)    NOT NULL DEFAULT 0,
  amount_sent         numeric(39,0)    NOT NULL DEFAULT 0,
  last_prepared_at    timestamptz(3),
  last_fulfilled_at   timestamptz(3),
  last_failed_at      timestamptz(3),
  last_settled_at     timestamptz(3),
  disagreements       bigint           NOT NULL DEFAULT 0,
  last_version        bigint           NOT NULL,
  last_position       bigint           NOT NULL,
  CONSTRAINT peers_pkey PRIMARY KEY (peer_id)
) WITH (fillfactor = 50)`;

const GRANT_ALL = `
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON public.settlements, public.peers
  TO causeway_runtime`;
