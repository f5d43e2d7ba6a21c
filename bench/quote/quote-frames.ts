import { decodeBtp, decodeIlp, encodeBtp, encodeIlp, ilpEntry, protocolEntry } from '#protocol';

/*
 * Questions are encoded once, and get their number when they are sent; of the answers only what kind they are is read,
 * at a fixed distance, as the asker shares the machine with what it measures.
 */

export const KINDS = ['by source', 'by destination', 'liquidity'] as const;
export type QuoteKind = (typeof KINDS)[number];

const HOLD_MS = 5_000;
const AMOUNT = 1_000_000n;
const RESPONSE = 1;
const NUMBER_AT = 1;
/** What the content of a Response begins with: one entry, and its name. */
const ILP_ENTRY = Buffer.from('\x01\x01\x03ilp\x00', 'latin1');
/** ILP packet type of the answer. */
const ANSWERS: Readonly<Record<QuoteKind, number>> = {
  'by source': 5,
  'by destination': 7,
  liquidity: 3,
};

/** One question to each destination, without a number. */
export function questionsTo(destinations: readonly string[], kind: QuoteKind): Buffer[] {
  return destinations.map((destination) =>
    encodeBtp({
      type: 'message',
      requestId: 0,
      protocolData: [ilpEntry(encodeIlp(requestOf(kind, `${destination}client`)))],
    }),
  );
}

function requestOf(kind: QuoteKind, destinationAccount: string): Parameters<typeof encodeIlp>[0] {
  const to = { destinationAccount, destinationHoldDurationMs: HOLD_MS };
  switch (kind) {
    case 'by source':
      return { type: 'by-source-request', sourceAmount: AMOUNT, ...to };
    case 'by destination':
      return { type: 'by-destination-request', destinationAmount: AMOUNT, ...to };
    case 'liquidity':
      return { type: 'liquidity-request', ...to };
  }
}

export function numbered(question: Buffer, number: number): Buffer {
  const frame = Buffer.from(question);
  frame.writeUInt32BE(number, NUMBER_AT);
  return frame;
}

export function numberOf(frame: Buffer): number {
  return frame.readUInt32BE(NUMBER_AT);
}

/** Is the frame a Response with an answer of this kind? */
export function answers(frame: Buffer, kind: QuoteKind): boolean {
  const entry = frame.indexOf(ILP_ENTRY);
  if (frame[0] !== RESPONSE || entry < 0) return false;
  const length = frame[entry + ILP_ENTRY.length] ?? 0;
  const packetAt = entry + ILP_ENTRY.length + 1 + (length < 0x80 ? 0 : length & 0x7f);
  return frame[packetAt] === ANSWERS[kind];
}

/** The figure that an answer comes to, for comparison; of a curve its last amount. */
export function figureIn(frame: Buffer): bigint {
  const packet = decodeBtp(frame);
  const data = packet.type === 'response' ? packet.protocolData : [];
  const entry = protocolEntry(data, 'ilp');
  const answer = entry === undefined ? undefined : decodeIlp(entry.data);
  switch (answer?.type) {
    case 'by-source-response':
      return answer.destinationAmount;
    case 'by-destination-response':
      return answer.sourceAmount;
    case 'liquidity-response':
      return answer.points.at(-1)?.[1] ?? 0n;
    default:
      throw new Error(`no quote: ${JSON.stringify(answer)}`);
  }
}
