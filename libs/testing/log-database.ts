import { createHash, randomUUID } from 'node:crypto';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { partitionOf } from '#contracts';
import { createDataSource, migrate, type NewEvent } from '#event-store';
import { canonicalJson, type JsonObject } from '#eventsourcing';
import { scratchDatabase } from '../../test/support/scratch-database';

/** A migrated scratch database for one spec file. */
export interface LogDatabase {
  readonly url: string;
  /** Connected as a service would be. */
  readonly dataSource: DataSource;
  /** One more, as another process would have it. */
  connect(applicationName: string): Promise<DataSource>;
  /** Runs statements as the superuser, past every protection. */
  asSuperuser(...statements: readonly string[]): Promise<Record<string, unknown>[]>;
  drop(): Promise<void>;
}

export async function logDatabase(): Promise<LogDatabase> {
  const { url, drop } = await scratchDatabase();
  await migrate(url);
  const opened: DataSource[] = [];
  const connect = async (applicationName: string): Promise<DataSource> => {
    const dataSource = await createDataSource(url, { applicationName, poolSize: 4 });
    opened.push(dataSource);
    return dataSource;
  };
  return {
    url,
    dataSource: await connect('spec'),
    connect,
    asSuperuser: (...statements) => runAsSuperuser(url, statements),
    drop: async () => {
      await Promise.all(opened.filter((one) => one.isInitialized).map((one) => one.destroy()));
      await drop();
    },
  };
}

async function runAsSuperuser(
  url: string,
  statements: readonly string[],
): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) {
      rows = (await client.query<Record<string, unknown>>(statement)).rows;
    }
    return rows;
  } finally {
    await client.end();
  }
}

/** An event of a ledger with everything that a stored event may have, unless told otherwise. */
export function anEvent(
  ledgerId: string,
  more: Partial<Omit<NewEvent, 'payload'>> & { readonly payload?: JsonObject } = {},
): NewEvent {
  const packet = more.packet === undefined ? Buffer.from(`packet of ${ledgerId}`) : more.packet;
  return {
    ledgerId,
    partition: partitionOf(ledgerId),
    type: 'TransferPrepared',
    schemaVersion: 1,
    transferId: randomUUID(),
    occurredAtMs: 1_800_000_000_123,
    packetDigest: packet && createHash('sha256').update(packet).digest(),
    ...more,
    packet,
    payload: canonicalJson(more.payload ?? { amount: '18446744073709551615', note: 'ü "\n' }),
  };
}
