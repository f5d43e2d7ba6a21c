import { chainHash } from './hash-chain';
import type { RecordedEvent } from './recorded-event';
import { sha256 } from './sha256';

/** The first thing that is wrong with an event's place in its ledger's chain. */
export interface BrokenLink {
  readonly ledgerId: string;
  readonly version: number;
  readonly rule: 'version-gap' | 'previous-hash' | 'packet-digest' | 'hash';
}

/** Where a ledger's stream stood before the event under test. */
export interface ChainHead {
  readonly version: number;
  readonly hash: Buffer;
}

/**
 * Checks one event against the head before it, in order: gapless version, link to the previous
 * hash, packet against its digest (where the packet is still kept), own hash.
 */
export function verifyLink(head: ChainHead, event: RecordedEvent): BrokenLink | undefined {
  const rule = brokenRule(head, event);
  return rule && { ledgerId: event.ledgerId, version: event.version, rule };
}

function brokenRule(head: ChainHead, event: RecordedEvent): BrokenLink['rule'] | undefined {
  if (event.version !== head.version + 1) return 'version-gap';
  if (!event.previousHash.equals(head.hash)) return 'previous-hash';
  if (!packetMatches(event)) return 'packet-digest';
  if (!event.hash.equals(chainHash(head.hash, event))) return 'hash';
  return undefined;
}

function packetMatches(event: RecordedEvent): boolean {
  if (event.packet === null) return true;
  if (event.packetDigest === null) return false;
  return sha256(event.packet).equals(event.packetDigest);
}
