import { Candidate, type CandidateHead } from './candidate';
import type { Destination, LearntRoute } from './destination';
import type { LedgerBook } from './ledger-book';
import type { HeldLedger } from './local-ledger';
import type { Pair, PairBook } from './pair-book';
import type { CurvelessOnward, QuotedTail, QuotedTails } from './quoted-tails';
import type { WaitingReason } from './route';
import type { StaticRouteRule } from './static-route';

/** Why a way that somebody told or wired is not one from this ledger now. */
export type WayRefusal =
  /** It would lead back over the ledger that the payment comes from. */
  | 'returns-to-source'
  /** The ledger that the payment comes from lies further on, or another one that leads to us. */
  | 'loop'
  | WaitingReason
  | 'no-pair'
  /** The pair brings less than the least amount that the way beyond takes. */
  | 'no-common-amounts'
  | 'expired';

export interface RefusedWay {
  readonly kind: Candidate['kind'];
  readonly nextPrefix: string;
  readonly nextHop: string | undefined;
  readonly reason: WayRefusal;
}

/** The ways from one ledger to one destination. */
export interface Ways {
  /** Shortest first; of one length first the ledger itself, then wired routes, then as learnt. */
  readonly usable: readonly Candidate[];
  readonly refused: readonly RefusedWay[];
}

export interface WayRules {
  readonly ledgers: LedgerBook;
  readonly pairs: PairBook;
  readonly quotes: QuotedTails;
}

export interface WayQuestion {
  readonly destination: Destination;
  readonly source: HeldLedger;
  readonly nowMs: number;
  /** What next hops quoted for it counts; not given, no quote does. */
  readonly address?: string;
}

const NONE_REFUSED: readonly never[] = [];

/** All ways from a ledger to a destination at a moment (SPEC §11.3, §11.4). */
export function waysTo(rules: WayRules, question: WayQuestion): Ways {
  const { ledger, statics, learnt } = question.destination;
  const usable: Candidate[] = [];
  let refused: RefusedWay[] | undefined;
  const sort = (way: Candidate | RefusedWay): void => {
    if (way instanceof Candidate) usable.push(way);
    else (refused ??= []).push(way);
  };
  if (ledger !== undefined) sort(localWayTo(rules, question.source, ledger));
  for (const rule of statics) sort(staticWayTo(rules, question, rule));
  for (const route of learnt) sort(learntWayTo(rules, question, route));
  if (statics.length > 0) usable.sort((one, other) => one.length - other.length);
  return { usable, refused: refused ?? NONE_REFUSED };
}

function localWayTo(
  { pairs }: WayRules,
  source: HeldLedger,
  next: HeldLedger,
): Candidate | RefusedWay {
  const pair = pairs.pair(source, next);
  const reason = headRefusal(source, next, pair);
  if (reason === undefined && pair.head !== undefined) return new Candidate(pair.head, undefined);
  return refusal({ kind: 'local', nextPrefix: next.prefix, nextHop: undefined }, reason);
}

function staticWayTo(
  rules: WayRules,
  question: WayQuestion,
  rule: StaticRouteRule,
): Candidate | RefusedWay {
  const { ledgers, pairs } = rules;
  const { source } = question;
  const next = ledgers.byPrefix(rule.connectorLedger);
  const { connectorLedger: nextPrefix, connectorAccount: nextHop } = rule;
  const way = { kind: 'static', nextPrefix, nextHop } as const;
  if (next === undefined) return refusal(way, 'next-ledger-unknown');
  const pair = pairs.pair(source, next);
  const { head } = pair;
  const quoted = quotedFor(rules, question, rule);
  let reason = headRefusal(source, next, pair);
  if (reason === undefined && !reaches(head, quoted)) reason = 'no-common-amounts';
  if (reason === undefined && head !== undefined) return new Candidate(head, rule, quoted);
  return refusal(way, reason);
}

function learntWayTo(
  rules: WayRules,
  question: WayQuestion,
  route: LearntRoute,
): Candidate | RefusedWay {
  const { source, nowMs } = question;
  const { ledger: next, account: nextHop, expiresAtMs } = route.neighbour;
  const pair = rules.pairs.pair(source, next);
  const { head } = pair;
  const quoted = route.curve === undefined ? quotedFor(rules, question, route) : undefined;
  let reason = headRefusal(source, next, pair);
  if (reason === undefined || isWaiting(reason)) {
    if (loopsOver(route, source, rules.ledgers)) reason = 'loop';
    else if (expiresAtMs <= nowMs) reason = 'expired';
    else if (!reaches(head, quoted ?? route)) reason = 'no-common-amounts';
  }
  if (reason === undefined && head !== undefined) return new Candidate(head, route, quoted);
  return refusal({ kind: 'learnt', nextPrefix: next.prefix, nextHop }, reason);
}

function headRefusal(
  source: HeldLedger,
  next: HeldLedger,
  { head, unpriced }: Pair,
): WayRefusal | undefined {
  if (next === source) return 'returns-to-source';
  if (head === undefined) return unpriced ?? 'no-pair';
  return next.isConnected ? undefined : 'next-ledger-disconnected';
}

/** Would the way be one if its ledger were there, or had a price? */
export function isWaiting(reason: WayRefusal): reason is WaitingReason {
  switch (reason) {
    case 'next-ledger-unknown':
    case 'next-ledger-disconnected':
    case 'rates-unknown':
    case 'rates-stale':
      return true;
    default:
      return false;
  }
}

/** Does the pair bring as much as the way beyond takes at least? */
function reaches(
  head: CandidateHead | undefined,
  beyond: Pick<LearntRoute, 'curve'> | undefined,
): boolean {
  const curve = beyond?.curve;
  return (
    curve === undefined || head === undefined || curve.minSource <= head.curves.local.maxAmount
  );
}

function quotedFor(
  { quotes }: WayRules,
  { address, nowMs }: WayQuestion,
  route: CurvelessOnward,
): QuotedTail | undefined {
  return address === undefined ? undefined : quotes.find(route, address, nowMs);
}

function refusal(way: Omit<RefusedWay, 'reason'>, reason: WayRefusal = 'no-pair'): RefusedWay {
  return { ...way, reason };
}

/**
 * One looping alternative spoils the route (SPEC §11.3). What passes a ledger that a peer and we
 * have for ourselves passes us a second time, whichever of our ledgers it comes from.
 */
export function loopsOver(
  { to, paths }: LearntRoute,
  { prefix }: HeldLedger,
  ledgers: LedgerBook,
): boolean {
  const passesUs = (ledger: string): boolean =>
    ledger === prefix || ledgers.byPrefix(ledger)?.peerAddress !== undefined;
  return to.key === prefix || paths.some((path) => path.some(passesUs));
}

/** Is there a way, or will there be one again? */
export function leadsOn({ usable, refused }: Ways): boolean {
  return usable.length > 0 || refused.some(({ reason }) => isWaiting(reason));
}
