import { GENERALIZED_TIME_LENGTH, writeGeneralizedTime } from './generalized-time';
import { UnwritableFieldError } from './unwritable-field-error';

const LONG_FORM = 0x80;
const MAX_UINT32 = 0xffff_ffff;
const MAX_UINT64 = 0xffff_ffff_ffff_ffffn;
const MAX_EXACT = BigInt(Number.MAX_SAFE_INTEGER);
const TWO_POW_32 = 0x1_0000_0000;

/** Bytes of a timestamp with its length. */
export const TIMESTAMP_SIZE = 1 + GENERALIZED_TIME_LENGTH;

/** Bytes of the length determinant of `length`. */
export function lengthSize(length: number): number {
  return length < LONG_FORM ? 1 : 1 + magnitudeSize(length);
}

/** Bytes of a length-prefixed string of `length` bytes. */
export function varSize(length: number): number {
  return lengthSize(length) + length;
}

/** Bytes of a variable-length unsigned integer. */
export function varUIntSize(value: number): number {
  return 1 + magnitudeSize(value);
}

function magnitudeSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 0xff; rest = Math.trunc(rest / 0x100)) size += 1;
  return size;
}

/**
 * Writes OER into one buffer of a size known beforehand (SPEC §4). Lengths are always minimal.
 * Methods with a `field` throw UnwritableFieldError for a value that has no such form.
 */
export class OerWriter {
  private readonly bytes: Buffer;
  private offset = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafe(size);
  }

  uint8(value: number, field: string): void {
    if (!Number.isInteger(value) || value < 0 || value > 0xff) refuseRange(field);
    this.bytes[this.offset] = value;
    this.offset += 1;
  }

  uint32(value: number, field: string): void {
    if (!Number.isInteger(value) || value < 0 || value > MAX_UINT32) refuseRange(field);
    this.offset = this.bytes.writeUInt32BE(value, this.offset);
  }

  uint64(value: bigint, field: string): void {
    if (value < 0n || value > MAX_UINT64) refuseRange(field);
    if (value > MAX_EXACT) {
      this.offset = this.bytes.writeBigUInt64BE(value, this.offset);
      return;
    }
    // Exact: the value is at most 2^53 - 1 here, and two words cost less than bigint shifts.
    const exact = Number(value);
    this.bytes.writeUInt32BE(Math.trunc(exact / TWO_POW_32), this.offset);
    this.offset = this.bytes.writeUInt32BE(exact % TWO_POW_32, this.offset + 4);
  }

  octets(value: Buffer): void {
    this.bytes.set(value, this.offset);
    this.offset += value.length;
  }

  /** Bytes that must number exactly `size`. */
  exactly(size: number, value: Buffer, field: string): void {
    if (value.length !== size) throw new UnwritableFieldError(field, 'wrong-length');
    this.octets(value);
  }

  /** Text of one byte per character. */
  text(value: string, field: string): void {
    for (let index = 0; index < value.length; index += 1) {
      const code = value.charCodeAt(index);
      if (code > 0xff) throw new UnwritableFieldError(field, 'not-latin1');
      this.bytes[this.offset + index] = code;
    }
    this.offset += value.length;
  }

  length(value: number): void {
    if (value < LONG_FORM) {
      this.bytes[this.offset] = value;
      this.offset += 1;
      return;
    }
    const size = magnitudeSize(value);
    this.bytes[this.offset] = LONG_FORM + size;
    this.offset = this.bytes.writeUIntBE(value, this.offset + 1, size);
  }

  varOctets(value: Buffer): void {
    this.length(value.length);
    this.octets(value);
  }

  varText(value: string, field: string): void {
    this.length(value.length);
    this.text(value, field);
  }

  varUInt(value: number): void {
    const size = magnitudeSize(value);
    this.bytes[this.offset] = size;
    this.offset = this.bytes.writeUIntBE(value, this.offset + 1, size);
  }

  timestamp(ms: number, field: string): void {
    this.length(GENERALIZED_TIME_LENGTH);
    writeGeneralizedTime(this.bytes, this.offset, { ms, field });
    this.offset += GENERALIZED_TIME_LENGTH;
  }

  /** The written bytes. The buffer is unsafely allocated, so a size that was wrong must not pass. */
  finish(): Buffer {
    if (this.offset !== this.bytes.length) {
      throw new Error(`wrote ${this.offset} bytes where ${this.bytes.length} were planned`);
    }
    return this.bytes;
  }
}

function refuseRange(field: string): never {
  throw new UnwritableFieldError(field, 'out-of-range');
}
