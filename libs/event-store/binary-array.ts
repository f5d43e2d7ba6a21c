/**
 * Arrays in PostgreSQL's binary format. A batch of events travels as one array per column, and
 * this spares what text would cost: escaping on our side, parsing on the server's, and two
 * characters for every byte of a packet.
 */
export interface ElementCodec<T> {
  /** Type of the element in pg_type; the same in every database. */
  readonly oid: number;
  size(value: T): number;
  /** Writes exactly `size(value)` bytes. */
  write(target: Buffer, offset: number, value: T): void;
}

const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
const NULL_LENGTH = -1;

/** One-dimensional, indexed from 1; null elements are SQL NULLs. */
export function binaryArray<T>(codec: ElementCodec<T>, values: readonly (T | null)[]): Buffer {
  const target = Buffer.allocUnsafe(arraySize(codec, values));
  writeHeader(target, codec.oid, values.length);
  let offset = HEADER_BYTES;
  for (const value of values) {
    const size = value === null ? NULL_LENGTH : codec.size(value);
    target.writeInt32BE(size, offset);
    offset += LENGTH_BYTES;
    if (value === null) continue;
    codec.write(target, offset, value);
    offset += size;
  }
  return target;
}

function arraySize<T>(codec: ElementCodec<T>, values: readonly (T | null)[]): number {
  let size = HEADER_BYTES + values.length * LENGTH_BYTES;
  for (const value of values) if (value !== null) size += codec.size(value);
  return size;
}

function writeHeader(target: Buffer, oid: number, length: number): void {
  target.writeInt32BE(1, 0);
  // Says that there may be NULLs; where there are none this costs nothing.
  target.writeInt32BE(1, 4);
  target.writeInt32BE(oid, 8);
  target.writeInt32BE(length, 12);
  target.writeInt32BE(1, 16);
}

export const textElement: ElementCodec<string> = {
  oid: 25,
  size: (value) => Buffer.byteLength(value),
  write: (target, offset, value) => void target.write(value, offset, 'utf8'),
};

export const byteaElement: ElementCodec<Buffer> = {
  oid: 17,
  size: (value) => value.length,
  write: (target, offset, value) => void value.copy(target, offset),
};

export const int2Element: ElementCodec<number> = {
  oid: 21,
  size: () => 2,
  write: (target, offset, value) => void target.writeInt16BE(value, offset),
};

export const int8Element: ElementCodec<number> = {
  oid: 20,
  size: () => 8,
  write: writeInt64,
};

const HIGH_WORD = 2 ** 32;

/** A whole number that a double holds exactly; in two words, for a bigint costs more. */
function writeInt64(target: Buffer, offset: number, value: number): void {
  const high = Math.floor(value / HIGH_WORD);
  target.writeInt32BE(high, offset);
  target.writeUInt32BE(value - high * HIGH_WORD, offset + 4);
}

/** Lower-case or upper-case text with dashes. */
export const uuidElement: ElementCodec<string> = {
  oid: 2950,
  size: () => 16,
  write: (target, offset, value) => void target.write(value.replaceAll('-', ''), offset, 'hex'),
};

/** JSON text; the leading byte is the version of jsonb's binary form. */
export const jsonbElement: ElementCodec<string> = {
  oid: 3802,
  size: (value) => 1 + Buffer.byteLength(value),
  write: (target, offset, value) => {
    target[offset] = 1;
    target.write(value, offset + 1, 'utf8');
  },
};

const POSTGRES_EPOCH_MS = 946_684_800_000;

/** Milliseconds since 1970; the server counts microseconds since 2000. */
export const timestamptzElement: ElementCodec<number> = {
  oid: 1184,
  size: () => 8,
  write: (target, offset, value) => {
    const microseconds = (value - POSTGRES_EPOCH_MS) * 1000;
    if (Number.isSafeInteger(microseconds)) writeInt64(target, offset, microseconds);
    else target.writeBigInt64BE(BigInt(value - POSTGRES_EPOCH_MS) * 1000n, offset);
  },
};
