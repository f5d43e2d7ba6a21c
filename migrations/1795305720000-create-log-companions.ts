import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What stands beside the log: snapshots, checkpoints of those who follow it, and settings. */
export class CreateLogCompanions1795305720000 implements MigrationInterface {
  readonly name = 'CreateLogCompanions1795305720000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [CREATE_SNAPSHOTS, CREATE_CHECKPOINTS, CREATE_SETTINGS, GRANT_ALL]) {
      await queryRunner.query(statement);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'DROP TABLE public.connector_settings, public.checkpoints, public.ledger_snapshots',
    );
  }
}

const CREATE_SNAPSHOTS = `
CREATE TABLE public.ledger_snapshots (
  ledger_id text COLLATE "C" NOT NULL,
  version   bigint           NOT NULL,
  hash      bytea            NOT NULL,
  shape     text             NOT NULL,
  state     text             NOT NULL,
  taken_at  timestamptz(3)   NOT NULL DEFAULT now(),
  CONSTRAINT ledger_snapshots_pkey PRIMARY KEY (ledger_id),
  CONSTRAINT ledger_snapshots_version_from_one CHECK (version >= 1),
  CONSTRAINT ledger_snapshots_hash_32_bytes CHECK (octet_length(hash) = 32)
)`;

const CREATE_CHECKPOINTS = `
CREATE TABLE public.checkpoints (
  name      text COLLATE "C" NOT NULL,
  partition smallint         NOT NULL,
  position  bigint           NOT NULL,
  CONSTRAINT checkpoints_pkey PRIMARY KEY (name, partition),
  CONSTRAINT checkpoints_partition_from_zero CHECK (partition >= 0),
  CONSTRAINT checkpoints_position_from_zero CHECK (position >= 0)
) WITH (fillfactor = 50)`;

const CREATE_SETTINGS = `
CREATE TABLE public.connector_settings (
  name       text COLLATE "C" NOT NULL,
  value      text             NOT NULL,
  created_at timestamptz(3)   NOT NULL DEFAULT now(),
  CONSTRAINT connector_settings_pkey PRIMARY KEY (name)
)`;

const GRANT_ALL = `
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE
  ON public.ledger_snapshots, public.checkpoints, public.connector_settings
  TO causeway_runtime`;
