import { Curve } from '#domain/liquidity';
import {
  boundedError,
  decodeIlp,
  errorOfRejection,
  type IlpError,
  type IlpErrorCode,
  type IlpPacket,
  type IlqpRequest,
  isAddressedTo,
  matchesPrefix,
  UnreadablePacketError,
} from '#protocol';
import type { QuotedTail } from './quoted-tails';
import type { CurvelessRoute } from './route';

/** Asked for by whoever wants to pay or have a quote over a route without a curve. Base units. */
export type WantedAmount =
  /** Of the ledger that it comes from. */
  | { readonly by: 'source'; readonly amount: bigint }
  /** Of the destination. */
  | { readonly by: 'destination'; readonly amount: bigint };

/** The tables have a route and no price for it: only its next hop can tell one (SPEC §12.3). */
export interface RemoteQuoteNeeded {
  readonly type: 'remote-quote-needed';
  readonly route: CurvelessRoute;
  readonly destination: string;
  /** How long money is to be held at the destination; passed on unchanged. */
  readonly holdDurationMs: number;
  /** For a next hop that quotes amounts only (D-37); a liquidity request has none. */
  readonly wanted?: WantedAmount | undefined;
}

/** What a next hop that quotes amounts only said of one amount (D-37). */
export interface QuotedAmount {
  /** The ledger that leads to the next hop. */
  readonly ledgerId: string;
  readonly nextHop: string;
  readonly by: WantedAmount['by'];
  /** What it was asked: units of the next ledger by source, of the destination by destination. */
  readonly asked: bigint;
  /** What it said: the other one of the two. */
  readonly told: bigint;
  /** Time that a payment needs to be held on the next ledger. */
  readonly sourceHoldDurationMs: number;
}

/** Why there is no quote: an ILP error of the next hop, to be relayed, or a fault to be our own. */
export type RemoteFailure =
  | { readonly kind: 'relayed'; readonly error: IlpError }
  | { readonly kind: 'own'; readonly code: IlpErrorCode; readonly message: string };

export type RemoteOutcome =
  /** The tables know by now. */
  | { readonly kind: 'quoted' }
  | { readonly kind: 'amount'; readonly amount: QuotedAmount }
  | { readonly kind: 'failed'; readonly failure: RemoteFailure };

/** What is wrong with the answer of a next hop. */
export type AnswerFault =
  | 'undecodable'
  | 'wrong-type'
  | 'no-points'
  | 'too-many-points'
  | 'nothing'
  | 'expired'
  | 'hold-too-short'
  | 'hold-too-long'
  | 'other-prefix';

/** An answer that nothing can be made of. */
export class BadQuoteError extends Error {
  override readonly name = 'BadQuoteError';

  constructor(readonly fault: AnswerFault) {
    super(`the next hop answered with a quote that is none: ${fault}`);
  }
}

export interface RemoteQuoteRules {
  /** However long a quote says that it holds, it does so no longer. */
  readonly keptMs: number;
  readonly maxPoints: number;
  /** Most time that the way behind the next hop may need. */
  readonly maxWindowMs: number;
}

/** What was asked of the next hop, and when it answered. */
export interface AskedRemotely {
  readonly route: CurvelessRoute;
  readonly request: IlqpRequest;
  readonly nowMs: number;
  readonly rules: RemoteQuoteRules;
}

export function liquidityRequest(needed: RemoteQuoteNeeded): IlqpRequest {
  const { destination: destinationAccount, holdDurationMs } = needed;
  return {
    type: 'liquidity-request',
    destinationAccount,
    destinationHoldDurationMs: holdDurationMs,
  };
}

/** The request for the amount alone; undefined where nothing of it would reach the next hop. */
export function amountRequest(
  route: CurvelessRoute,
  { destination: destinationAccount, holdDurationMs, wanted }: RemoteQuoteNeeded,
): IlqpRequest | undefined {
  const about = { destinationAccount, destinationHoldDurationMs: holdDurationMs };
  if (wanted === undefined) return undefined;
  if (wanted.by === 'destination') {
    return { type: 'by-destination-request', destinationAmount: wanted.amount, ...about };
  }
  const sourceAmount = route.head.local.amountAt(wanted.amount);
  return sourceAmount === 0n ? undefined : { type: 'by-source-request', sourceAmount, ...about };
}

