import type { JsonObject, JsonValue } from '#eventsourcing';
import {
  isPeeringEventType,
  LEDGER_FATES,
  type PeeringEvent,
  peeringVersionOf,
  type PublicPeerDocument,
} from './registry-events';

/** An event as the log keeps it. */
export interface EncodedPeeringEvent {
  readonly type: string;
  readonly schemaVersion: number;
  readonly payload: JsonObject;
}

export type PeeringEventFault =
  | 'unknown-type'
  | 'unknown-version'
  | 'missing'
  | 'unexpected'
  | 'not-text'
  | 'not-an-integer'
  | 'not-a-peer'
  | 'not-one-of-the-known';

/** An event about peers that today's code cannot read: from newer code, or damaged. Never skipped. */
export class UnreadablePeeringEventError extends Error {
  override readonly name = 'UnreadablePeeringEventError';

  constructor(
    readonly type: string,
    readonly schemaVersion: number,
    /** A member of the payload; or `type`, `schemaVersion`. */
    readonly member: string,
    readonly rule: PeeringEventFault,
  ) {
    super(`cannot read event ${type} version ${schemaVersion}: ${member} ${rule}`);
  }
}

export function encodePeeringEvent(event: PeeringEvent): EncodedPeeringEvent {
  const { type, ...payload } = event;
  return { type, schemaVersion: peeringVersionOf(type), payload };
}

/** @throws UnreadablePeeringEventError */
export function decodePeeringEvent(encoded: EncodedPeeringEvent): PeeringEvent {
  const { type, schemaVersion } = encoded;
  const members = new Members(encoded);
  if (!isPeeringEventType(type)) return members.fail('type', 'unknown-type');
  if (schemaVersion !== peeringVersionOf(type)) members.fail('schemaVersion', 'unknown-version');
  const event = readEvent(type, members);
  members.finish(event);
  return event;
}

function readEvent(type: PeeringEvent['type'], members: Members): PeeringEvent {
  const by = members.text('by');
  switch (type) {
    case 'PeerAdded':
      return { type, peer: members.peer('peer'), by };
    case 'PeerTokenRotated':
      return { type, peerId: members.text('peerId'), by };
    case 'PeerRemoved': {
      const fate = members.text('ledger');
      const ledger = LEDGER_FATES.find((known) => known === fate);
      if (ledger === undefined) return members.fail('ledger', 'not-one-of-the-known');
      return { type, peerId: members.text('peerId'), reason: members.text('reason'), ledger, by };
    }
    case 'PeeringProposed':
      return {
        type,
        hostname: members.text('hostname'),
        currencyCode: members.text('currencyCode'),
        currencyScale: members.integer('currencyScale'),
        by,
      };
  }
}

/** The members of a payload, read strictly. */
class Members {
  constructor(private readonly encoded: EncodedPeeringEvent) {}

  text(member: string): string {
    const value = this.required(member);
    return typeof value === 'string' ? value : this.fail(member, 'not-text');
  }

  integer(member: string): number {
    const value = this.required(member);
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
    return this.fail(member, 'not-an-integer');
  }

  peer(member: string): PublicPeerDocument {
    const value = this.required(member);
    if (!isObject(value) || typeof value.id !== 'string') return this.fail(member, 'not-a-peer');
    return { ...value, id: value.id };
  }

  /** Nothing may be left that was not read: it would be lost in silence. */
  finish(event: PeeringEvent): void {
    const surplus = Object.keys(this.encoded.payload).find(
      (member) => member === 'type' || !Object.hasOwn(event, member),
    );
    if (surplus !== undefined) this.fail(surplus, 'unexpected');
  }

  fail(member: string, rule: PeeringEventFault): never {
    const { type, schemaVersion } = this.encoded;
    throw new UnreadablePeeringEventError(type, schemaVersion, member, rule);
  }

  private required(member: string): JsonValue {
    const { payload } = this.encoded;
    const value = Object.hasOwn(payload, member) ? payload[member] : undefined;
    return value === undefined ? this.fail(member, 'missing') : value;
  }
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
