import { CONNECTOR_STREAM } from '#contracts';
import type { HashedEvent } from '#eventsourcing';
import { UnstorableEventError } from './event-store-errors';

/** An event before it has a place in the log. `payload` is the text that `canonicalJson` gives. */
export interface NewEvent extends Omit<HashedEvent, 'version'> {
  readonly partition: number;
  /** The ILP packet, byte for byte; then `packetDigest` is its SHA-256. */
  readonly packet: Buffer | null;
}

const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;
const TYPE = /^[A-Z][A-Za-z0-9]{0,63}$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const SMALLINT_MAX = 32_767;
const YEAR_10000_MS = 253_402_300_800_000;
const DIGEST_BYTES = 32;

/**
 * An escape that jsonb refuses: U+0000, or half of a surrogate pair (canonical text writes whole
 * pairs as themselves). The backslashes before it are counted off in pairs, because `\\u0000` is
 * harmless text.
 */
const REFUSED_ESCAPE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/i;

/**
 * Refuses what the log would not give back unchanged, before it gets a place in the chain.
 * Checked in order: ledger id, partition, type, schema version, transfer id, time, payload, packet.
 * @throws UnstorableEventError naming field and rule.
 */
export function checkStorable(event: NewEvent): void {
  const fault = faultOf(event);
  if (fault !== undefined) throw new UnstorableEventError(...fault);
}

function faultOf(event: NewEvent): [field: keyof NewEvent, rule: string] | undefined {
  if (!SLUG.test(event.ledgerId) && event.ledgerId !== CONNECTOR_STREAM)
    return ['ledgerId', 'must be a slug'];
  if (!isWithin(event.partition, 0, SMALLINT_MAX)) return ['partition', 'must be from 0 to 32767'];
  if (!TYPE.test(event.type)) return ['type', 'must be a name of letters and digits'];
  if (!isWithin(event.schemaVersion, 1, SMALLINT_MAX)) {
    return ['schemaVersion', 'must be from 1 to 32767'];
  }
  if (event.transferId !== null && !UUID.test(event.transferId)) {
    return ['transferId', 'must be a lower-case UUID'];
  }
  if (!isWithin(event.occurredAtMs, 0, YEAR_10000_MS - 1)) {
    return ['occurredAtMs', 'must be whole milliseconds from 1970 to 9999'];
  }
  if (isRefusedByJsonb(event.payload)) {
    return ['payload', 'must not contain U+0000 or unpaired surrogates'];
  }
  return packetFault(event);
}

function packetFault(event: NewEvent): [field: keyof NewEvent, rule: string] | undefined {
  const { packet, packetDigest } = event;
  if (packetDigest !== null && packetDigest.length !== DIGEST_BYTES) {
    return ['packetDigest', 'must be 32 bytes'];
  }
  if (packet !== null && packetDigest === null) return ['packetDigest', 'must come with a packet'];
  return undefined;
}

function isRefusedByJsonb(payload: string): boolean {
  return payload.includes('\\u') && REFUSED_ESCAPE.test(payload);
}

function isWithin(value: number, minimum: number, maximum: number): boolean {
  return Number.isInteger(value) && value >= minimum && value <= maximum;
}
