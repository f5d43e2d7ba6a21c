import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { DataSource } from 'typeorm';
import { assertSchema, createDataSource } from '#event-store';
import { loadConfiguration, startPostgres } from '#platform';
import type { Shell } from '../shell';
import { readRunningConnector } from '../supervisor/run-files';

/** Where a command finds the log: an explicit URL, a running connector, or a data directory at rest. */
export interface StoreOptions {
  readonly config?: string;
  readonly data: string;
}

export class NoStoreError extends Error {
  override readonly name = 'NoStoreError';
}

interface Located {
  readonly url: string;
  release(): Promise<void>;
}

/**
 * Opens the log, does the work and lets go of everything again.
 * @throws NoStoreError if there is no database to be found.
 */
export async function withStore<T>(
  options: StoreOptions,
  shell: Shell,
  work: (dataSource: DataSource) => Promise<T>,
): Promise<T> {
  const located = await locate(options, shell);
  try {
    const dataSource = await createDataSource(located.url, { applicationName: 'causeway-cli' });
    try {
      await assertSchema(dataSource);
      return await work(dataSource);
    } finally {
      await dataSource.destroy();
    }
  } finally {
    await located.release();
  }
}

async function locate(options: StoreOptions, shell: Shell): Promise<Located> {
  const given =
    configuredUrl(options, shell) ?? readRunningConnector(resolve(options.data))?.databaseUrl;
  if (given !== undefined) return { url: given, release: () => Promise.resolve() };
  const dataDir = resolve(options.data);
  if (!existsSync(join(dataDir, 'postgres'))) {
    throw new NoStoreError(
      `no log found: DATABASE_URL is not set, and no connector ever ran on ${dataDir} (see --data)`,
    );
  }
  shell.note(`no connector runs on ${dataDir}: starting its PostgreSQL for this command`);
  const postgres = await startPostgres({
    dataDir,
    log: (line) => {
      shell.note(line);
    },
  });
  return { url: postgres.url, release: () => postgres.stop() };
}

function configuredUrl(options: StoreOptions, shell: Shell): string | undefined {
  if (options.config === undefined) return shell.env.DATABASE_URL;
  return loadConfiguration({ file: resolve(options.config), env: shell.env }).databaseUrl;
}
