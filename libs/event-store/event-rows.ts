import { canonicalJson, type JsonValue, type RecordedEvent } from '#eventsourcing';
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
import type { TextQuery } from './connection';
import { safeInteger } from './exact-integer';

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
  e.ledger_id, e.version, e.partition, e.position, e.type, e.schema_version, e.transfer_id,
  (extract(epoch FROM e.occurred_at) * 1000)::int8, e.payload,
  e.packet, e.packet_digest, e.previous_hash, e.hash`;

export type EventRow = [
  ledgerId: string,
  version: string,
  partition: string,
  position: string,
  type: string,
  schemaVersion: string,
  transferId: string | null,
  occurredAtMs: string,
  payload: string,
  packet: string | null,
  packetDigest: string | null,
  previousHash: string,
  hash: string,
];

/** An event as it was staged; the payload is brought back to its canonical text. */
export function decodeEvent(row: EventRow): RecordedEvent {
  const [ledgerId, version, partition, position, type, schemaVersion, transferId] = row;
  const [, , , , , , , occurredAtMs, payload, packet, packetDigest, previousHash, hash] = row;
  return {
    ledgerId,
    version: safeInteger(version),
    type,
    schemaVersion: Number(schemaVersion),
    transferId,
    occurredAtMs: safeInteger(occurredAtMs),
    payload: canonicalText(payload),
    packetDigest: packetDigest === null ? null : decodeBytea(packetDigest),
    partition: Number(partition),
    position: safeInteger(position),
    packet: packet === null ? null : decodeBytea(packet),
    previousHash: decodeBytea(previousHash),
    hash: decodeBytea(hash),
  };
}

/** bytea as the server writes it: `\x` and hexadecimal digits. */
export function decodeBytea(text: string): Buffer {
  return Buffer.from(text.slice(2), 'hex');
}

// jsonb keeps values, not text: it orders keys its own way and spaces them out.
function canonicalText(stored: string): string {
  return canonicalJson(JSON.parse(stored) as JsonValue);
}
