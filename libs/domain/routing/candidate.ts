import type { Curve } from '#domain/liquidity';
import type { LearntRoute } from './destination';
import type { HeldLedger } from './local-ledger';
import type { PairCurves } from './route';
import { DIRECT, type RoutePaths } from './route-announcement';
import type { StaticRouteRule } from './static-route';

/**
 * One way from a ledger of ours to a destination: the pair that leads to the next ledger, the head,
 * and what is known of the way from there, the tail.
 */
export interface Candidate {
  readonly kind: 'local' | 'static' | 'learnt';
  readonly next: HeldLedger;
  /** The next connector's account; undefined where the next ledger is the destination. */
  readonly nextHop: string | undefined;
  readonly head: PairCurves;
  /** undefined where the next ledger is the destination, or nobody said what the way takes. */
  readonly tail: Curve | undefined;
  /** Ledgers on the way, both ends counted (SPEC §11.4). */
  readonly length: number;
  readonly minMessageWindowMs: number;
  readonly paths: RoutePaths;
  /** When it ends unless told otherwise. */
  readonly expiresAtMs: number | undefined;
}

export interface CandidateHead {
  readonly next: HeldLedger;
  readonly curves: PairCurves;
  /** Time that we want between the expiries of our two transfers. */
  readonly windowMs: number;
}

export function localCandidate({ next, curves, windowMs }: CandidateHead): Candidate {
  return {
    kind: 'local',
    next,
    nextHop: undefined,
    head: curves,
    tail: undefined,
    length: 2,
    minMessageWindowMs: windowMs,
    paths: DIRECT,
    expiresAtMs: undefined,
  };
}

export function staticCandidate(rule: StaticRouteRule, head: CandidateHead): Candidate {
  return {
    ...localCandidate(head),
    kind: 'static',
    nextHop: rule.connectorAccount,
    length: rule.targetPrefix === rule.connectorLedger ? 2 : 3,
    // The next connector is taken to want as much time as we do.
    minMessageWindowMs: 2 * head.windowMs,
  };
}

export function learntCandidate(route: LearntRoute, head: CandidateHead): Candidate {
  return {
    kind: 'learnt',
    next: head.next,
    nextHop: route.neighbour.account,
    head: head.curves,
    tail: route.curve,
    length: route.length,
    minMessageWindowMs: head.windowMs + 1000 * route.minMessageWindowS,
    paths: route.paths,
    expiresAtMs: route.neighbour.expiresAtMs,
  };
}

/** Is it known what the way brings? */
export function isPriced(candidate: Candidate): boolean {
  return candidate.tail !== undefined || candidate.kind === 'local';
}

/** The head and the tail of a way; no tail where the next ledger is the destination. */
export interface PricedWay {
  readonly head: Curve;
  readonly tail: Curve | undefined;
}

/**
 * What x source units bring: the tail at what the head brings (SPEC §10.4). Joined curves would
 * err between their points.
 */
export function broughtBy({ head, tail }: PricedWay, x: bigint): bigint {
  if (x < head.minSource) return 0n;
  const passed = head.amountAt(x);
  return tail === undefined ? passed : tail.amountAt(passed);
}

/** The least source amount that brings y; undefined = impossible. */
export function costOf({ head, tail }: PricedWay, y: bigint): bigint | undefined {
  const passed = tail === undefined ? y : tail.minSourceFor(y);
  return passed === undefined ? undefined : head.minSourceFor(passed);
}

/** The greatest amount that the way brings. */
export function mostBroughtBy({ head, tail }: PricedWay): bigint {
  return tail === undefined ? head.maxAmount : tail.amountAt(head.maxAmount);
}

/** The source amounts from the least that the way takes to the one that brings the most. */
export function sourceRange({ head, tail }: PricedWay): { least: bigint; most: bigint } {
  if (tail === undefined) return { least: head.minSource, most: head.maxSource };
  return {
    least: head.minSourceFor(tail.minSource) ?? head.maxSource,
    most: head.minSourceFor(tail.maxSource) ?? head.maxSource,
  };
}

/** The candidate as payments go through it. */
export function localWay({ head, tail }: Candidate): PricedWay {
  return { head: head.local, tail };
}
