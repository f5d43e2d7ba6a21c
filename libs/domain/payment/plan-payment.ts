import { type ForwardPlan, ledgerId, type PaymentPlan, transferId } from '#domain/ledger';
import {
  type CurvelessRoute,
  isAbout,
  type LearntWay,
  type LocalLedger,
  type LocalRoute,
  type QuotedAmount,
  reachedBy,
  type RemoteQuoteNeeded,
  type Route,
  type RoutingTables,
  type Way,
  whyUnusable,
} from '#domain/routing';
import {
  type IlpErrorCode,
  outgoingTransferId,
  type PaymentPeek,
  peekPayment,
  UnreadablePacketError,
} from '#protocol';
import { leastAcceptable, type PaidAmount, pricingOf } from './price-plan';

export interface PlanSettings {
  /** Names us where the source ledger is unknown, so that we have no account on it. */
  readonly connectorAddress: string;
  /** Parts per million by which what arrives may fall short of what the packet asks for. */
  readonly slippagePpm: bigint;
  /** By how much the outgoing transfer expires before the incoming one. */
  readonly minMessageWindowMs: number;
  /** Longest time that our money may be on hold. */
  readonly maxHoldTimeMs: number;
}

/** An incoming transfer that is to be planned. Amounts in base units of its ledger. */
export interface PlanRequest {
  readonly ledgerId: string;
  readonly transferId: string;
  readonly amount: bigint;
  readonly expiresAtMs: number;
  /** ILP packet; empty when the Prepare carried none. */
  readonly packet: Buffer;
  readonly nowMs: number;
  /** Makes outgoing ids unguessable and the same for ever; must outlive every process. */
  readonly secret: Buffer;
  readonly settings: PlanSettings;
  /** What the next hop said of the very amount, where it does not quote liquidity (D-37). */
  readonly quotedAmount?: QuotedAmount | undefined;
}

/** What is wrong with a payment, before it is known who we are to the payer. */
interface Fault {
  readonly code: IlpErrorCode;
  readonly message: string;
}

/**
 * Decides where an incoming transfer goes on, with which amount, until when, under which id; or
 * why it does not (SPEC §13.1–13.4); or which next hop has to be asked for a quote first. The same transfer and table always yield the same plan. Throws
 * for no bytes whatever. Refuses, in this order: source ledger unknown (T01), no packet or not a
 * payment (F01), addressed to us (F06), expired (R02), no route (F02), next ledger unknown,
 * not connected or without a current exchange rate (T01), too little (R01) or nothing (F00) asked for, too little time or too much (R02).
 *
 * Money is lost here if the outgoing amount is worth more than the incoming one beyond the spread,
 * if the outgoing transfer could expire after the incoming one, or if a repetition got another id.
 */
export function planPayment(
  tables: RoutingTables,
  request: PlanRequest,
): PaymentPlan | RemoteQuoteNeeded {
  const source = tables.ledger(request.ledgerId);
  if (source === undefined) {
    const fault = refusal('T01', `Ledger is not connected: ${request.ledgerId}`);
    return { kind: 'refuse', ...fault, triggeredBy: request.settings.connectorAddress };
  }
  const decided = forward(tables, source, request);
  if (!('code' in decided)) return decided;
  return { kind: 'refuse', ...decided, triggeredBy: source.ownAddress };
}

function forward(
  tables: RoutingTables,
  source: LocalLedger,
  request: PlanRequest,
): ForwardPlan | RemoteQuoteNeeded | Fault {
  const peek = readPayment(request.packet);
  if ('code' in peek) return peek;
  if (tables.isOwnAddress(peek.account)) {
    return refusal('F06', 'The payment is addressed to the connector itself');
  }
  if (request.expiresAtMs <= request.nowMs) return refusal('R02', 'The transfer has expired');
  const route = findWay(tables, peek, request);
  if (route === undefined) {
    return refusal('F02', `No route found from: ${source.prefix} to: ${peek.account}`);
  }
  if ('code' in route) return route;
  if (route.kind === 'curve-less') return overCurveless(route, peek, request);
  const paid = outgoingAmount(route, peek, request);
  if ('code' in paid) return paid;
  return timeFault(request) ?? forwardPlan(route, paid, request);
}

/**
 * Only the next hop can tell what the amount brings: it is asked for a quote, which the tables then
 * know, unless it quotes amounts only and said so of this one.
 */
function overCurveless(
  route: CurvelessRoute,
  peek: PaymentPeek,
  request: PlanRequest,
): ForwardPlan | RemoteQuoteNeeded | Fault {
  const fault = timeFault(request);
  if (fault !== undefined) return fault;
  const wanted = { by: 'source', amount: request.amount } as const;
  const { quotedAmount } = request;
  const via = [route, ...route.others].find(
    (each) => quotedAmount !== undefined && isAbout(quotedAmount, each, wanted),
  );
  const passedOn = (via ?? route).head.local.amountAt(request.amount);
  if (passedOn === 0n) return refusal('R01', 'The source amount is too small to arrive');
  if (via === undefined || quotedAmount === undefined) {
    const holdDurationMs = outgoingExpiryMs(request) - request.nowMs;
    const { account: destination } = peek;
    return { type: 'remote-quote-needed', route, destination, holdDurationMs, wanted };
  }
  const paid = paysAll(request.amount, passedOn);
  return shortfall(quotedAmount.told, peek, request) ?? forwardPlan(via, paid, request);
}

