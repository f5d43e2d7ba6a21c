import {
  countedErrorCode,
  decodeIlp,
  encodeIlp,
  forwardedError,
  ilpError,
  type IlpPacket,
  type IlqpRequest,
  UnreadablePacketError,
} from '#protocol';
import { answerQuote, type QuoteRefusal, type QuoteRules } from './answer-quote';
import type { QuotedAmount, RemoteFailure, RemoteQuoteNeeded } from './remote-quote';
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
  /** What a next hop said since of the very amount (D-37). */
  readonly quotedAmount?: QuotedAmount | undefined;
}

/**
 * Outcome of one question: the packet to send back, and its kind for whoever counts them, of which
 * there are a few only, whatever next hops answer.
 */
export interface QuotePacketAnswer {
  readonly packet: Buffer;
  readonly outcome: string;
  /** Of the exchange rates that the answer rests on; undefined = on none. */
  readonly ratesVersion: number | undefined;
}

/**
 * Answers the ILQP packet of a peer with an ILQP response or an ILP error (SPEC §12.1, §12.5), or
 * says which next hop has to be asked first. Throws for no bytes whatever.
 */
export function answerQuotePacket(
  tables: RoutingTables,
  question: QuotePacketQuestion,
): QuotePacketAnswer | RemoteQuoteNeeded {
  const answer = answerTo(tables, question);
  switch (answer.type) {
    case 'remote-quote-needed':
      return answer;
    case 'refusal':
      return refuseQuotePacket(tables, question, { kind: 'own', ...answer });
    default: {
      const { ratesVersion } = answer;
      return { packet: encodeIlp(answer), outcome: answer.type, ratesVersion };
    }
  }
}

/** Why there is no quote: an error of a next hop is passed on, with us as its latest forwarder. */
export function refuseQuotePacket(
  tables: RoutingTables,
  { ledgerId, connectorAddress, nowMs: triggeredAtMs }: QuotePacketQuestion,
  failure: RemoteFailure,
): QuotePacketAnswer {
  const ownAddress = tables.ledger(ledgerId)?.ownAddress ?? connectorAddress;
  if (failure.kind === 'relayed') {
    const packet = encodeIlp(forwardedError(failure.error, ownAddress));
    const outcome = countedErrorCode(failure.error.code);
    return { packet, outcome, ratesVersion: undefined };
  }
  const { code, message: data } = failure;
  const error = ilpError({ code, triggeredBy: ownAddress, triggeredAtMs, data });
  return { packet: encodeIlp(error), outcome: code, ratesVersion: undefined };
}

function answerTo(
  tables: RoutingTables,
  question: QuotePacketQuestion,
): ReturnType<typeof answerQuote> {
  const { ledgerId, nowMs, rules, quotedAmount } = question;
  const request = readRequest(question.packet);
  if (request.type === 'refusal') return request;
  if (tables.ledger(ledgerId) === undefined) {
    return { type: 'refusal', code: 'T01', message: `Ledger is not connected: ${ledgerId}` };
  }
  return answerQuote(tables, { ledgerId, request, nowMs, rules, quotedAmount });
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
