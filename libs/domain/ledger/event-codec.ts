import type { JsonObject, RecordedEvent } from '#eventsourcing';
import { eventPayload } from './event-payload';
import type { LedgerEvent, TransferPrepared } from './events';
import { type TransferId, transferId } from './identifiers';
import { PayloadReader } from './payload-reader';
import { PRUNED_PACKET } from './pruned-packet';
import { readOpened, readPrepared, readProposed } from './read-event-payload';
import { readTerms } from './read-terms-payload';
import { UnreadableEventError, type UnreadableEventRule } from './unreadable-event-error';
import { currentVersion, upcast, UPCASTERS } from './upcast';

/** An event as the log keeps it. The packet lies outside, so that it can be pruned one day. */
export interface EncodedEvent {
  readonly type: string;
  /** From 1; of this type alone. */
  readonly schemaVersion: number;
  /** null for events of the ledger as a whole. */
  readonly transferId: string | null;
  readonly payload: JsonObject;
  /** ILP packet of TransferPrepared, empty if it was; null for other types or if it was pruned. */
  readonly packet: Buffer | null;
}

type EventType = LedgerEvent['type'];

const VERSIONS = Object.fromEntries(
  Object.entries(UPCASTERS).map(([type, chain]) => [type, currentVersion(chain)]),
) as Readonly<Record<EventType, number>>;

/** Every type of event there is, in the order of a ledger's life. */
export const EVENT_TYPES = Object.keys(VERSIONS).filter(isEventType);

/** The schema version that events of a type are written in today. */
export function schemaVersionOf(type: EventType): number {
  return VERSIONS[type];
}

export function encodeEvent(event: LedgerEvent): EncodedEvent {
  return {
    type: event.type,
    schemaVersion: VERSIONS[event.type],
    transferId: 'transferId' in event ? event.transferId : null,
    payload: eventPayload(event),
    packet: 'packet' in event ? storedPacket(event.packet) : null,
  };
}

/**
 * Reads an event of any schema version. A pruned packet becomes PRUNED_PACKET.
 * @throws UnreadableEventError for a type or version that today's code does not know, or a member
 *   that is missing, too much or of the wrong kind
 */
export function decodeEvent(encoded: EncodedEvent): LedgerEvent {
  const { type, schemaVersion } = encoded;
  if (!isEventType(type)) return fail(encoded, 'type', 'unknown-type');
  const current = upcast(UPCASTERS[type], schemaVersion, encoded.payload);
  if (current === undefined) return fail(encoded, 'schemaVersion', 'unknown-version');
  const carriesPacket = type === 'TransferPrepared' || type === 'TransferProposed';
  if (!carriesPacket && encoded.packet !== null) {
    return fail(encoded, 'packet', 'unexpected');
  }
  const payload = new PayloadReader(encoded, current);
  const event = readEvent(type, encoded, payload);
  payload.finish();
  return event;
}

/** As `decodeEvent`, from a row of the log. */
export function decodeRecorded(recorded: RecordedEvent): LedgerEvent {
  const { type, schemaVersion, transferId, packet } = recorded;
  const payload = JSON.parse(recorded.payload) as JsonObject;
  return decodeEvent({ type, schemaVersion, transferId, payload, packet });
}

function readEvent(type: EventType, encoded: EncodedEvent, payload: PayloadReader): LedgerEvent {
  switch (type) {
    case 'LedgerOpened':
      requireNoTransfer(encoded);
      return readOpened(payload);
    case 'TransferPrepared':
      return readPreparedEvent(encoded, payload);
    case 'TransferProposed':
      return {
        type,
        transferId: requireTransfer(encoded),
        ...readProposed(payload),
        packet: encoded.packet ?? PRUNED_PACKET,
      };
    case 'ProposalAccepted':
      return { type, transferId: requireTransfer(encoded) };
    case 'FulfillmentSubmitted':
    case 'TransferFulfilled':
      return {
        type,
        transferId: requireTransfer(encoded),
        fulfillment: payload.bytes('fulfillment'),
        data: payload.bytesOrNull('data'),
      };
    case 'TransferRejected':
    case 'TransferExpired':
      payload.derived('error');
      return { type, transferId: requireTransfer(encoded), reason: payload.bytes('reason') };
    default:
      requireNoTransfer(encoded);
      return readTerms(type, payload);
  }
}

function readPreparedEvent(encoded: EncodedEvent, payload: PayloadReader): TransferPrepared {
  return {
    type: 'TransferPrepared',
    transferId: requireTransfer(encoded),
    ...readPrepared(payload),
    packet: encoded.packet ?? PRUNED_PACKET,
  };
}

function storedPacket(packet: Buffer): Buffer | null {
  return packet === PRUNED_PACKET ? null : packet;
}

function requireTransfer(encoded: EncodedEvent): TransferId {
  if (encoded.transferId === null) return fail(encoded, 'transferId', 'missing');
  try {
    return transferId(encoded.transferId);
  } catch (error) {
    if (error instanceof RangeError) return fail(encoded, 'transferId', 'not-an-id');
    throw error;
  }
}

function requireNoTransfer(encoded: EncodedEvent): void {
  if (encoded.transferId !== null) fail(encoded, 'transferId', 'unexpected');
}

function isEventType(type: string): type is EventType {
  return Object.hasOwn(VERSIONS, type);
}

function fail(encoded: EncodedEvent, member: string, rule: UnreadableEventRule): never {
  throw new UnreadableEventError(encoded.type, encoded.schemaVersion, member, rule);
}
