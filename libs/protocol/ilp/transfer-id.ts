import { createHmac } from 'node:crypto';
import { UnwritableFieldError } from '../oer/unwritable-field-error';

/** Bytes of a transfer id on the wire. */
export const TRANSFER_ID_SIZE = 16;

const TEXT_LENGTH = 36;
const DASH = 0x2d;
const HEX = Buffer.from('0123456789abcdef');
const NIBBLE = nibbles();
/** Where the text of one id is put together; used up before the function returns. */
const scratch = Buffer.alloc(TEXT_LENGTH, DASH);

/** The 16 bytes of an id as lower-case UUID text. */
export function transferIdText(bytes: Buffer): string {
  let at = 0;
  for (let index = 0; index < TRANSFER_ID_SIZE; index += 1) {
    if (isDashAt(at)) at += 1;
    const byte = bytes[index] ?? 0;
    scratch[at] = HEX[byte >> 4] ?? 0;
    scratch[at + 1] = HEX[byte & 15] ?? 0;
    at += 2;
  }
  return scratch.toString('latin1', 0, TEXT_LENGTH);
}

/**
 * The 16 bytes of an id in UUID text of either case.
 * @throws UnwritableFieldError `not-a-transfer-id`
 */
export function transferIdBytes(text: string): Buffer {
  if (text.length !== TEXT_LENGTH) refuse();
  const bytes = Buffer.allocUnsafe(TRANSFER_ID_SIZE);
  let at = 0;
  for (let index = 0; index < TRANSFER_ID_SIZE; index += 1) {
    if (isDashAt(at)) {
      if (text.charCodeAt(at) !== DASH) refuse();
      at += 1;
    }
    bytes[index] = nibbleAt(text, at) * 16 + nibbleAt(text, at + 1);
    at += 2;
  }
  return bytes;
}

/**
 * The id of the transfer that forwards an incoming one (SPEC §13.2). The same incoming transfer
 * always yields the same id: this is what keeps a repeated payment from being paid twice, so the
 * secret must outlive the process.
 */
export function outgoingTransferId(source: {
  readonly secret: Buffer;
  readonly sourceLedgerPrefix: string;
  readonly sourceTransferId: string;
}): string {
  const digest = createHmac('sha256', source.secret)
    .update(`${source.sourceLedgerPrefix}/${source.sourceTransferId}`)
    .digest('hex');
  // Not the bytes of the digest: the dashes and the version overwrite characters of its text.
  return [
    digest.slice(0, 8),
    digest.slice(9, 13),
    `4${digest.slice(15, 18)}`,
    `8${digest.slice(20, 23)}`,
    digest.slice(24, 36),
  ].join('-');
}

function isDashAt(index: number): boolean {
  return index === 8 || index === 13 || index === 18 || index === 23;
}

function nibbleAt(text: string, index: number): number {
  const value = NIBBLE[text.charCodeAt(index)] ?? -1;
  return value < 0 ? refuse() : value;
}

function nibbles(): Int8Array {
  const table = new Int8Array(128).fill(-1);
  for (let value = 0; value < 16; value += 1) {
    table[HEX[value] ?? 0] = value;
    table[value.toString(16).toUpperCase().charCodeAt(0)] = value;
  }
  return table;
}

function refuse(): never {
  throw new UnwritableFieldError('transferId', 'not-a-transfer-id');
}
