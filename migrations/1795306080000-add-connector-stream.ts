import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Lets the log hold the connector's own stream, under an id that no ledger can have, and keeps what
 * peers of that stream present beside the log: a log is for ever, a token is not.
 */
export class AddConnectorStream1795306080000 implements MigrationInterface {
  readonly name = 'AddConnectorStream1795306080000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [DROP_CHECK, CHECK_BOTH, CREATE_CREDENTIALS, GRANT_CREDENTIALS]) {
      await queryRunner.query(statement);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [
      REFUSE_IF_WRITTEN,
      DROP_CHECK,
      CHECK_SLUG,
      'DROP TABLE public.peer_credentials',
    ]) {
      await queryRunner.query(statement);
    }
  }
}

const DROP_CHECK = 'ALTER TABLE public.ledger_events DROP CONSTRAINT ledger_events_ledger_id_slug';

const CHECK_BOTH = `
ALTER TABLE public.ledger_events ADD CONSTRAINT ledger_events_ledger_id_slug
  CHECK (ledger_id ~ '^([a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?|_connector)$')`;

const CHECK_SLUG = `
ALTER TABLE public.ledger_events ADD CONSTRAINT ledger_events_ledger_id_slug
  CHECK (ledger_id ~ '^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$')`;

// Of a peer that dials us only the digest of its token; else what we present, as a token or as the
// URI that holds it.
const CREATE_CREDENTIALS = `
CREATE TABLE public.peer_credentials (
  peer_id      text COLLATE "C" NOT NULL,
  token_sha256 text,
  token        text,
  uri          text,
  changed_at   timestamptz(3)   NOT NULL DEFAULT now(),
  CONSTRAINT peer_credentials_pkey PRIMARY KEY (peer_id),
  CONSTRAINT peer_credentials_one_kind CHECK (num_nonnulls(token_sha256, token, uri) = 1),
  CONSTRAINT peer_credentials_token_sha256_hex CHECK (token_sha256 ~ '^[0-9a-f]{64}$')
)`;

const GRANT_CREDENTIALS = `
GRANT SELECT, INSERT, UPDATE, DELETE ON public.peer_credentials TO causeway_runtime`;

const REFUSE_IF_WRITTEN = `
DO $$
BEGIN
  IF EXISTS (SELECT FROM public.ledger_events WHERE ledger_id = '_connector') THEN
    RAISE EXCEPTION 'the log holds events of the connector: going down would leave them unreadable'
      USING ERRCODE = 'restrict_violation',
            HINT = 'Restore the database as it was before this migration if that is what you want.';
  END IF;
END
$$`;
