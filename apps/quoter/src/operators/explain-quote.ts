import type { QuoteExplained, QuoteQuestion } from '#contracts';
import { inCurrency } from '#domain/ledger';
import { type PairPolicy, pairTerms } from '#domain/liquidity';
import type { RatesInForce } from '#domain/rates';
import type { LocalLedger, RouteQuery, RoutingTables, Way } from '#domain/routing';
import {
  decodeIlp,
  encodeIlp,
  errorMessage,
  ILP_ERROR_NAMES,
  type IlpError,
  type IlqpRequest,
  type IlqpResponse,
  type LiquidityResponse,
} from '#protocol';

/** The request that a peer would have sent for the same question. */
export function requestOf(question: QuoteQuestion): IlqpRequest {
  const { to: destinationAccount, holdMs: destinationHoldDurationMs } = question;
  const { sourceAmount, destinationAmount } = question;
  const about = { destinationAccount, destinationHoldDurationMs };
  if (sourceAmount !== undefined) {
    return { type: 'by-source-request', ...about, sourceAmount: BigInt(sourceAmount) };
  }
  if (destinationAmount !== undefined) {
    const amount = BigInt(destinationAmount);
    return { type: 'by-destination-request', ...about, destinationAmount: amount };
  }
  return { type: 'liquidity-request', ...about };
}

/** The same, for all amounts. */
export function liquidityRequestOf({ from, to, holdMs }: QuoteQuestion): Buffer {
  return encodeIlp(requestOf({ from, to, holdMs }));
}

/** What a peer would have been answered. */
export interface Answered {
  /** To the question, as it would have gone to a peer. */
  readonly packet: Buffer;
  /** To the same question about all amounts. */
  readonly liquidity: Buffer;
}

/** What stands behind an answer. */
export interface Grounds {
  readonly tables: RoutingTables;
  readonly source: LocalLedger;
  readonly rates: RatesInForce;
  readonly ratesVersion: number | null;
  readonly policy: PairPolicy;
  readonly nowMs: number;
}

/** A peer's answer in words, and why it is so. */
export function explainQuote(
  question: QuoteQuestion,
  answered: Answered,
  grounds: Grounds,
): QuoteExplained {
  const { from, to, sourceAmount, destinationAmount, holdMs } = question;
  const { source, rates, ratesVersion } = grounds;
  const said = amountsIn(question, answered.packet);
  const liquidity = liquidityIn(answered.liquidity);
  const query = { sourceLedgerId: from, destination: to, nowMs: grounds.nowMs };
  const way = said.refused === null ? wayOf(grounds.tables, query, { said, liquidity }) : undefined;
  return {
    from,
    to,
    asked: askedBy(sourceAmount, destinationAmount),
    refused: said.refused,
    source: endOn(source, said.sourceAmount),
    destination: endOn(destinationLedger(way, to), said.destinationAmount),
    destinationHoldMs: holdMs,
    sourceHoldMs: said.sourceHoldMs,
    curve: pointsOf(liquidity),
    appliesToPrefix: liquidity?.appliesToPrefix ?? null,
    expiresAt: liquidity === undefined ? null : new Date(liquidity.expiresAtMs).toISOString(),
    exchange: way === undefined ? null : exchangeOf(way, grounds),
    rates: { state: rates.state, version: ratesVersion },
    route: way === undefined ? null : routeOf(way),
    answeredBy: answeredBy(way),
  };
}

/** A next hop that was asked for one amount only was so for this very answer. */
function answeredBy(way: Way | undefined): QuoteExplained['answeredBy'] {
  switch (way?.kind) {
    case 'curve-less':
      return { kind: 'peer', peer: way.next.ledgerId, until: null };
    case 'learnt': {
      if (way.quotedUntilMs === undefined) return { kind: 'tables' };
      const until = new Date(way.quotedUntilMs).toISOString();
      return { kind: 'peer', peer: way.next.ledgerId, until };
    }
    case 'local':
    case undefined:
      return { kind: 'tables' };
  }
}

interface Said {
  readonly refused: QuoteExplained['refused'];
  readonly sourceAmount: bigint | null;
  readonly destinationAmount: bigint | null;
  readonly sourceHoldMs: number | null;
}

