import { isUtf8 } from 'node:buffer';

const SHORT = 0xff;

/** Bytes on the batched link that no Causeway wrote: cut short, too long, or of another version. */
export class UnreadableMessageError extends Error {
  override readonly name = 'UnreadableMessageError';

  constructor(
    readonly field: string,
    readonly rule: string,
  ) {
    super(`${field}: ${rule}`);
  }
}

/**
 * Reads fields one after the other. Byte fields are slices of the input, nothing is allocated by a
 * length that the input does not have. Throws `UnreadableMessageError`, nothing else.
 */
export class HotCodecReader {
  private offset = 0;

  constructor(private readonly input: Buffer) {}

  end(): void {
    if (this.offset === this.input.length) return;
    throw new UnreadableMessageError(
      'message',
      `${this.input.length - this.offset} bytes too long`,
    );
  }

  uint8(field: string): number {
    return this.input.readUInt8(this.take(1, field));
  }

  uint32(field: string): number {
    return this.input.readUInt32BE(this.take(4, field));
  }

  uint64(field: string): bigint {
    return this.input.readBigUInt64BE(this.take(8, field));
  }

  int128(field: string): bigint {
    const at = this.take(16, field);
    return (this.input.readBigInt64BE(at) << 64n) | this.input.readBigUInt64BE(at + 8);
  }

  timeMs(field: string): number {
    return this.input.readUIntBE(this.take(6, field), 6);
  }

  bytes32(field: string): Buffer {
    const at = this.take(32, field);
    return this.input.subarray(at, at + 32);
  }

  bytes(field: string): Buffer {
    const length = this.length(field);
    const at = this.take(length, field);
    return this.input.subarray(at, at + length);
  }

  optionalBytes(field: string): Buffer | null {
    return this.present(field) ? this.bytes(field) : null;
  }

  text(field: string): string {
    const length = this.length(field);
    const at = this.take(length, field);
    const text = this.input.toString('utf8', at, at + length);
    if (text.includes('\ufffd') && !isUtf8(this.input.subarray(at, at + length))) {
      throw new UnreadableMessageError(field, 'is not UTF-8');
    }
    return text;
  }

  uuid(field: string): string {
    const at = this.take(16, field);
    const hex = this.input.toString('hex', at, at + 16);
    const head = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}`;
    return `${head}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  /** Whether an optional value follows. */
  present(field: string): boolean {
    const flag = this.uint8(field);
    if (flag > 1) throw new UnreadableMessageError(field, `presence is 0 or 1, not ${flag}`);
    return flag === 1;
  }

  private length(field: string): number {
    const short = this.uint8(field);
    if (short !== SHORT) return short;
    const long = this.uint32(field);
    if (long < SHORT) throw new UnreadableMessageError(field, 'length is not in its shortest form');
    return long;
  }

  private take(bytes: number, field: string): number {
    const at = this.offset;
    if (at + bytes > this.input.length) {
      throw new UnreadableMessageError(
        field,
        `needs ${bytes} bytes, ${this.input.length - at} left`,
      );
    }
    this.offset = at + bytes;
    return at;
  }
}
