import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Tables for people and reports. They follow the log by checkpoint and may be emptied and rebuilt
 * at any time; nothing decides by them. Amounts are base units of the ledger.
 */
export class CreateReadModels1795305780000 implements MigrationInterface {
  readonly name = 'CreateReadModels1795305780000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [CREATE_LEDGERS, CREATE_BALANCES, CREATE_TRANSFERS]) {
      await queryRunner.query(statement);
    }
    await queryRunner.query(INDEX_BY_PREPARATION);
    await queryRunner.query(INDEX_OPEN);
    await queryRunner.query(GRANT_ALL);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE public.transfers, public.balances, public.ledgers');
  }
}

const CREATE_LEDGERS = `
CREATE TABLE public.ledgers (
  ledger_id      text COLLATE "C" NOT NULL,
  partition      smallint         NOT NULL,
  prefix         text             NOT NULL,
  currency_code  text             NOT NULL,
  currency_scale smallint         NOT NULL,
  account        text             NOT NULL,
  peer_account   text             NOT NULL,
  authority      text             NOT NULL,
  max_balance    numeric(39,0),
  min_balance    numeric(39,0),
  opened_at      timestamptz(3)   NOT NULL,
  disputed_at    timestamptz(3),
  closed_at      timestamptz(3),
  last_version   bigint           NOT NULL,
  last_position  bigint           NOT NULL,
  CONSTRAINT ledgers_pkey PRIMARY KEY (ledger_id)
)`;

// A balance counts only what is fulfilled; what is prepared stands beside it (SPEC §7.3).
const CREATE_BALANCES = `
CREATE TABLE public.balances (
  ledger_id          text COLLATE "C" NOT NULL,
  incoming_fulfilled numeric(39,0)    NOT NULL DEFAULT 0,
  incoming_prepared  numeric(39,0)    NOT NULL DEFAULT 0,
  outgoing_fulfilled numeric(39,0)    NOT NULL DEFAULT 0,
  outgoing_prepared  numeric(39,0)    NOT NULL DEFAULT 0,
  balance            numeric(39,0)    GENERATED ALWAYS AS
                                      (incoming_fulfilled - outgoing_fulfilled) STORED,
  updated_at         timestamptz(3)   NOT NULL,
  last_version       bigint           NOT NULL,
  last_position      bigint           NOT NULL,
  CONSTRAINT balances_pkey PRIMARY KEY (ledger_id),
  CONSTRAINT balances_sums_not_negative CHECK (
    incoming_fulfilled >= 0 AND incoming_prepared >= 0 AND
    outgoing_fulfilled >= 0 AND outgoing_prepared >= 0
  )
) WITH (fillfactor = 50)`;

const CREATE_TRANSFERS = `
CREATE TABLE public.transfers (
  ledger_id            text COLLATE "C" NOT NULL,
  transfer_id          uuid             NOT NULL,
  direction            text             NOT NULL,
  amount               numeric(20,0)    NOT NULL,
  status               text             NOT NULL,
  expires_at           timestamptz(3)   NOT NULL,
  prepared_at          timestamptz(3)   NOT NULL,
  finished_at          timestamptz(3),
  reason_code          text,
  reason_message       text,
  reason_triggered_by  text,
  cause_ledger_id      text COLLATE "C",
  cause_transfer_id    uuid,
  outgoing_ledger_id   text COLLATE "C",
  outgoing_transfer_id uuid,
  outgoing_amount      numeric(20,0),
  prepared_version     bigint           NOT NULL,
  last_version         bigint           NOT NULL,
  last_position        bigint           NOT NULL,
  CONSTRAINT transfers_pkey PRIMARY KEY (ledger_id, transfer_id),
  CONSTRAINT transfers_direction_known CHECK (direction IN ('incoming', 'outgoing')),
  CONSTRAINT transfers_status_known CHECK (
    status IN ('proposed', 'prepared', 'fulfilled', 'rejected', 'expired', 'withdrawn')
  ),
  CONSTRAINT transfers_amount_uint64 CHECK (amount >= 0 AND amount <= 18446744073709551615)
)`;

const INDEX_BY_PREPARATION = `
CREATE INDEX transfers_prepared_idx ON public.transfers (ledger_id, prepared_version)`;

const INDEX_OPEN = `
CREATE INDEX transfers_open_idx ON public.transfers (expires_at)
  WHERE status IN ('proposed', 'prepared')`;

const GRANT_ALL = `
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE
  ON public.ledgers, public.balances, public.transfers
  TO causeway_runtime`;
