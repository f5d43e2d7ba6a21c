import { Query, type PoolClient } from 'pg';
import { InexactNumberError } from './event-store-errors';

/**
 * Rows in PostgreSQL's binary format. node-postgres reads the columns of a SELECT as text only,
 * which writes every byte of a packet as two characters; COPY hands over what the server sent.
 */
export function binaryRows(on: Pick<PoolClient, 'query'>, select: string): Promise<BinaryRows> {
  return new Promise((resolve, reject) => {
    const copy = new CopyOut(`COPY (${select}) TO STDOUT (FORMAT binary)`, (error) => {
      if (error instanceof Error) reject(error);
      else resolve(copy.received);
    });
    on.query(copy);
  });
}

/** node-postgres's own query in all but the data, which it leaves to whoever overrides this. */
class CopyOut extends Query {
  /** Not `rows`: that is what Query calls the page size. */
  readonly received = new BinaryRows();

  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    this.received.add(chunk);
  }
}

const FIRST_BYTES = 65_536;

/**
 * The rows of one answer as the server sent them, outside of the garbage collector's reach. They
 * are read when they are needed, so that a thousand rows that wait are one thing and not many
 * thousands.
 */
export class BinaryRows {
  private bytes: Buffer = Buffer.alloc(0);
  private end = 0;
  private readonly starts: number[] = [];
  private readonly row = new BinaryRow();

  get length(): number {
    return this.starts.length;
  }

  /**
   * Takes a message of the server: each is one row, but that the first begins with the header and
   * the last is the trailer. It is copied, for the connection uses its buffer again.
   */
  add(message: Buffer): void {
    const start = headerLength(message);
    if (start === message.length || message.readInt16BE(start) === TRAILER) return;
    const end = this.end + message.length - start;
    if (end > this.bytes.length) this.grow(end);
    message.copy(this.bytes, this.end, start);
    this.starts.push(this.end);
    this.end = end;
  }

  read<T>(index: number, decode: (row: BinaryRow) => T): T {
    const start = this.starts[index];
    if (start === undefined) throw new RangeError(`there is no row ${index}`);
    return decode(this.row.begin(this.bytes, start));
  }

  private grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, 2 * needed));
    this.bytes.copy(grown, 0, 0, this.end);
    this.bytes = grown;
  }
}

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const TRAILER = -1;

function headerLength(message: Buffer): number {
  if (message[0] !== SIGNATURE[0] || !message.subarray(0, SIGNATURE.length).equals(SIGNATURE))
    return 0;
  const extension = SIGNATURE.length + 4;
  return extension + 4 + message.readInt32BE(extension);
}

const COLUMN_COUNT_BYTES = 2;
const LENGTH_BYTES = 4;
const NULL_LENGTH = -1;
const HIGH_WORD = 2 ** 32;
const POSTGRES_EPOCH_MS = 946_684_800_000;

/** Reads one row's columns in their order. Each method is for one type of column. */
export class BinaryRow {
  private bytes: Buffer = Buffer.alloc(0);
  private offset = 0;

  begin(bytes: Buffer, offset: number): this {
    this.bytes = bytes;
    this.offset = offset + COLUMN_COUNT_BYTES;
    return this;
  }

  text(): string {
    const from = this.offset + LENGTH_BYTES;
    this.offset = from + this.length();
    return this.bytes.toString('utf8', from, this.offset);
  }

  /** Of characters that all are ASCII, which is faster. */
  asciiOrNull(): string | null {
    const length = this.length();
    const from = this.offset + LENGTH_BYTES;
    if (length === NULL_LENGTH) {
      this.offset = from;
      return null;
    }
    this.offset = from + length;
    return this.bytes.toString('latin1', from, this.offset);
  }

  ascii(): string {
    return this.asciiOrNull() ?? '';
  }

  int2(): number {
    const from = this.offset + LENGTH_BYTES;
    this.offset = from + 2;
    return this.bytes.readInt16BE(from);
  }

  /** @throws InexactNumberError beyond 2^53 - 1 */
  int8(): number {
    const from = this.offset + LENGTH_BYTES;
    const value = this.bytes.readInt32BE(from) * HIGH_WORD + this.bytes.readUInt32BE(from + 4);
    if (!Number.isSafeInteger(value)) {
      throw new InexactNumberError(this.bytes.readBigInt64BE(from).toString());
    }
    this.offset = from + 8;
    return value;
  }

  /** Milliseconds since 1970 of a timestamptz that has no finer parts. */
  timestampMs(): number {
    const from = this.offset + LENGTH_BYTES;
    this.offset = from + 8;
    // Microseconds since 2000: a double holds them exactly until 2285.
    const high = this.bytes.readInt32BE(from);
    const exact = Math.abs(high) < 2 ** 20;
    const ms = exact
      ? (high * HIGH_WORD + this.bytes.readUInt32BE(from + 4)) / 1000
      : Number(this.bytes.readBigInt64BE(from) / 1000n);
    return ms + POSTGRES_EPOCH_MS;
  }

  /** The text that the server writes; it has its own order of keys. */
  jsonb(): string {
    const from = this.offset + LENGTH_BYTES;
    this.offset = from + this.length();
    // The first byte is the version of the binary form.
    return this.bytes.toString('utf8', from + 1, this.offset);
  }

  /** Copied, so that who keeps it does not keep all the rows. */
  byteaOrNull(): Buffer | null {
    const length = this.length();
    const from = this.offset + LENGTH_BYTES;
    if (length === NULL_LENGTH) {
      this.offset = from;
      return null;
    }
    this.offset = from + length;
    const copy = Buffer.allocUnsafe(length);
    this.bytes.copy(copy, 0, from, this.offset);
    return copy;
  }

  bytea(): Buffer {
    return this.byteaOrNull() ?? Buffer.alloc(0);
  }

  private length(): number {
    return this.bytes.readInt32BE(this.offset);
  }
}
