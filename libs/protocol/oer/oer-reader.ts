import { parseGeneralizedTime } from './generalized-time';
import { UnreadablePacketError, type UnreadableRule } from './unreadable-packet-error';

/** Longest length determinant and longest variable integer, in bytes after the first. */
const MAX_INTEGER_BYTES = 6;
const LONG_FORM = 0x80;
const TWO_POW_32 = 0x1_0000_0000;

/**
 * Reads OER from a buffer, front to back (SPEC §4). Byte strings are slices of the input, never
 * copies, and nothing is allocated in proportion to an announced length or count. Bytes after the
 * last field that was asked for are ignored, as the historic peers do.
 *
 * Every method takes the name of the field it reads and throws UnreadablePacketError with it.
 */
export class OerReader {
  private offset = 0;
  private end: number;

  constructor(private readonly bytes: Buffer) {
    this.end = bytes.length;
  }

  /** Bytes not yet read, of the content if one was entered. */
  get remaining(): number {
    return this.end - this.offset;
  }

  uint8(field: string): number {
    return this.bytes[this.take(1, field)] ?? 0;
  }

  uint32(field: string): number {
    return this.bytes.readUInt32BE(this.take(4, field));
  }

  uint64(field: string): bigint {
    const at = this.take(8, field);
    const high = this.bytes.readUInt32BE(at);
    const low = this.bytes.readUInt32BE(at + 4);
    // One bigint instead of four for every amount that a double holds exactly.
    if (high < 0x20_0000) return BigInt(high * TWO_POW_32 + low);
    return (BigInt(high) << 32n) | BigInt(low);
  }

  /** A slice of exactly `size` bytes. */
  octets(size: number, field: string): Buffer {
    const at = this.take(size, field);
    return this.bytes.subarray(at, at + size);
  }

  /** Exactly `size` bytes as text, one character per byte, so that nothing is lost or folded. */
  text(size: number, field: string): string {
    const at = this.take(size, field);
    return this.bytes.toString('latin1', at, at + size);
  }

  /** Length-prefixed bytes, as a slice. */
  varOctets(field: string): Buffer {
    return this.octets(this.length(field), field);
  }

  /** Length-prefixed text, one character per byte. */
  varText(field: string): string {
    return this.text(this.length(field), field);
  }

  /** Passes over length-prefixed bytes and returns how many there were. */
  skipVarOctets(field: string): number {
    const size = this.length(field);
    this.take(size, field);
    return size;
  }

  /** Milliseconds since the epoch, or NaN where the bytes are there but are not a timestamp. */
  timestampOrNaN(field: string): number {
    const size = this.length(field);
    return parseGeneralizedTime(this.bytes, this.take(size, field), size);
  }

  timestamp(field: string): number {
    const ms = this.timestampOrNaN(field);
    if (Number.isNaN(ms)) throw new UnreadablePacketError(field, 'not-a-timestamp');
    return ms;
  }

  /**
   * The count of a SEQUENCE OF. A count that cannot be true, because the bytes left are too few
   * for so many entries of at least `minimumEntrySize` bytes, is refused before anything is built.
   */
  count(minimumEntrySize: number, field: string): number {
    const count = this.varUInt(field);
    if (count * minimumEntrySize > this.remaining) fail(field, 'count-too-large');
    return count;
  }

  /** Reads a length and confines the reader to so many bytes. */
  enterContent(field: string): void {
    const size = this.length(field);
    this.end = this.take(size, field) + size;
    this.offset = this.end - size;
  }

  /** A self-delimiting packet (type byte, length, content) inside this one, as one slice. */
  nestedPacket(field: string): Buffer {
    const start = this.take(1, field);
    this.skipVarOctets(field);
    return this.bytes.subarray(start, this.offset);
  }

  private varUInt(field: string): number {
    const size = this.length(field);
    if (size === 0) fail(field, 'integer-empty');
    if (size > MAX_INTEGER_BYTES) fail(field, 'integer-too-long');
    const at = this.take(size, field);
    if (size > 1 && this.bytes[at] === 0) fail(field, 'integer-not-minimal');
    return this.bytes.readUIntBE(at, size);
  }

  private length(field: string): number {
    const first = this.uint8(field);
    return first < LONG_FORM ? first : this.longLength(first - LONG_FORM, field);
  }

  private longLength(size: number, field: string): number {
    if (size === 0) fail(field, 'length-not-minimal');
    if (size > MAX_INTEGER_BYTES) fail(field, 'length-too-long');
    const at = this.take(size, field);
    const value = this.bytes.readUIntBE(at, size);
    if (value < LONG_FORM || this.bytes[at] === 0) fail(field, 'length-not-minimal');
    return value;
  }

  /** Where the next `size` bytes start; they count as read. */
  private take(size: number, field: string): number {
    const at = this.offset;
    if (size > this.end - at) fail(field, 'truncated');
    this.offset = at + size;
    return at;
  }
}

function fail(field: string, rule: UnreadableRule): never {
  throw new UnreadablePacketError(field, rule);
}
