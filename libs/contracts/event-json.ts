import type { JsonValue, RecordedEvent } from '#eventsourcing';

/**
 * One event of the log as JSON, everything that the hash covers and its place, for people and
 * programs that read the log by command line or HTTP. Bytes are hex, the packet is base64.
 */
export function eventJson(event: RecordedEvent): Readonly<Record<string, JsonValue>> {
  return {
    ledger: event.ledgerId,
    version: event.version,
    partition: event.partition,
    position: event.position,
    type: event.type,
    schemaVersion: event.schemaVersion,
    transfer: event.transferId,
    occurredAt: new Date(event.occurredAtMs).toISOString(),
    payload: JSON.parse(event.payload) as JsonValue,
    packet: event.packet?.toString('base64') ?? null,
    packetDigest: event.packetDigest?.toString('hex') ?? null,
    previousHash: event.previousHash.toString('hex'),
    hash: event.hash.toString('hex'),
  };
}
