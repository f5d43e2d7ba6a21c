import type { IlpErrorCode, IlqpRequest, IlqpResponse } from '#protocol';
import type { LocalRoute, Route } from './route';
import type { RouteTable } from './route-table';

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
}

/** Why there is no quote, as the ILP error of SPEC §12.5 (D-39). */
export interface QuoteRefusal {
  readonly type: 'refusal';
  readonly code: IlpErrorCode;
  readonly message: string;
}

/**
 * Answers an ILQP request from the table alone (SPEC §12.1). Amounts are promised by the
 * connector: destination amounts round down, source amounts up. Refuses, in this order: nothing
 * asked for, hold too long (F00), no route (F02), next ledger unknown or way beyond it not priced
 * (T01), more than the curve can give (T04), too little to arrive (F00).
 */
export function answerQuote(
  table: Pick<RouteTable, 'findRoute' | 'appliesToPrefix'>,
  question: QuoteQuestion,
): IlqpResponse | QuoteRefusal {
  const { ledgerId, request, rules } = question;
  const refused = badRequest(request, rules.maxHoldTimeMs);
  if (refused !== undefined) return refused;
  const route = table.findRoute(ledgerId, request.destinationAccount);
  if (route === undefined) {
    return refusal('F02', `No route found to: ${request.destinationAccount}`);
  }
  if (route.kind !== 'local') return unpriced(route);
  return priced(table, route, question);
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

function unpriced(route: Exclude<Route, LocalRoute>): QuoteRefusal {
  if (route.kind === 'unusable') {
    return refusal('T01', `Ledger is not connected: ${route.nextPrefix}`);
  }
  return refusal('T01', `No price is known beyond ${route.nextHop}: remote quotes are not offered`);
}

function priced(
  table: Pick<RouteTable, 'appliesToPrefix'>,
  route: LocalRoute,
  question: QuoteQuestion,
): IlqpResponse | QuoteRefusal {
  const { request, nowMs, rules } = question;
  const sourceHoldDurationMs = request.destinationHoldDurationMs + route.minMessageWindowMs;
  switch (request.type) {
    case 'by-source-request':
      return bySource(route, request.sourceAmount, sourceHoldDurationMs);
    case 'by-destination-request':
      return byDestination(route, request.destinationAmount, sourceHoldDurationMs);
    case 'liquidity-request':
      return {
        type: 'liquidity-response',
        points: route.curves.public.points,
        appliesToPrefix: table.appliesToPrefix(route, request.destinationAccount),
        sourceHoldDurationMs,
        expiresAtMs: nowMs + rules.quoteExpiryMs,
      };
  }
}

function bySource(
  route: LocalRoute,
  sourceAmount: bigint,
  sourceHoldDurationMs: number,
): IlqpResponse | QuoteRefusal {
  const destinationAmount = route.curves.local.amountAt(sourceAmount);
  if (destinationAmount === 0n) return refusal('F00', 'The source amount is too small to arrive');
  return { type: 'by-source-response', destinationAmount, sourceHoldDurationMs };
}

function byDestination(
  route: LocalRoute,
  destinationAmount: bigint,
  sourceHoldDurationMs: number,
): IlqpResponse | QuoteRefusal {
  const sourceAmount = sourceAmountFor(route, destinationAmount);
  if (sourceAmount === undefined) {
    return refusal('T04', `No more than ${String(route.curves.public.maxAmount)} can be delivered`);
  }
  return { type: 'by-destination-response', sourceAmount, sourceHoldDurationMs };
}

/** The shift by one makes up for the historic rounding down; a trivial pair has no shift. */
function sourceAmountFor(route: LocalRoute, destinationAmount: bigint): bigint | undefined {
  const { local, public: shifted } = route.curves;
  if (shifted === local) return local.minSourceFor(destinationAmount);
  return shifted.amountReverse(destinationAmount);
}

function refusal(code: IlpErrorCode, message: string): QuoteRefusal {
  return { type: 'refusal', code, message };
}
