import { judgeFirstFrame } from '../../apps/btp-gateway/src/sockets/server-handshake';
import {
  alphaFromBtp,
  btpFromAlpha,
  decodeBtp,
  decodeBtpAlpha,
  decodeIlp,
  encodeBtp,
  encodeBtpAlpha,
  encodeIlp,
  InvalidFieldError,
  peekPayment,
  UnreadablePacketError,
} from '#protocol';

/** Something that reads bytes from outside. */
export interface CodecTarget {
  readonly name: string;
  /** What it made of the bytes, in words to count by. @throws whatever is a fault of ours */
  readonly examine: (bytes: Buffer) => string;
}

const SPEAKER = { account: 'test.causeway.client', nowMs: 0 };

/** The parse error that a target may throw, in words. @throws anything else, as it came */
export function outcomeOf(error: unknown): string {
  if (error instanceof UnreadablePacketError) return `unreadable: ${error.rule}`;
  if (error instanceof InvalidFieldError) {
    return `invalid field: ${error.packetType} ${error.field}`;
  }
  throw error;
}

export const CODEC_TARGETS: readonly CodecTarget[] = [
  { name: 'decodeBtp', examine: (bytes) => refusedOr(bytes, readBtp) },
  { name: 'decodeBtpAlpha', examine: (bytes) => refusedOr(bytes, readAlpha) },
  { name: 'decodeIlp', examine: (bytes) => refusedOr(bytes, readIlp) },
  { name: 'first frame', examine: (bytes) => firstFrame(bytes) },
];

function refusedOr(bytes: Buffer, read: (bytes: Buffer) => string): string {
  try {
    return read(bytes);
  } catch (error) {
    return outcomeOf(error);
  }
}

/** What could be read can be written, and means the same when it is read again. */
function readBtp(bytes: Buffer): string {
  const packet = decodeBtp(bytes);
  const written = encodeBtp(packet);
  same(encodeBtp(decodeBtp(written)), written);
  return `parsed: ${packet.type}`;
}

/** Sessions speak of alpha packets in the words of BTP/1.0, and back. */
function readAlpha(bytes: Buffer): string {
  const packet = decodeBtpAlpha(bytes);
  const written = encodeBtpAlpha(packet);
  same(encodeBtpAlpha(decodeBtpAlpha(written)), written);
  const translated = btpFromAlpha(packet);
  encodeBtp(translated);
  decodeBtpAlpha(encodeBtpAlpha(alphaFromBtp(translated, SPEAKER)));
  return `parsed: ${packet.type}`;
}

function readIlp(bytes: Buffer): string {
  const packet = decodeIlp(bytes);
  const written = encodeIlp(packet);
  same(encodeIlp(decodeIlp(written)), written);
  if (packet.type === 'payment' || packet.type === 'forwarded-payment') {
    if (peekPayment(bytes).account !== packet.account) throw new Error('peeked at another account');
  }
  return `parsed: ${packet.type}`;
}

function same(one: Buffer, other: Buffer): void {
  if (!one.equals(other)) throw new Error('another meaning when it is read again');
}

/** Of strangers: no packet of theirs authenticates them. */
function firstFrame(bytes: Buffer): string {
  const verdict = judgeFirstFrame(bytes, () => undefined);
  return verdict.kind === 'refuse' ? `refused: ${verdict.error}` : verdict.kind;
}