function amountsIn(question: QuoteQuestion, packet: Buffer): Said {
  const answer = decodeIlp(packet);
  const asked = {
    sourceAmount: given(question.sourceAmount),
    destinationAmount: given(question.destinationAmount),
  };
  switch (answer.type) {
    case 'by-source-response':
    case 'by-destination-response':
    case 'liquidity-response': {
      const { sourceHoldDurationMs: sourceHoldMs } = answer;
      return { refused: null, sourceHoldMs, ...asked, ...otherAmount(answer) };
    }
    case 'error':
      return { refused: refusalOf(answer), ...asked, sourceHoldMs: null };
    default:
      throw new Error(`a quote was answered with ${answer.type}`);
  }
}

function otherAmount(answer: IlqpResponse): Partial<Said> {
  switch (answer.type) {
    case 'by-source-response':
      return { destinationAmount: answer.destinationAmount };
    case 'by-destination-response':
      return { sourceAmount: answer.sourceAmount };
    case 'liquidity-response':
      return {};
  }
}

function given(units: string | undefined): bigint | null {
  return units === undefined ? null : BigInt(units);
}

function refusalOf({ code, name, triggeredBy, forwardedBy, data }: IlpError) {
  const known: Readonly<Record<string, string>> = ILP_ERROR_NAMES;
  const message = errorMessage(data);
  return { code, name: known[code] ?? name, message, triggeredBy, forwardedBy: [...forwardedBy] };
}

function liquidityIn(packet: Buffer): LiquidityResponse | undefined {
  const answer = decodeIlp(packet);
  return answer.type === 'liquidity-response' ? answer : undefined;
}

/** Of all amounts, the way that the greatest takes. */
function wayOf(
  tables: RoutingTables,
  query: RouteQuery,
  { said, liquidity }: { readonly said: Said; readonly liquidity: LiquidityResponse | undefined },
): Way | undefined {
  const most = liquidity?.points.at(-1)?.[0] ?? 1n;
  const route = tables.routeFor({ ...query, sourceAmount: said.sourceAmount ?? most });
  return route?.kind === 'unusable' || route?.kind === 'out-of-reach' ? undefined : route;
}

function askedBy(source?: string, destination?: string): QuoteExplained['asked'] {
  if (source !== undefined) return 'source';
  return destination === undefined ? 'liquidity' : 'destination';
}

function endOn(ledger: LocalLedger | undefined, amount: bigint | null): QuoteExplained['source'] {
  const units = amount?.toString() ?? null;
  const scale = ledger?.currencyScale ?? null;
  return {
    ledger: ledger?.ledgerId ?? null,
    currency: ledger?.currencyCode ?? null,
    scale,
    units,
    amount: units === null || scale === null ? null : inCurrency(units, scale),
  };
}

/** Only of our own ledgers the scale is known. */
function destinationLedger(way: Way | undefined, to: string): LocalLedger | undefined {
  return way !== undefined && to.startsWith(way.next.prefix) ? way.next : undefined;
}

function pointsOf(liquidity: LiquidityResponse | undefined): [string, string][] | null {
  return liquidity?.points.map(([x, y]) => [x.toString(), y.toString()]) ?? null;
}

function exchangeOf({ source, next }: Way, { rates, policy }: Grounds): QuoteExplained['exchange'] {
  const quoted = pairTerms(rates, { source: sideOf(source), destination: sideOf(next) }, policy);
  if ('reason' in quoted) return null;
  const { rate, spreadPpm, fixedFee = 0n } = quoted.terms;
  return {
    source: source.currencyCode ?? '',
    destination: next.currencyCode ?? '',
    rate: { numerator: rate.numerator.toString(), denominator: rate.denominator.toString() },
    spreadPpm: Number(spreadPpm),
    fee: fixedFee.toString(),
  };
}

function sideOf({ currencyCode = '', currencyScale }: LocalLedger) {
  return { currencyCode, currencyScale };
}

function routeOf(way: Way): QuoteExplained['route'] {
  const { kind, matchedKey, next, length, minMessageWindowMs } = way;
  const nextHop = way.kind === 'local' ? null : way.nextHop;
  return { kind, matchedKey, nextPrefix: next.prefix, nextHop, length, minMessageWindowMs };
}
