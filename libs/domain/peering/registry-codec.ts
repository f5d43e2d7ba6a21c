import { type JsonObject, type JsonValue, type MemberRule, PayloadMembers } from '#eventsourcing';
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

export type PeeringEventFault = 'unknown-type' | 'unknown-version' | 'not-a-peer' | MemberRule;

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
  members.finish();
  return event;
}

function readEvent(type: PeeringEvent['type'], members: Members): PeeringEvent {
  const by = members.text('by');
  switch (type) {
    case 'PeerAdded':
      return { type, peer: members.peer('peer'), by };
    case 'PeerTokenRotated':
      return { type, peerId: members.text('peerId'), by };
    case 'PeerRemoved':
      return {
        type,
        peerId: members.text('peerId'),
        reason: members.text('reason'),
        ledger: members.oneOf('ledger', LEDGER_FATES),
        by,
      };
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

class Members extends PayloadMembers<PeeringEventFault> {
  constructor(private readonly encoded: EncodedPeeringEvent) {
    super(encoded.payload);
  }

  peer(member: string): PublicPeerDocument {
    const value = this.required(member);
    if (!isObject(value) || typeof value.id !== 'string') return this.fail(member, 'not-a-peer');
    return { ...value, id: value.id };
  }

  override fail(member: string, rule: PeeringEventFault): never {
    const { type, schemaVersion } = this.encoded;
    throw new UnreadablePeeringEventError(type, schemaVersion, member, rule);
  }
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
