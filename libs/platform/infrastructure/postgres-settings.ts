/** `durable` is for data that counts; `test` takes little memory and suits many short runs. */
export type PostgresProfile = 'durable' | 'test';

const ALWAYS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  password_encryption: 'scram-sha-256',
  max_connections: '200',
  timezone: 'UTC',
  log_timezone: 'UTC',
  jit: 'off',
};

const PROFILES: Record<PostgresProfile, Record<string, string>> = {
  durable: { shared_buffers: '256MB', max_wal_size: '2GB', checkpoint_timeout: '15min' },
  test: { shared_buffers: '32MB', max_wal_size: '256MB', autovacuum_naptime: '10min' },
};

/**
 * PostgreSQL's command line. What is durable is said in full, so that no file in the cluster can weaken it;
 * without `fsync` full page writes and synchronous commits guard nothing, and go as well.
 */
export function postgresSettings(profile: PostgresProfile, fsync: boolean): string[] {
  const durable = fsync ? 'on' : 'off';
  const settings = {
    ...ALWAYS,
    ...PROFILES[profile],
    fsync: durable,
    full_page_writes: durable,
    synchronous_commit: durable,
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
