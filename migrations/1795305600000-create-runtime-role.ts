import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The role that the services act as. It cannot log in; a service logs in with its own user and
 * switches to this role, so that the program has no right to rewrite history even if it wanted to.
 */
export class CreateRuntimeRole1795305600000 implements MigrationInterface {
  readonly name = 'CreateRuntimeRole1795305600000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(CREATE_ROLE);
    await queryRunner.query(GRANT_ROLE);
    await queryRunner.query('GRANT USAGE ON SCHEMA public TO causeway_runtime');
  }

  /** Roles belong to the whole cluster and other databases may use this one: it stays. */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('REVOKE USAGE ON SCHEMA public FROM causeway_runtime');
  }
}

// Another database of the same cluster may create the role at the same moment; the advisory lock
// of the migrations does not reach across databases.
const CREATE_ROLE = `
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'causeway_runtime') THEN
    CREATE ROLE causeway_runtime NOLOGIN;
  END IF;
EXCEPTION
  WHEN duplicate_object OR unique_violation THEN
    NULL;
  WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'role causeway_runtime is missing and "%" may not create it', current_user
      USING ERRCODE = 'insufficient_privilege',
            HINT = format('An administrator has to run once: CREATE ROLE causeway_runtime NOLOGIN; '
                          'GRANT causeway_runtime TO %I', current_user);
END
$$`;

// Since PostgreSQL 16 whoever creates a role may grant it but not switch to it, so membership alone
// proves nothing there. Two databases granting at once end in "tuple concurrently updated".
const GRANT_ROLE = `
DO $$
DECLARE
  needed text := CASE WHEN current_setting('server_version_num')::int >= 160000
                      THEN 'SET' ELSE 'MEMBER' END;
BEGIN
  FOR attempt IN 1..20 LOOP
    EXIT WHEN pg_has_role(current_user, 'causeway_runtime', needed);
    BEGIN
      EXECUTE format('GRANT causeway_runtime TO %I', current_user);
    EXCEPTION
      WHEN internal_error OR unique_violation THEN
        PERFORM pg_sleep(0.05);
      WHEN insufficient_privilege THEN
        RAISE EXCEPTION '"%" may not switch to role causeway_runtime', current_user
          USING ERRCODE = 'insufficient_privilege',
                HINT = format('An administrator has to run once: GRANT causeway_runtime TO %I',
                              current_user);
    END;
  END LOOP;
END
$$`;
