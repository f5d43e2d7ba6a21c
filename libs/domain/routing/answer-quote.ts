import { simplifyCurve } from '#domain/liquidity';
import type { IlpErrorCode, IlqpRequest, IlqpResponse } from '#protocol';
import {
  isAbout,
  type QuotedAmount,
  type RemoteQuoteNeeded,
  type WantedAmount,
} from './remote-quote';
import type { CurvelessRoute, EffectiveRoute, Route } from './route';
import { deliveredBy, sourceAmountFor } from './route-amounts';
import type { RouteQuery } from './found-ways';
import type { RoutingTables } from './routing-tables';
import { whyUnusable } from './unusable-reason';

export interface QuoteRules {
  /** Longest time money may be on hold at the destination. */
  readonly maxHoldTimeMs: number;
  /** How long a liquidity answer counts. */
  readonly quoteExpiryMs: number;
}

export interface QuoteQuestion {
  /** The ledger that the question came in on. */
  readonly ledgerId: string;
  readonly request: IlqpRequest;
  readonly nowMs: number;
  readonly rules: QuoteRules;
  /** What the next hop said of the very amount, where it does not quote liquidity (D-37). */
  readonly quotedAmount?: QuotedAmount | undefined;
}

/** Why there is no quote, as the ILP error of SPEC §12.5 (D-39). */
export interface QuoteRefusal {
  readonly type: 'refusal';
  readonly code: IlpErrorCode;
  readonly message: string;
}

/** Which exchange rates an answer rests on. */
interface AtRates {
  /** undefined = on none: one for one. */
  readonly ratesVersion: number | undefined;
}

type LocalAnswer = (IlqpResponse & AtRates) | QuoteRefusal | RemoteQuoteNeeded;

/**
 * Answers an ILQP request from the tables alone (SPEC §12.1), if they can. Amounts are promised by
 * the connector: destination amounts round down, source amounts up. Refuses, in this order: nothing
 * asked for, hold too long (F00), no route (F02), next ledger unknown, not connected or without a
 * current exchange rate (T01), more than the curve can give (T04), too little to arrive, or to cost
 * anything (F00).
 */
export function answerQuote(tables: RoutingTables, question: QuoteQuestion): LocalAnswer {
  const { ledgerId, request, nowMs, rules } = question;
  const refused = badRequest(request, rules.maxHoldTimeMs);
  if (refused !== undefined) return refused;
  const query = { sourceLedgerId: ledgerId, destination: request.destinationAccount, nowMs };
  if (request.type === 'liquidity-request') return liquidity(tables, query, question);
  const route = tables.routeFor({ ...query, ...amountOf(request) });
  switch (route?.kind) {
    case undefined:
    case 'unusable':
      return unreachable(route, query);
    case 'curve-less':
      return quotedOrAsked(route, request, question);
    case 'out-of-reach':
      return beyond(route.maxAmount);
    case 'local':
    case 'learnt':
      return priced(route, request);
  }
}

type AmountRequest = Exclude<IlqpRequest, { type: 'liquidity-request' }>;

function amountOf(request: AmountRequest): Pick<RouteQuery, 'sourceAmount' | 'destinationAmount'> {
  return request.type === 'by-source-request'
    ? { sourceAmount: request.sourceAmount }
    : { destinationAmount: request.destinationAmount };
}

function badRequest(request: IlqpRequest, maxHoldTimeMs: number): QuoteRefusal | undefined {
  if (askedAmount(request) === 0n) return refusal('F00', 'The amount must be positive');
  const hold = request.destinationHoldDurationMs;
  if (hold <= maxHoldTimeMs) return undefined;
  return refusal(
    'F00',
    `Destination hold duration is too long, destinationHoldDuration: ${hold}, maxHoldTime: ${maxHoldTimeMs}`,
  );
}

function askedAmount(request: IlqpRequest): bigint | undefined {
  switch (request.type) {
    case 'by-source-request':
      return request.sourceAmount;
    case 'by-destination-request':
      return request.destinationAmount;
    case 'liquidity-request':
      return undefined;
  }
}

function unreachable(
  route: Extract<Route, { kind: 'unusable' }> | undefined,
  { destination }: RouteQuery,
): QuoteRefusal {
  if (route === undefined) return refusal('F02', `No route found to: ${destination}`);
  return refusal('T01', whyUnusable(route));
}

