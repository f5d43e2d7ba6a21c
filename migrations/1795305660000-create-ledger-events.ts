import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The log: the only truth about money. Rows are added and never touched again. */
export class CreateLedgerEvents1795305660000 implements MigrationInterface {
  readonly name = 'CreateLedgerEvents1795305660000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(CREATE_TABLE);
    await queryRunner.query(CREATE_TRANSFER_INDEX);
    await queryRunner.query(CREATE_REFUSAL);
    await queryRunner.query(CREATE_TRIGGER);
    // A session may switch ordinary triggers off (session_replication_role); this one stays on.
    await queryRunner.query(
      'ALTER TABLE public.ledger_events ENABLE ALWAYS TRIGGER ledger_events_append_only',
    );
    await queryRunner.query('GRANT SELECT, INSERT ON public.ledger_events TO causeway_runtime');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(REFUSE_IF_FILLED);
    await queryRunner.query('DROP TABLE public.ledger_events');
    await queryRunner.query('DROP FUNCTION public.refuse_rewriting_history()');
  }
}

// Identifiers are compared byte by byte ("C"): no upgrade of the system's locale reorders an index.
// Counts stay below 2^53, where a JavaScript number is exact.
const CREATE_TABLE = `
CREATE TABLE public.ledger_events (
  ledger_id      text COLLATE "C" NOT NULL,
  version        bigint           NOT NULL,
  partition      smallint         NOT NULL,
  position       bigint           NOT NULL,
  type           text COLLATE "C" NOT NULL,
  schema_version smallint         NOT NULL,
  transfer_id    uuid,
  occurred_at    timestamptz(3)   NOT NULL,
  payload        jsonb            NOT NULL,
  packet         bytea,
  packet_digest  bytea,
  previous_hash  bytea            NOT NULL,
  hash           bytea            NOT NULL,
  CONSTRAINT ledger_events_pkey PRIMARY KEY (ledger_id, version),
  CONSTRAINT ledger_events_position_key UNIQUE (partition, position),
  CONSTRAINT ledger_events_ledger_id_slug
    CHECK (ledger_id ~ '^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$'),
  CONSTRAINT ledger_events_version_countable CHECK (version BETWEEN 1 AND 9007199254740991),
  CONSTRAINT ledger_events_partition_from_zero CHECK (partition >= 0),
  CONSTRAINT ledger_events_position_countable
    CHECK (position BETWEEN 1 AND 9007199254740991),
  CONSTRAINT ledger_events_schema_version_from_one CHECK (schema_version >= 1),
  CONSTRAINT ledger_events_occurred_at_countable CHECK (
    occurred_at >= '1970-01-01T00:00:00Z' AND occurred_at < '10000-01-01T00:00:00Z'
  ),
  CONSTRAINT ledger_events_packet_has_digest CHECK (packet IS NULL OR packet_digest IS NOT NULL),
  CONSTRAINT ledger_events_packet_digest_32_bytes CHECK (octet_length(packet_digest) = 32),
  CONSTRAINT ledger_events_previous_hash_32_bytes CHECK (octet_length(previous_hash) = 32),
  CONSTRAINT ledger_events_hash_32_bytes CHECK (octet_length(hash) = 32)
)`;

const CREATE_TRANSFER_INDEX = `
CREATE INDEX ledger_events_transfer_idx ON public.ledger_events (ledger_id, transfer_id)
  WHERE transfer_id IS NOT NULL`;

const CREATE_REFUSAL = `
CREATE FUNCTION public.refuse_rewriting_history() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  RAISE EXCEPTION '% of %.% refused: the log is append-only',
    TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation',
          HINT = 'A mistake is corrected by a new event, never by changing an old one.';
END
$$`;

// Once per statement, so that a statement that would touch no row is refused as well.
const CREATE_TRIGGER = `
CREATE TRIGGER ledger_events_append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON public.ledger_events
  FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_rewriting_history()`;

const REFUSE_IF_FILLED = `
DO $$
BEGIN
  IF EXISTS (SELECT FROM public.ledger_events) THEN
    RAISE EXCEPTION 'the log holds events: going down would destroy them'
      USING ERRCODE = 'restrict_violation',
            HINT = 'Drop the whole database if that is what you want.';
  END IF;
END
$$`;
