import type { RecordedEvent } from '#eventsourcing';
import {
  binaryArray,
  byteaElement,
  int2Element,
  int8Element,
  jsonbElement,
  textElement,
  timestamptzElement,
  uuidElement,
} from './binary-array';
import type { BinaryRow } from './binary-rows';
import { canonicalText } from './canonical-text';
import type { TextQuery } from './connection';

/** Appends a batch in one statement, and so all of it or nothing. One array per column. */
const APPEND = `
INSERT INTO ledger_events (
  ledger_id, version, partition, position, type, schema_version, transfer_id,
  occurred_at, payload, packet, packet_digest, previous_hash, hash
)
SELECT * FROM unnest(
  $1::text[], $2::int8[], $3::int2[], $4::int8[], $5::text[], $6::int2[], $7::uuid[],
  $8::timestamptz[], $9::jsonb[], $10::bytea[], $11::bytea[], $12::bytea[], $13::bytea[]
)`;

export function appendQuery(events: readonly RecordedEvent[]): TextQuery {
  return {
    name: 'causeway-append',
    text: APPEND,
    values: [
      binaryArray(
        textElement,
        events.map((event) => event.ledgerId),
      ),
      binaryArray(
        int8Element,
        events.map((event) => event.version),
      ),
      binaryArray(
        int2Element,
        events.map((event) => event.partition),
      ),
      binaryArray(
        int8Element,
        events.map((event) => event.position),
      ),
      binaryArray(
        textElement,
        events.map((event) => event.type),
      ),
      binaryArray(
        int2Element,
        events.map((event) => event.schemaVersion),
      ),
      binaryArray(
        uuidElement,
        events.map((event) => event.transferId),
      ),
      binaryArray(
        timestamptzElement,
        events.map((event) => event.occurredAtMs),
      ),
      binaryArray(
        jsonbElement,
        events.map((event) => event.payload),
      ),
      binaryArray(
        byteaElement,
        events.map((event) => event.packet),
      ),
      binaryArray(
        byteaElement,
        events.map((event) => event.packetDigest),
      ),
      binaryArray(
        byteaElement,
        events.map((event) => event.previousHash),
      ),
      binaryArray(
        byteaElement,
        events.map((event) => event.hash),
      ),
    ],
  };
}

/** The select list that `decodeEvent` reads; `e` is the log. */
export const EVENT_COLUMNS = `
  e.ledger_id, e.version, e.partition, e.position, e.type, e.schema_version, e.transfer_id::text,
  e.occurred_at, e.payload, e.packet, e.packet_digest, e.previous_hash, e.hash`;

/** An event as it was staged; the payload is brought back to its canonical text. */
export function decodeEvent(row: BinaryRow): RecordedEvent {
  const ledgerId = row.ascii();
  const version = row.int8();
  const partition = row.int2();
  const position = row.int8();
  const type = row.ascii();
  const schemaVersion = row.int2();
  const transferId = row.asciiOrNull();
  const occurredAtMs = row.timestampMs();
  // jsonb keeps values, not text: it orders keys its own way and spaces them out.
  const payload = canonicalText(row.jsonb());
  const packet = row.byteaOrNull();
  const packetDigest = row.byteaOrNull();
  const previousHash = row.bytea();
  const hash = row.bytea();
  return {
    ledgerId,
    version,
    type,
    schemaVersion,
    transferId,
    occurredAtMs,
    payload,
    packetDigest,
    partition,
    position,
    packet,
    previousHash,
    hash,
  };
}

/** bytea as the server writes it: `\x` and hexadecimal digits. */
export function decodeBytea(text: string): Buffer {
  return Buffer.from(text.slice(2), 'hex');
}