function liquidity(
  tables: RoutingTables,
  query: RouteQuery,
  { request, nowMs, rules }: QuoteQuestion,
): LocalAnswer {
  const route = tables.effectiveRoute(query);
  if (route?.kind === 'curve-less') return needed(route, request);
  if (route?.kind !== 'effective') return unreachable(route, query);
  const { appliesToPrefix } = route;
  return {
    type: 'liquidity-response',
    points: simplifyCurve(route.curve, pointsBeside(appliesToPrefix)).points,
    appliesToPrefix,
    sourceHoldDurationMs: request.destinationHoldDurationMs + route.minMessageWindowMs,
    ratesVersion: route.ratesVersion,
    expiresAtMs: earlier(nowMs + rules.quoteExpiryMs, route.expiresAtMs),
  };
}

/** Historic connectors cannot read a liquidity answer whose content is longer than 127 bytes. */
function pointsBeside(prefix: string): number {
  const [content, besides, point] = [127, 28, 16];
  return Math.max(2, Math.floor((content - besides - prefix.length) / point));
}

function earlier(expiresAtMs: number, routeEndsAtMs: EffectiveRoute['expiresAtMs']): number {
  return routeEndsAtMs === undefined ? expiresAtMs : Math.min(expiresAtMs, routeEndsAtMs);
}

function priced(
  route: Extract<Route, { kind: 'local' | 'learnt' }>,
  request: AmountRequest,
): (IlqpResponse & AtRates) | QuoteRefusal {
  const ratesVersion = route.head.price?.ratesVersion;
  const sourceHoldDurationMs = request.destinationHoldDurationMs + route.minMessageWindowMs;
  if (request.type === 'by-source-request') {
    const destinationAmount = deliveredBy(route, request.sourceAmount);
    if (destinationAmount === 0n || !passesOn(route, request.sourceAmount)) {
      return refusal('F00', 'The source amount is too small to arrive');
    }
    return { type: 'by-source-response', destinationAmount, sourceHoldDurationMs, ratesVersion };
  }
  const sourceAmount = sourceAmountFor(route, request.destinationAmount);
  if (sourceAmount === undefined) return beyond(route.head.public.maxAmount);
  if (!passesOn(route, sourceAmount)) {
    return refusal('F00', 'The destination amount costs nothing');
  }
  return { type: 'by-destination-response', sourceAmount, sourceHoldDurationMs, ratesVersion };
}

/** No transfer is of nothing, even where a peer tells that nothing brings something. */
function passesOn({ head }: Extract<Route, { kind: 'local' | 'learnt' }>, amount: bigint): boolean {
  return head.local.amountAt(amount) > 0n;
}

/** By what the next hop said of the amount, if it did (D-37). */
function quotedOrAsked(
  route: CurvelessRoute,
  request: AmountRequest,
  { quotedAmount }: QuoteQuestion,
): LocalAnswer {
  const wanted = wantedBy(request);
  const via = [route, ...route.others].find(
    (each) => quotedAmount !== undefined && isAbout(quotedAmount, each, wanted),
  );
  if (via === undefined || quotedAmount === undefined) return needed(route, request, wanted);
  const { told } = quotedAmount;
  const sourceHoldDurationMs = quotedAmount.sourceHoldDurationMs + via.ownWindowMs;
  const ratesVersion = via.head.price?.ratesVersion;
  if (wanted.by === 'source') {
    return {
      type: 'by-source-response',
      destinationAmount: told,
      sourceHoldDurationMs,
      ratesVersion,
    };
  }
  const sourceAmount = via.head.local.minSourceFor(told);
  if (sourceAmount === undefined) {
    return refusal('T04', 'More is asked for than can be delivered');
  }
  return { type: 'by-destination-response', sourceAmount, sourceHoldDurationMs, ratesVersion };
}

function needed(
  route: CurvelessRoute,
  request: IlqpRequest,
  wanted?: WantedAmount,
): RemoteQuoteNeeded {
  const { destinationAccount: destination, destinationHoldDurationMs: holdDurationMs } = request;
  return { type: 'remote-quote-needed', route, destination, holdDurationMs, wanted };
}

function wantedBy(request: AmountRequest): WantedAmount {
  return request.type === 'by-source-request'
    ? { by: 'source', amount: request.sourceAmount }
    : { by: 'destination', amount: request.destinationAmount };
}

function beyond(maxAmount: bigint): QuoteRefusal {
  return refusal('T04', `No more than ${String(maxAmount)} can be delivered`);
}

function refusal(code: IlpErrorCode, message: string): QuoteRefusal {
  return { type: 'refusal', code, message };
}
