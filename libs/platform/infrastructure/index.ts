export { parseNatsUrl, withoutSecrets, type NatsAddress } from './connection-url';
export { freePort } from './free-port';
export { InfrastructureError, type InfrastructureRefusal } from './infrastructure-error';
export {
  startInfrastructure,
  type Infrastructure,
  type InfrastructureOptions,
} from './infrastructure';
export { findNatsServer, type NatsInstallation } from './nats-binary';
export { startNats, type NatsOptions } from './nats-server';
export { findPostgres, type PostgresInstallation, type PostgresSearch } from './postgres-binaries';
export { startPostgres, type PostgresOptions, type RunningPostgres } from './postgres-server';
export type { PostgresProfile } from './postgres-settings';
export type { RunningServer } from './running-server';
export { spawnKept, type KeptExit, type KeptOptions, type KeptProcess } from './spawn-kept';
