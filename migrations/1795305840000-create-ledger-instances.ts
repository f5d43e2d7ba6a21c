import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Which ledger processes there are, so that they can share the partitions out among themselves. Of
 * no value after all of them have ended: the locks say who may write, this table only who should.
 */
export class CreateLedgerInstances1795305840000 implements MigrationInterface {
  readonly name = 'CreateLedgerInstances1795305840000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [CREATE_INSTANCES, CREATE_FENCE, CLOSE_FENCE, GRANT_FENCE, GRANT_ALL]) {
      await queryRunner.query(statement);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP FUNCTION public.fence_ledger_instance(text)');
    await queryRunner.query('DROP TABLE public.ledger_instances');
  }
}

// Times are the database's own, so that no process's clock decides about another one. A row is
// rewritten twice a second and never indexed but by its key: room in the page keeps that cheap.
const CREATE_INSTANCES = `
CREATE TABLE public.ledger_instances (
  instance_id text COLLATE "C" NOT NULL,
  lock_key    integer          NOT NULL,
  backend_pid integer          NOT NULL,
  started_at  timestamptz      NOT NULL DEFAULT clock_timestamp(),
  seen_at     timestamptz      NOT NULL DEFAULT clock_timestamp(),
  stale_at    timestamptz      NOT NULL,
  leaving     boolean          NOT NULL DEFAULT false,
  fenced_at   timestamptz,
  CONSTRAINT ledger_instances_pkey PRIMARY KEY (instance_id),
  CONSTRAINT ledger_instances_backend_pid_positive CHECK (backend_pid > 0)
) WITH (fillfactor = 50)`;

// A paused process keeps its connection, and with it the locks, for as long as the server believes
// in the connection. Only a backend that holds partition locks of an instance that has missed its
// time is ended, and no server process without such locks can be named by a row.
const CREATE_FENCE = `
CREATE FUNCTION public.fence_ledger_instance(wanted text) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  pid_to_end integer;
BEGIN
  SELECT i.backend_pid INTO pid_to_end
  FROM public.ledger_instances i
  WHERE i.instance_id = wanted AND i.stale_at < clock_timestamp() AND EXISTS (
    SELECT FROM pg_catalog.pg_locks l
    WHERE l.pid = i.backend_pid AND l.locktype = 'advisory' AND l.granted
      AND l.classid = i.lock_key::bigint::oid AND l.objsubid = 2
      AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d
                        WHERE d.datname = current_database())
  )
  FOR UPDATE OF i SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  UPDATE public.ledger_instances SET fenced_at = clock_timestamp() WHERE instance_id = wanted;
  RETURN pg_catalog.pg_terminate_backend(pid_to_end);
END
$$`;

const CLOSE_FENCE = 'REVOKE ALL ON FUNCTION public.fence_ledger_instance(text) FROM PUBLIC';

const GRANT_FENCE = `
GRANT EXECUTE ON FUNCTION public.fence_ledger_instance(text) TO causeway_runtime`;

const GRANT_ALL = `
GRANT SELECT, INSERT, UPDATE, DELETE ON public.ledger_instances TO causeway_runtime`;
