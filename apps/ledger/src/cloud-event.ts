import type { JsonValue, RecordedEvent } from '#eventsourcing';

/**
 * One event of the log as CloudEvents 1.0, structured JSON. `data` is the stored payload; the ILP
 * packet stands beside it in base64. `partition` and `position` let a subscriber prove that it missed nothing,
 * `hash` and `previoushash` that nothing was changed.
 */
export function cloudEvent(connector: string, event: RecordedEvent): string {
  const data = JSON.parse(event.payload) as JsonValue;
  return JSON.stringify({
    specversion: '1.0',
    id: `${event.ledgerId}:${event.version}`,
    source: `/causeway/${connector}/ledgers/${event.ledgerId}`,
    type: `causeway.${event.type}.v${event.schemaVersion}`,
    ...(event.transferId === null ? {} : { subject: event.transferId }),
    time: new Date(event.occurredAtMs).toISOString(),
    datacontenttype: 'application/json',
    ledger: event.ledgerId,
    version: event.version,
    partition: event.partition,
    position: event.position,
    hash: event.hash.toString('hex'),
    previoushash: event.previousHash.toString('hex'),
    data,
    ...(event.packet === null ? {} : { packet: event.packet.toString('base64') }),
  });
}
