import { HotCodecReader, UnreadableMessageError } from './hot-codec-reader';
import { HotCodecWriter } from './hot-codec-writer';
import type { ReplyTo } from './hot-messages';

/** An ILQP packet that a peer sent; the answer is an ILQP response or an ILP error. */
export interface PeerQuoteQuestion {
  readonly replyTo: ReplyTo;
  /** The ledger that it came in on. */
  readonly ledgerId: string;
  readonly packet: Buffer;
}

export interface PeerQuoteAnswer {
  readonly reference: number;
  readonly packet: Buffer;
}

/** First byte of every question and answer; another value is another layout. */
const VERSION = 1;

const out = new HotCodecWriter();

/** The bytes of one entry on the batched link. */
export function encodePeerQuoteQuestion({ replyTo, ledgerId, packet }: PeerQuoteQuestion): Buffer {
  out.begin();
  out.uint8(VERSION);
  out.text(replyTo.gatewayId);
  out.uint32(replyTo.reference);
  out.text(ledgerId);
  out.bytes(packet);
  return out.finish();
}

/**
 * The packet is a slice of `bytes`.
 * @throws UnreadableMessageError
 */
export function decodePeerQuoteQuestion(bytes: Buffer): PeerQuoteQuestion {
  const input = begun(bytes);
  const replyTo = { gatewayId: input.text('gatewayId'), reference: input.uint32('reference') };
  const question = { replyTo, ledgerId: input.text('ledgerId'), packet: input.bytes('packet') };
  input.end();
  return question;
}

export function encodePeerQuoteAnswer({ reference, packet }: PeerQuoteAnswer): Buffer {
  out.begin();
  out.uint8(VERSION);
  out.uint32(reference);
  out.bytes(packet);
  return out.finish();
}

/**
 * The packet is a slice of `bytes`.
 * @throws UnreadableMessageError
 */
export function decodePeerQuoteAnswer(bytes: Buffer): PeerQuoteAnswer {
  const input = begun(bytes);
  const answer = { reference: input.uint32('reference'), packet: input.bytes('packet') };
  input.end();
  return answer;
}

function begun(bytes: Buffer): HotCodecReader {
  const input = new HotCodecReader(bytes);
  const version = input.uint8('version');
  if (version === VERSION) return input;
  throw new UnreadableMessageError('version', `is ${version}, this build reads ${VERSION}`);
}
