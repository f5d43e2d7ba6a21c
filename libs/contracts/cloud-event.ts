import type { JsonValue, RecordedEvent } from '#eventsourcing';
import { CONNECTOR_STREAM } from './partition';
import { eventSubject } from './subjects';

/**
 * One event of the log as CloudEvents 1.0, structured JSON; the one form in which integrators see
 * it, on JetStream and over HTTP. `data` is the stored payload; the ILP packet stands beside it in
 * base64. `partition` and `position` let a subscriber prove that it missed nothing, `hash` and
 * `previoushash` that nothing was changed.
 */
export function cloudEvent(connector: string, event: RecordedEvent): string {
  const data = JSON.parse(event.payload) as JsonValue;
  return JSON.stringify({
    specversion: '1.0',
    id: eventId(event),
    source: sourceOf(connector, event),
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

/** The same event as it goes to JetStream: its subject, its `Nats-Msg-Id` and its CloudEvent. */
export function eventMessage(connector: string, event: RecordedEvent) {
  return {
    subject: eventSubject(connector, event.ledgerId, event.type),
    id: eventId(event),
    payload: Buffer.from(cloudEvent(connector, event)),
  };
}

function sourceOf(connector: string, { ledgerId }: RecordedEvent): string {
  const source = `/causeway/${connector}`;
  return ledgerId === CONNECTOR_STREAM ? source : `${source}/ledgers/${ledgerId}`;
}

function eventId({ ledgerId, version }: RecordedEvent): string {
  return `${ledgerId}:${version}`;
}
