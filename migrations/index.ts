import type { MigrationInterface } from 'typeorm';
import { CreateRuntimeRole1795305600000 } from './1795305600000-create-runtime-role';
import { CreateLedgerEvents1795305660000 } from './1795305660000-create-ledger-events';
import { CreateLogCompanions1795305720000 } from './1795305720000-create-log-companions';
import { CreateReadModels1795305780000 } from './1795305780000-create-read-models';
import { CreateLedgerInstances1795305840000 } from './1795305840000-create-ledger-instances';
import { CreateSignedHeads1795305900000 } from './1795305900000-create-signed-heads';
import { CompleteReadModels1795305960000 } from './1795305960000-complete-read-models';
import { PrunePackets1795306020000 } from './1795306020000-prune-packets';
import { AddConnectorStream1795306080000 } from './1795306080000-add-connector-stream';

/** Every migration, oldest first. A migration that was ever released is never changed again. */
export const MIGRATIONS: readonly (new () => MigrationInterface)[] = [
  CreateRuntimeRole1795305600000,
  CreateLedgerEvents1795305660000,
  CreateLogCompanions1795305720000,
  CreateReadModels1795305780000,
  CreateLedgerInstances1795305840000,
  CreateSignedHeads1795305900000,
  CompleteReadModels1795305960000,
  PrunePackets1795306020000,
  AddConnectorStream1795306080000,
];
