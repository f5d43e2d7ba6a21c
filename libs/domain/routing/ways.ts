import {
  type Candidate,
  type CandidateHead,
  learntCandidate,
  localCandidate,
  staticCandidate,
} from './candidate';
import type { Destination, LearntRoute } from './destination';
import type { LedgerBook } from './ledger-book';
import type { HeldLedger } from './local-ledger';
import type { PairBook } from './pair-book';
import type { StaticRouteRule } from './static-route';

/** Why a way that somebody told or wired is not one from this ledger now. */
export type WayRefusal =
  /** It would lead back over the ledger that the payment comes from. */
  | 'returns-to-source'
  /** The ledger that the payment comes from lies further on. */
  | 'loop'
  | 'next-ledger-unknown'
  | 'next-ledger-disconnected'
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

/** Something that may lead to the destination, before it is known whether it does from here. */
interface Lead {
  readonly kind: Candidate['kind'];
  readonly nextPrefix: string;
  readonly next: HeldLedger | undefined;
  readonly nextHop: string | undefined;
  readonly route?: LearntRoute;
  readonly rule?: StaticRouteRule;
}

export interface WayRules {
  readonly ledgers: LedgerBook;
  readonly pairs: PairBook;
  readonly windowMs: number;
}

/** All ways from a ledger to a destination at a moment (SPEC §11.3, §11.4). */
export function waysTo(rules: WayRules, { destination, source, nowMs }: WayQuestion): Ways {
  const usable: Candidate[] = [];
  const refused: RefusedWay[] = [];
  for (const lead of leadsTo(rules, destination)) {
    const way = tryLead(rules, lead, { destination, source, nowMs });
    if (typeof way !== 'string') usable.push(way);
    else {
      const { kind, nextPrefix, nextHop } = lead;
      refused.push({ kind, nextPrefix, nextHop, reason: way });
    }
  }
  if (destination.statics.length > 0) usable.sort((one, other) => one.length - other.length);
  return { usable, refused };
}

export interface WayQuestion {
  readonly destination: Destination;
  readonly source: HeldLedger;
  readonly nowMs: number;
}

function leadsTo({ ledgers }: WayRules, { ledger, statics, learnt }: Destination): Lead[] {
  const leads: Lead[] = [];
  if (ledger !== undefined) {
    leads.push({ kind: 'local', nextPrefix: ledger.prefix, next: ledger, nextHop: undefined });
  }
  for (const rule of statics) {
    const { connectorLedger: nextPrefix, connectorAccount: nextHop } = rule;
    leads.push({ kind: 'static', nextPrefix, next: ledgers.byPrefix(nextPrefix), nextHop, rule });
  }
  for (const route of learnt) {
    const { ledger: next, account: nextHop } = route.neighbour;
    leads.push({ kind: 'learnt', nextPrefix: next.prefix, next, nextHop, route });
  }
  return leads;
}

function tryLead(rules: WayRules, lead: Lead, question: WayQuestion): Candidate | WayRefusal {
  const { nextPrefix, next, route } = lead;
  const { source, nowMs } = question;
  if (nextPrefix === source.prefix) return 'returns-to-source';
  if (next === undefined) return 'next-ledger-unknown';
  if (route !== undefined) {
    if (loopsOver(route, source.prefix)) return 'loop';
    if (route.neighbour.expiresAtMs <= nowMs) return 'expired';
  }
  const { curves } = rules.pairs.pair(source, next);
  if (curves === undefined) return 'no-pair';
  if (route?.curve !== undefined && route.curve.minSource > curves.local.maxAmount) {
    return 'no-common-amounts';
  }
  if (!next.isConnected) return 'next-ledger-disconnected';
  return candidateOf(lead, { next, curves, windowMs: rules.windowMs });
}

function candidateOf({ route, rule }: Lead, head: CandidateHead): Candidate {
  if (route !== undefined) return learntCandidate(route, head);
  if (rule !== undefined) return staticCandidate(rule, head);
  return localCandidate(head);
}

/** One looping alternative spoils the route (SPEC §11.3). */
export function loopsOver({ to, paths }: LearntRoute, prefix: string): boolean {
  return to.key === prefix || paths.some((path) => path.includes(prefix));
}
