export { acquirePartitions, openWriter, type AcquireOptions } from './acquire-partitions';
export { CheckpointStore, type Progress } from './checkpoint-store';
export { inTransaction, withConnection } from './connection';
export {
  ConnectorLog,
  type ConnectorAppend,
  type ConnectorDecision,
  type ConnectorRange,
  type ConnectorTransaction,
  type NewConnectorEvent,
} from './connector-log';
export {
  createDataSource,
  DATA_SOURCE_DEFAULTS,
  dataSourceOptions,
  type DataSourceSettings,
} from './data-source';
export { isConnectionFailure } from './database-failure';
export { ElectedLock } from './elected-lock';
export { ElectedTask, type ElectedTaskParts, ElectionSilenceError } from './elected-task';
export {
  EventReader,
  type LedgerRange,
  type PartitionRange,
  type TransferKey,
} from './event-reader';
export {
  DatabaseRefusedError,
  DatabaseUnreachableError,
  InexactNumberError,
  SchemaOutdatedError,
  SchemaTooNewError,
  SettingConflictError,
  UnstorableEventError,
  WriterLostError,
  WriterReleasedError,
  type LossReason,
} from './event-store-errors';
export type { LedgerHead } from './event-stager';
export { LEDGER_IDS } from './log-heads';
export { bigintColumn, countColumn, safeInteger } from './exact-integer';
export { InstanceRegistry, type InstanceSettings, type Sight } from './instance-registry';
export { keptSecret } from './kept-secret';
export { assertSchema, migrate, revertLastMigration } from './migrate';
export { prunePackets, type Pruned } from './packet-pruning';
export { type PartitionWriter, WRITER_DEFAULTS, type WriterLimits } from './partition-writer';
export {
  ProjectionRunner,
  type Advance,
  type FollowOptions,
  type Projection,
  type RunnerOptions,
} from './projection-runner';
export { NoDatabaseError, openServiceDatabase } from './service-database';
export { SettingsStore } from './settings-store';
export {
  SignedHeadStore,
  type AuditKey,
  type CommittedHead,
  type SignedHead,
} from './signed-heads';
export { SnapshotStore, type Snapshot } from './snapshot-store';
export type { NewEvent } from './storable-event';
export { LogVerification, type LogProblem, type SeenPosition } from './log-verification';
export { seenPositions, verifyLog, type VerifyCounts, type VerifyOptions } from './verify-log';
