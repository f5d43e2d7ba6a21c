import { createHash } from 'node:crypto';
import { Client } from 'pg';
import { publicKeyBytes, readPublicKey } from '#domain/audit';
import { createDataSource, inTransaction, migrate } from '#event-store';
import type { RecordedEvent } from '#eventsourcing';
import type { AuditedExport } from './export-audit';
import { type Manifest, isTrailer, readEventLine } from './export-format';
import { exportLines } from './export-lines';

/** Events per statement. */
const BATCH_EVENTS = 1_000;
/** A whole log goes in as one transaction, whatever time it takes. */
const UNLIMITED = ['statement_timeout = 0', 'idle_in_transaction_session_timeout = 0'];

type Connection = Parameters<Parameters<typeof inTransaction>[2]>[0];

/** The database is not one to load an export into. */
export class LoadRefusedError extends Error {
  override readonly name = 'LoadRefusedError';
}

/**
 * Loads an export that was found to be in order into a database of its own: schema, log and signed
 * heads, all or nothing. Read models stay empty: they are copies, and nobody follows this log.
 * @throws LoadRefusedError unless the database holds no log
 */
export async function loadExport(
  file: string,
  audited: AuditedExport,
  databaseUrl: string,
): Promise<void> {
  await refuseFilled(databaseUrl);
  await migrate(databaseUrl);
  const dataSource = await createDataSource(databaseUrl, { applicationName: 'causeway-audit' });
  try {
    await inTransaction(dataSource, UNLIMITED, (client) => load(client, file, audited));
  } finally {
    await dataSource.destroy();
  }
}

async function refuseFilled(databaseUrl: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ tables: string[] | null }>(TABLES);
    const tables = rows[0]?.tables ?? [];
    if (tables.length === 0) return;
    throw new LoadRefusedError(
      `the database must be empty, but has the tables ${tables.slice(0, 5).join(', ')}`,
    );
  } finally {
    await client.end();
  }
}

const TABLES = `
SELECT array_agg(relname::text ORDER BY relname) AS tables FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')`;

async function load(
  client: Connection,
  file: string,
  { manifest, sha256: expected }: AuditedExport,
): Promise<void> {
  const sha256 = createHash('sha256');
  let batch: RecordedEvent[] = [];
  for await (const { number, text, bytes } of exportLines(file)) {
    if (isTrailer(text)) break;
    sha256.update(bytes).update('\n');
    if (number === 1) continue;
    batch.push(readEventLine(text));
    if (batch.length < BATCH_EVENTS) continue;
    await append(client, batch);
    batch = [];
  }
  await append(client, batch);
  if (sha256.digest('hex') !== expected) {
    throw new LoadRefusedError(`${file} has changed since it was checked`);
  }
  await settle(client, manifest);
}

async function append(client: Connection, events: readonly RecordedEvent[]): Promise<void> {
  if (events.length === 0) return;
  const column = <T>(of: (event: RecordedEvent) => T): T[] => events.map(of);
  await client.query(APPEND, [
    column(({ ledgerId }) => ledgerId),
    column(({ version }) => version),
    column(({ partition }) => partition),
    column(({ position }) => position),
    column(({ type }) => type),
    column(({ schemaVersion }) => schemaVersion),
    column(({ transferId }) => transferId),
    column(({ occurredAtMs }) => new Date(occurredAtMs).toISOString()),
    column(({ payload }) => payload),
    column(({ packet }) => packet),
    column(({ packetDigest }) => packetDigest),
    column(({ previousHash }) => previousHash),
    column(({ hash }) => hash),
  ]);
}

const APPEND = `
INSERT INTO ledger_events (
  ledger_id, version, partition, position, type, schema_version, transfer_id,
  occurred_at, payload, packet, packet_digest, previous_hash, hash
)
SELECT * FROM unnest(
  $1::text[], $2::int8[], $3::int2[], $4::int8[], $5::text[], $6::int2[], $7::uuid[],
  $8::timestamptz[], $9::jsonb[], $10::bytea[], $11::bytea[], $12::bytea[], $13::bytea[]
)`;

/** Whose log it is, and what was signed of it, so that it can be audited here like any other. */
async function settle(client: Connection, manifest: Manifest): Promise<void> {
  const { connector, partitions, ledgers } = manifest;
  await client.query(
    `INSERT INTO connector_settings (name, value)
     VALUES ('connector.address', $1), ('partitions', $2)`,
    [connector, String(partitions)],
  );
  for (const { ledger, signedHead } of ledgers) {
    if (signedHead === null) continue;
    const { version, hash, signedAt, key, signature, publicKey } = signedHead;
    await client.query(
      'INSERT INTO audit_keys (key_id, public_key) VALUES ($1, $2) ON CONFLICT DO NOTHING',
      [key, publicKeyBytes(readPublicKey(publicKey).key)],
    );
    await client.query(
      `INSERT INTO signed_heads (ledger_id, version, hash, signed_at, key_id, signature)
       VALUES ($1, $2, $3, $4, $5, $6)`,
      [ledger, version, Buffer.from(hash, 'hex'), signedAt, key, Buffer.from(signature, 'base64')],
    );
  }
}
