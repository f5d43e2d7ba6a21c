import { rm } from 'node:fs/promises';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { createDataSource, migrate } from '#event-store';
import { startPostgres, type RunningPostgres } from '../../libs/platform/infrastructure';
import { temporaryDirectory } from '../../test/support/running-connector';

export interface BenchDatabase {
  readonly url: string;
  /** Bare, for the baselines; as long as it is open its server process is counted. */
  readonly client: Client;
  /** Connected as the ledger service is. */
  readonly dataSource: DataSource;
  drop(): Promise<void>;
}

export interface ClusterOptions {
  /** false: a power cut may destroy it, and filling it takes less time. Default true. */
  readonly fsync?: boolean;
  /** An earlier run's directory. Default: a new one. */
  readonly directory?: string | undefined;
  /** Leave the directory behind for another run. */
  readonly isKept?: boolean;
}

/** A PostgreSQL of its own with the settings that `causeway start` gives one. */
export class BenchCluster {
  private databases = 0;
  private readonly opened = new Set<() => Promise<void>>();

  private constructor(
    readonly directory: string,
    private readonly isKept: boolean,
    private readonly postgres: RunningPostgres,
  ) {}

  static async start(options: ClusterOptions = {}): Promise<BenchCluster> {
    const directory = options.directory ?? (await temporaryDirectory());
    const fsync = options.fsync ?? true;
    const postgres = await startPostgres({ dataDir: directory, profile: 'durable', fsync });
    return new BenchCluster(directory, options.isKept === true, postgres);
  }

  get pid(): number {
    return this.postgres.pid;
  }

  /** A migrated database; one with a name is there already if an earlier run has left it. */
  async database(name = `run${++this.databases}`): Promise<BenchDatabase> {
    const [existing] = await this.run(`SELECT FROM pg_database WHERE datname = '${name}'`);
    if (existing === undefined) await this.run(`CREATE DATABASE ${name}`);
    const url = new URL(this.postgres.adminUrl);
    url.pathname = `/${name}`;
    await migrate(url.href);
    const dataSource = await createDataSource(url.href, { applicationName: 'bench' });
    const client = new Client({ connectionString: url.href });
    await client.connect();
    await client.query('SET synchronous_commit = on');
    const close = async (): Promise<void> => {
      this.opened.delete(close);
      await Promise.all([dataSource.destroy(), client.end()]);
    };
    this.opened.add(close);
    const drop = async (): Promise<void> => {
      await close();
      await this.run(`DROP DATABASE ${name}`);
    };
    return { url: url.href, client, dataSource, drop };
  }

  /** What one measurement left to be written must not slow down the next. */
  async settle(): Promise<void> {
    await this.run('CHECKPOINT');
  }

  async stop(): Promise<void> {
    await Promise.all([...this.opened].map((close) => close()));
    await this.postgres.stop();
    if (!this.isKept) await rm(this.directory, { recursive: true, force: true });
  }

  private async run(statement: string): Promise<object[]> {
    const client = new Client({ connectionString: this.postgres.adminUrl });
    await client.connect();
    try {
      return (await client.query<object>(statement)).rows;
    } finally {
      await client.end();
    }
  }
}
