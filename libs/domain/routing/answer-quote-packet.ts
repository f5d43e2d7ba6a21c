import {
  decodeIlp,
  encodeIlp,
  ilpError,
  type IlpPacket,
  type IlqpRequest,
  UnreadablePacketError,
} from '#protocol';
import { answerQuote, type QuoteRefusal, type QuoteRules } from './answer-quote';
import type { RoutingTables } from './routing-tables';

export interface QuotePacketQuestion {
  /** The ledger that the packet came in on. */
  readonly ledgerId: string;
  /** ILP packet as the peer sent it. */
  readonly packet: Buffer;
  readonly nowMs: number;
  readonly rules: QuoteRules;
  /** Names us where the ledger is unknown, so that we have no account on it. */
  readonly connectorAddress: string;
}

/** Outcome of one question: the packet to send back, and its kind for whoever counts them. */
export interface QuotePacketAnswer {
  readonly packet: Buffer;
  readonly outcome: string;
  /** Of the exchange rates that the answer rests on; undefined = on none. */
  readonly ratesVersion: number | undefined;
}

/**
 * Answers the ILQP packet of a peer with an ILQP response or an ILP error (SPEC §12.1, §12.5).
 * Throws for no bytes whatever.
 */
export function answerQuotePacket(
  tables: RoutingTables,
  question: QuotePacketQuestion,
): QuotePacketAnswer {
  const answer = answerTo(tables, question);
  if (answer.type !== 'refusal') {
    const { ratesVersion } = answer;
    return { packet: encodeIlp(answer), outcome: answer.type, ratesVersion };
  }
  const error = ilpError({
    code: answer.code,
    triggeredBy: tables.ledger(question.ledgerId)?.ownAddress ?? question.connectorAddress,
    triggeredAtMs: question.nowMs,
    data: answer.message,
  });
  return { packet: encodeIlp(error), outcome: answer.code, ratesVersion: undefined };
}

function answerTo(
  tables: RoutingTables,
  question: QuotePacketQuestion,
): Exclude<ReturnType<typeof answerQuote>, { type: 'remote-quote-needed' }> {
  const { ledgerId, nowMs, rules } = question;
  const request = readRequest(question.packet);
  if (request.type === 'refusal') return request;
  if (tables.ledger(ledgerId) === undefined) {
    return { type: 'refusal', code: 'T01', message: `Ledger is not connected: ${ledgerId}` };
  }
  const answer = answerQuote(tables, { ledgerId, request, nowMs, rules });
  if (answer.type !== 'remote-quote-needed') return answer;
  const message = `No price is known beyond ${answer.route.nextHop}: remote quotes are not offered`;
  return { type: 'refusal', code: 'T01', message };
}

function readRequest(bytes: Buffer): IlqpRequest | QuoteRefusal {
  try {
    return requireRequest(decodeIlp(bytes));
  } catch (error) {
    if (!(error instanceof UnreadablePacketError)) throw error;
    return { type: 'refusal', code: 'F01', message: `Invalid packet: ${error.message}` };
  }
}

function requireRequest(packet: IlpPacket): IlqpRequest | QuoteRefusal {
  switch (packet.type) {
    case 'liquidity-request':
    case 'by-source-request':
    case 'by-destination-request':
      return packet;
    default:
      return { type: 'refusal', code: 'F00', message: `Unexpected packet type: ${packet.type}` };
  }
}
