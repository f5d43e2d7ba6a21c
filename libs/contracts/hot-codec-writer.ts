const SHORT = 0xff;
const INITIAL_BYTES = 64 * 1024;
/** 2^48 ms is the year 10889. */
const TIME_LIMIT = 2 ** 48;
const DASH = 0x2d;

/**
 * Writes fields one after the other into a scratch buffer that it keeps, so that a message costs one
 * pass and one allocation. Not re-entrant: `begin`, write, `finish`, all in one synchronous stretch.
 * Values that no reader could take back (wrong size, out of range) throw `RangeError`.
 */
export class HotCodecWriter {
  private scratch = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  private offset = 0;

  begin(): void {
    this.offset = 0;
  }

  finish(): Buffer {
    const bytes = Buffer.allocUnsafe(this.offset);
    this.scratch.copy(bytes, 0, 0, this.offset);
    return bytes;
  }

  uint8(value: number): void {
    this.reserve(1);
    this.scratch[this.offset++] = value;
  }

  uint32(value: number): void {
    this.reserve(4);
    this.offset = this.scratch.writeUInt32BE(value, this.offset);
  }

  uint64(value: bigint): void {
    this.reserve(8);
    this.offset = this.scratch.writeBigUInt64BE(value, this.offset);
  }

  /** Two's complement; wide enough for any difference of two sums of amounts. */
  int128(value: bigint): void {
    this.reserve(16);
    this.scratch.writeBigInt64BE(value >> 64n, this.offset);
    this.scratch.writeBigUInt64BE(BigInt.asUintN(64, value), this.offset + 8);
    this.offset += 16;
  }

  timeMs(value: number): void {
    if (!Number.isInteger(value) || value < 0 || value >= TIME_LIMIT) {
      throw new RangeError(`time ${value} is not a whole number of milliseconds since the epoch`);
    }
    this.reserve(6);
    this.offset = this.scratch.writeUIntBE(value, this.offset, 6);
  }

  /** 32 bytes: a condition, a fulfillment, a digest. */
  bytes32(value: Buffer): void {
    if (value.length !== 32) throw new RangeError(`${value.length} bytes where 32 are meant`);
    this.reserve(32);
    value.copy(this.scratch, this.offset);
    this.offset += 32;
  }

  bytes(value: Buffer): void {
    this.length(value.length);
    this.reserve(value.length);
    value.copy(this.scratch, this.offset);
    this.offset += value.length;
  }

  optionalBytes(value: Buffer | null): void {
    this.uint8(value === null ? 0 : 1);
    if (value !== null) this.bytes(value);
  }

  text(value: string): void {
    this.reserve(5 + value.length * 3);
    if (value.length * 3 >= SHORT) {
      this.length(Buffer.byteLength(value));
      this.offset += this.scratch.write(value, this.offset, 'utf8');
      return;
    }
    const written = this.scratch.write(value, this.offset + 1, 'utf8');
    this.scratch[this.offset] = written;
    this.offset += 1 + written;
  }

  /** Lower-case UUID text as its 16 bytes. */
  uuid(value: string): void {
    this.reserve(16);
    if (value.length !== 36 || !this.uuidBytes(value)) {
      throw new RangeError(`'${value}' is not a lower-case UUID`);
    }
  }

  private uuidBytes(value: string): boolean {
    let at = 0;
    for (let index = 0; index < 16; index += 1) {
      if (index === 4 || index === 6 || index === 8 || index === 10) {
        if (value.charCodeAt(at) !== DASH) return false;
        at += 1;
      }
      const high = nibble(value.charCodeAt(at));
      const low = nibble(value.charCodeAt(at + 1));
      if (high < 0 || low < 0) return false;
      this.scratch[this.offset + index] = high * 16 + low;
      at += 2;
    }
    this.offset += 16;
    return true;
  }

  private length(value: number): void {
    if (value < SHORT) {
      this.uint8(value);
      return;
    }
    this.uint8(SHORT);
    this.uint32(value);
  }

  private reserve(bytes: number): void {
    const needed = this.offset + bytes;
    if (needed <= this.scratch.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.scratch.length * 2));
    this.scratch.copy(larger, 0, 0, this.offset);
    this.scratch = larger;
  }
}

function nibble(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x61 && code <= 0x66) return code - 0x57;
  return -1;
}
