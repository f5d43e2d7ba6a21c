import type { MigrationInterface } from 'typeorm';
import { CreateRuntimeRole1795305600000 } from './1795305600000-create-runtime-role';
import { CreateLedgerEvents1795305660000 } from './1795305660000-create-ledger-events';
import { CreateLogCompanions1795305720000 } from './1795305720000-create-log-companions';
import { CreateReadModels1795305780000 } from './1795305780000-create-read-models';

/** Every migration, oldest first. A migration that was ever released is never changed again. */
export const MIGRATIONS: readonly (new () => MigrationInterface)[] = [
  CreateRuntimeRole1795305600000,
  CreateLedgerEvents1795305660000,
  CreateLogCompanions1795305720000,
  CreateReadModels1795305780000,
];
