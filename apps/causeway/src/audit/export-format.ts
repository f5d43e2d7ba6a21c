import { z } from 'zod';
import { canonicalJson, type JsonObject, type RecordedEvent } from '#eventsourcing';
import { CONNECTOR_STREAM, eventJson } from '#contracts';

export const EXPORT_FORMAT = 'causeway-audit-export';
export const EXPORT_VERSION = 1;

/**
 * Longest line of an export, bytes; a manifest of many ledgers is the longest that there is. It
 * bounds what a reader keeps in memory, whatever is in the file.
 */
export const EXPORT_LINE_BYTES = 16 * 1024 * 1024;

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.number().int().min(0);
const version = z.number().int().min(1);
const time = z.iso.datetime({ precision: 3 });
/** A ledger, or the connector's own stream. */
const ledgerName = z
  .string()
  .regex(new RegExp(`^(?:[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?|${CONNECTOR_STREAM})$`));
// The last character may hold bits that no byte takes up: only one spelling of the bytes is theirs.
const base64 = z
  .base64()
  .refine((text) => Buffer.from(text, 'base64').toString('base64') === text, 'must be canonical');

const signedHead = z.strictObject({
  version,
  hash,
  signedAt: time,
  key: hash,
  signature: base64,
  publicKey: z.string(),
});

const exportedLedger = z.strictObject({
  ledger: ledgerName,
  partition: count,
  firstVersion: version,
  lastVersion: version,
  /** Hash of the event before the first one; zeros before version 1. */
  previousHash: hash,
  lastHash: hash,
  events: version,
  /** The newest signed head among these events. */
  signedHead: signedHead.nullable(),
});

const manifestSchema = z.strictObject({
  format: z.literal(EXPORT_FORMAT),
  formatVersion: z.literal(EXPORT_VERSION),
  software: z.strictObject({ name: z.string(), version: z.string() }),
  connector: z.string(),
  partitions: version,
  created: time,
  /** Every event of every ledger: nothing was selected. */
  complete: z.boolean(),
  /** part: a beginning or an end was chosen, so that ledgers need not have ended at one moment. */
  range: z.enum(['whole', 'part']),
  events: count,
  ledgers: z.array(exportedLedger),
  /** PEM. */
  publicKey: z.string(),
});

const trailerSchema = z.strictObject({
  /** Lines before this one. */
  lines: count,
  /** Of all bytes before this line, line feeds included. */
  sha256: hash,
  key: hash,
  signature: base64,
});

const eventSchema = z.strictObject({
  ledger: ledgerName,
  version,
  partition: count,
  position: version,
  type: z.string().regex(/^[A-Z][A-Za-z0-9]{0,63}$/),
  schemaVersion: version,
  transfer: z
    .string()
    .regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    .nullable(),
  occurredAt: time,
  payload: z.record(z.string(), z.unknown()),
  packet: base64.nullable(),
  packetDigest: hash.nullable(),
  previousHash: hash,
  hash,
});

export type Manifest = z.infer<typeof manifestSchema>;
export type ExportedLedger = z.infer<typeof exportedLedger>;
export type Trailer = z.infer<typeof trailerSchema>;

/** A line that does not say what it should. `detail` names member and rule. */
export class UnreadableLineError extends Error {
  override readonly name = 'UnreadableLineError';
}

/** @throws UnreadableLineError */
export function readManifest(line: string): Manifest {
  return read(z.strictObject({ manifest: manifestSchema }), line).manifest;
}

/** @throws UnreadableLineError */
export function readTrailer(line: string): Trailer {
  return read(z.strictObject({ trailer: trailerSchema }), line).trailer;
}

export function isTrailer(line: string): boolean {
  return line.startsWith('{"trailer":');
}

export function manifestLine(manifest: Manifest): string {
  return JSON.stringify({ manifest });
}

export function trailerLine(trailer: Trailer): string {
  return JSON.stringify({ trailer });
}

/** Everything that the hash of the event covers, its place and its packet. */
export function eventLine(event: RecordedEvent): string {
  return canonicalJson(eventJson(event));
}

/** The inverse of `eventLine`. @throws UnreadableLineError */
export function readEventLine(line: string): RecordedEvent {
  const event = read(eventSchema, line);
  return {
    ledgerId: event.ledger,
    version: event.version,
    partition: event.partition,
    position: event.position,
    type: event.type,
    schemaVersion: event.schemaVersion,
    transferId: event.transfer,
    occurredAtMs: Date.parse(event.occurredAt),
    payload: payloadOf(line),
    packet: event.packet === null ? null : Buffer.from(event.packet, 'base64'),
    packetDigest: event.packetDigest === null ? null : Buffer.from(event.packetDigest, 'hex'),
    previousHash: Buffer.from(event.previousHash, 'hex'),
    hash: Buffer.from(event.hash, 'hex'),
  };
}

/** From the line itself: what a schema has copied may have lost a member of an unusual name. */
function payloadOf(line: string): string {
  const { payload } = JSON.parse(line) as { payload: JsonObject };
  return canonicalJson(payload);
}

function read<T>(schema: z.ZodType<T>, line: string): T {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new UnreadableLineError('is not JSON');
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const member = issue?.path.join('.') ?? '';
  throw new UnreadableLineError(`${member === '' ? 'line' : member}: ${issue?.message ?? 'wrong'}`);
}

/** What the key of the trailer signs. */
export function trailerText({ lines, sha256 }: Pick<Trailer, 'lines' | 'sha256'>): string {
  return `causeway export 1\n${lines}\n${sha256}`;
}
