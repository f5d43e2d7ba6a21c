import { sha256 } from './sha256';

/** The hash before a stream's first event: 32 zero bytes. */
export const GENESIS_HASH: Buffer = Buffer.alloc(32);

/** Everything of an event that its hash covers. Where it lies (partition, position) is not part of it. */
export interface HashedEvent {
  readonly ledgerId: string;
  /** Place in the ledger's own stream, from 1, gapless. */
  readonly version: number;
  readonly type: string;
  readonly schemaVersion: number;
  readonly transferId: string | null;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly occurredAtMs: number;
  /** Canonical JSON text of the payload. */
  readonly payload: string;
  /** SHA-256 of the ILP packet, so that the packet itself may be pruned without breaking the chain. */
  readonly packetDigest: Buffer | null;
}

/**
 * hash = SHA-256(previous hash of the ledger ‖ canonical form).
 * Fields are separated by a line feed, which none of them can contain, so no two events share a form.
 */
export function chainHash(previousHash: Buffer, event: HashedEvent): Buffer {
  const digest = event.packetDigest === null ? '' : event.packetDigest.toString('hex');
  const form =
    `${event.ledgerId}\n${event.version}\n${event.type}\n${event.schemaVersion}\n` +
    `${event.transferId ?? ''}\n${event.occurredAtMs}\n${digest}\n${event.payload}`;
  return sha256(joined(previousHash, form));
}

/** UTF-8 takes at most so many bytes for one unit of a string. */
const UTF8_BYTES_PER_UNIT = 3;
let room = Buffer.allocUnsafeSlow(4_096);

/** Good until the next call. */
function joined(previousHash: Buffer, form: string): Buffer {
  const needed = previousHash.length + UTF8_BYTES_PER_UNIT * form.length;
  if (room.length < needed) room = Buffer.allocUnsafeSlow(2 * needed);
  previousHash.copy(room);
  const end = previousHash.length + room.write(form, previousHash.length, 'utf8');
  return room.subarray(0, end);
}