/**
 * The answer to a liquidity request, as it is kept. A quote for more than the route is one for the
 * route; one for less holds for that only (SPEC §12.3).
 * @throws BadQuoteError
 */
export function readQuotedTail(answer: Buffer, asked: AskedRemotely): QuotedTail | IlpError {
  const packet = read(answer, asked.nowMs);
  if (packet.type === 'error') return packet;
  if (packet.type !== 'liquidity-response') throw new BadQuoteError('wrong-type');
  const { route, request, nowMs, rules } = asked;
  const { points, appliesToPrefix, sourceHoldDurationMs, expiresAtMs } = packet;
  if (points.length === 0) throw new BadQuoteError('no-points');
  if (points.length > rules.maxPoints) throw new BadQuoteError('too-many-points');
  if (expiresAtMs <= nowMs) throw new BadQuoteError('expired');
  if (!holdsFor(appliesToPrefix, request.destinationAccount))
    throw new BadQuoteError('other-prefix');
  const { matchedKey } = route;
  return {
    key: appliesToPrefix.length > matchedKey.length ? appliesToPrefix : matchedKey,
    // What was decoded is a curve.
    curve: Curve.of(points),
    windowMs: windowOf(sourceHoldDurationMs, asked),
    expiresAtMs: Math.min(expiresAtMs, nowMs + rules.keptMs),
  };
}

/** The answer to a request for an amount. @throws BadQuoteError */
export function readQuotedAmount(answer: Buffer, asked: AskedRemotely): QuotedAmount | IlpError {
  const packet = read(answer, asked.nowMs);
  if (packet.type === 'error') return packet;
  const { route, request } = asked;
  const amounts = amountsOf(request, packet);
  if (amounts === undefined) throw new BadQuoteError('wrong-type');
  if (amounts.told === 0n) throw new BadQuoteError('nothing');
  windowOf(amounts.sourceHoldDurationMs, asked);
  return { ledgerId: route.next.ledgerId, nextHop: route.nextHop, ...amounts };
}

/** Whether the amount is what would be asked of this way now. */
export function isAbout(
  { ledgerId, nextHop, by, asked }: QuotedAmount,
  route: CurvelessRoute,
  wanted: WantedAmount,
): boolean {
  if (route.next.ledgerId !== ledgerId || route.nextHop !== nextHop || wanted.by !== by)
    return false;
  return (by === 'source' ? route.head.local.amountAt(wanted.amount) : wanted.amount) === asked;
}

/** A type 11 is an error like type 8 (SPEC §6.2). */
function read(answer: Buffer, nowMs: number): IlpPacket {
  try {
    const packet = decodeIlp(answer);
    return packet.type === 'rejection' ? boundedError(errorOfRejection(packet, nowMs)) : packet;
  } catch (error) {
    if (error instanceof UnreadablePacketError) throw new BadQuoteError('undecodable');
    throw error;
  }
}

function amountsOf(
  request: IlqpRequest,
  packet: IlpPacket,
): Pick<QuotedAmount, 'by' | 'asked' | 'told' | 'sourceHoldDurationMs'> | undefined {
  if (request.type === 'by-source-request' && packet.type === 'by-source-response') {
    const { destinationAmount: told, sourceHoldDurationMs } = packet;
    return { by: 'source', asked: request.sourceAmount, told, sourceHoldDurationMs };
  }
  if (request.type === 'by-destination-request' && packet.type === 'by-destination-response') {
    const { sourceAmount: told, sourceHoldDurationMs } = packet;
    return { by: 'destination', asked: request.destinationAmount, told, sourceHoldDurationMs };
  }
  return undefined;
}

/** An address below the prefix, by whole segments. */
function holdsFor(prefix: string, address: string): boolean {
  if (prefix === '' || prefix.endsWith('.')) return matchesPrefix(address, prefix);
  return isAddressedTo(address, prefix);
}

function windowOf(sourceHoldDurationMs: number, { request, rules }: AskedRemotely): number {
  const windowMs = sourceHoldDurationMs - request.destinationHoldDurationMs;
  if (windowMs < 0) throw new BadQuoteError('hold-too-short');
  if (windowMs > rules.maxWindowMs) throw new BadQuoteError('hold-too-long');
  return windowMs;
}
