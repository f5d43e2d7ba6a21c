import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What the connector has put its name to: heads of ledgers, signed at intervals, and the public
 * keys that they were signed with. Rows are added and never touched again, as in the log, so that
 * whoever rewrites the log has to answer for what was signed before.
 */
export class CreateSignedHeads1795305900000 implements MigrationInterface {
  readonly name = 'CreateSignedHeads1795305900000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(CREATE_KEYS);
    await queryRunner.query(CREATE_HEADS);
    for (const table of ['audit_keys', 'signed_heads']) {
      await queryRunner.query(`
        CREATE TRIGGER ${table}_append_only
          BEFORE UPDATE OR DELETE OR TRUNCATE ON public.${table}
          FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_rewriting_history()`);
      await queryRunner.query(
        `ALTER TABLE public.${table} ENABLE ALWAYS TRIGGER ${table}_append_only`,
      );
    }
    await queryRunner.query(
      'GRANT SELECT, INSERT ON public.audit_keys, public.signed_heads TO causeway_runtime',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(REFUSE_IF_FILLED);
    await queryRunner.query('DROP TABLE public.signed_heads');
    await queryRunner.query('DROP TABLE public.audit_keys');
  }
}

// The id is the fingerprint of the key (SHA-256 of its DER form), which no other key can claim.
const CREATE_KEYS = `
CREATE TABLE public.audit_keys (
  key_id     text COLLATE "C" NOT NULL,
  public_key bytea            NOT NULL,
  created_at timestamptz(3)   NOT NULL DEFAULT now(),
  CONSTRAINT audit_keys_pkey PRIMARY KEY (key_id),
  CONSTRAINT audit_keys_key_id_fingerprint CHECK (key_id = encode(sha256(public_key), 'hex'))
)`;

// No reference to the log: a signed head must outlive the event that it names.
const CREATE_HEADS = `
CREATE TABLE public.signed_heads (
  ledger_id text COLLATE "C" NOT NULL,
  version   bigint           NOT NULL,
  hash      bytea            NOT NULL,
  signed_at timestamptz(3)   NOT NULL,
  key_id    text COLLATE "C" NOT NULL,
  signature bytea            NOT NULL,
  CONSTRAINT signed_heads_pkey PRIMARY KEY (ledger_id, version, key_id),
  CONSTRAINT signed_heads_key_id_fkey FOREIGN KEY (key_id) REFERENCES public.audit_keys (key_id),
  CONSTRAINT signed_heads_version_countable CHECK (version BETWEEN 1 AND 9007199254740991),
  CONSTRAINT signed_heads_hash_32_bytes CHECK (octet_length(hash) = 32),
  CONSTRAINT signed_heads_signature_64_bytes CHECK (octet_length(signature) = 64)
)`;

const REFUSE_IF_FILLED = `
DO $$
BEGIN
  IF EXISTS (SELECT FROM public.signed_heads) THEN
    RAISE EXCEPTION 'heads were signed: going down would destroy them'
      USING ERRCODE = 'restrict_violation',
            HINT = 'Drop the whole database if that is what you want.';
  END IF;
END
$$`;
