/**
 * One NATS message of the batched link: a version byte, then entries, each behind its length as
 * UInt32. A batch is read whole or not at all.
 */
const VERSION = 1;
const HEAD_BYTES = 1;
const LENGTH_BYTES = 4;

/** Entries on their way to one subject. */
export class LinkBatch {
  private entries: Buffer[] = [];
  private size = HEAD_BYTES;

  /** What the batch will weigh on the wire, bytes. */
  get bytes(): number {
    return this.size;
  }

  get count(): number {
    return this.entries.length;
  }

  add(entry: Buffer): void {
    this.entries.push(entry);
    this.size += weightOf(entry);
  }

  /** The message; the batch is empty afterwards. */
  take(): Buffer {
    const message = Buffer.allocUnsafe(this.size);
    message[0] = VERSION;
    let at = HEAD_BYTES;
    for (const entry of this.entries) {
      at = message.writeUInt32BE(entry.length, at);
      at += entry.copy(message, at);
    }
    this.entries = [];
    this.size = HEAD_BYTES;
    return message;
  }
}

/** What an entry adds to its batch, bytes. */
export function weightOf(entry: Buffer): number {
  return LENGTH_BYTES + entry.length;
}

/** Bytes of a batch that holds nothing yet. */
export const EMPTY_BATCH_BYTES = HEAD_BYTES;

/** The entries as slices of the message, or undefined if it is not a batch from end to end. */
export function entriesOf(message: Buffer): Buffer[] | undefined {
  if (message[0] !== VERSION) return undefined;
  const entries: Buffer[] = [];
  let at = HEAD_BYTES;
  while (at < message.length) {
    if (at + LENGTH_BYTES > message.length) return undefined;
    const start = at + LENGTH_BYTES;
    const end = start + message.readUInt32BE(at);
    if (end > message.length) return undefined;
    entries.push(message.subarray(start, end));
    at = end;
  }
  return entries;
}