/**
 * By what the packet asks for less the tolerance, else by what came in (SPEC §13.3, step 1). The
 * tolerance may lead to a shorter way that does not suffice where the way that was quoted does.
 */
function findWay(
  tables: RoutingTables,
  { account, amount }: PaymentPeek,
  { ledgerId: sourceLedgerId, amount: sourceAmount, nowMs, settings }: PlanRequest,
): Way | Fault | undefined {
  const query = { sourceLedgerId, destination: account, nowMs, sourceAmount };
  if (amount === undefined) return wayOf(tables.routeFor(query));
  const least = leastAcceptable(amount, settings.slippagePpm);
  const route = tables.routeFor({ ...query, destinationAmount: least });
  if (suffices(route, sourceAmount, least)) return route;
  const quoted = tables.routeFor({ ...query, destinationAmount: amount });
  return wayOf(suffices(quoted, sourceAmount, least) ? quoted : route);
}

/** Is it known that the way brings enough? */
function suffices(
  route: Route | undefined,
  x: bigint,
  least: bigint,
): route is LearntWay | LocalRoute {
  return (route?.kind === 'local' || route?.kind === 'learnt') && reachedBy(route, x) >= least;
}

function wayOf(route: Route | undefined): Way | Fault | undefined {
  switch (route?.kind) {
    case 'unusable':
      return refusal('T01', whyUnusable(route));
    case 'out-of-reach':
      return refusal('R01', 'Payment rate does not match the rate currently offered');
    default:
      return route;
  }
}

function readPayment(packet: Buffer): PaymentPeek | Fault {
  if (packet.length === 0) return refusal('F01', 'The transfer has no ILP packet');
  try {
    return peekPayment(packet);
  } catch (error) {
    if (!(error instanceof UnreadablePacketError)) throw error;
    return refusal('F01', `The transfer has an invalid ILP packet: ${error.message}`);
  }
}

/**
 * On the last hop exactly what the packet asks for, the surplus is ours; before it, whatever the
 * pair makes of the incoming amount (SPEC §13.2). It must suffice for what the packet asks for on
 * every hop.
 */
function outgoingAmount(
  route: Exclude<Way, CurvelessRoute>,
  peek: PaymentPeek,
  request: PlanRequest,
): PaidAmount | Fault {
  if (peek.amount === 0n && route.kind === 'local') {
    return refusal('F00', 'The packet asks for an amount of 0');
  }
  const passedOn = route.head.local.amountAt(request.amount);
  const reached = reachedBy(route, request.amount);
  if (reached === 0n || passedOn === 0n) {
    return refusal('R01', 'The source amount is too small to arrive');
  }
  const passesOn = paysAll(request.amount, passedOn);
  if (peek.amount === undefined) return passesOn;
  const fault = shortfall(reached, peek, request);
  if (fault !== undefined) return fault;
  return route.kind === 'local' ? { ...passesOn, pays: 'asked', amount: peek.amount } : passesOn;
}

/** Is it less than what the packet asks for, beyond the tolerance (SPEC §13.3, step 4)? */
function shortfall(
  delivered: bigint,
  { amount }: PaymentPeek,
  { settings }: PlanRequest,
): Fault | undefined {
  if (amount === undefined || delivered >= leastAcceptable(amount, settings.slippagePpm)) {
    return undefined;
  }
  return refusal('R01', 'Payment rate does not match the rate currently offered');
}

function paysAll(sourceAmount: bigint, brought: bigint): PaidAmount {
  return { sourceAmount, brought, pays: 'brought', amount: brought };
}

/** Is there time for the outgoing transfer, and no more of it than we put money on hold for? */
function timeFault(request: PlanRequest): Fault | undefined {
  const { maxHoldTimeMs } = request.settings;
  const holdMs = outgoingExpiryMs(request) - request.nowMs;
  if (holdMs <= 0) return refusal('R02', 'The transfer expires too soon to be forwarded');
  if (holdMs <= maxHoldTimeMs) return undefined;
  return refusal(
    'R02',
    `The transfer expires too far in the future, hold: ${holdMs} ms, maximum: ${maxHoldTimeMs} ms`,
  );
}

function outgoingExpiryMs(request: PlanRequest): number {
  return request.expiresAtMs - request.settings.minMessageWindowMs;
}

function forwardPlan(route: Way, paid: PaidAmount, request: PlanRequest): ForwardPlan {
  const { price } = route.head;
  const id = outgoingTransferId({
    secret: request.secret,
    sourceLedgerPrefix: route.source.prefix,
    sourceTransferId: request.transferId,
  });
  return {
    kind: 'forward',
    ledgerId: ledgerId(route.next.ledgerId),
    transferId: transferId(id),
    amount: paid.amount,
    expiresAtMs: outgoingExpiryMs(request),
    ...(price && { pricing: pricingOf(price, paid, request.settings.slippagePpm) }),
  };
}

function refusal(code: IlpErrorCode, message: string): Fault {
  return { code, message };
}
