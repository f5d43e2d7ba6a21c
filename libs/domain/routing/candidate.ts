import type { Conversion, Curve } from '#domain/liquidity';
import type { LearntRoute, WayParts } from './destination';
import type { HeldLedger } from './local-ledger';
import type { QuotedTail } from './quoted-tails';
import type { PairConversions } from './route';
import { DIRECT, type RoutePaths } from './route-announcement';
import type { StaticRouteRule } from './static-route';

/** The pair that a way begins with. */
export interface CandidateHead {
  readonly next: HeldLedger;
  readonly curves: PairConversions;
  /** Time that we want between the expiries of our two transfers. */
  readonly windowMs: number;
}

/**
 * One way from a ledger of ours to a destination: the pair that leads to the next ledger, the head,
 * and what is known of the way from there, the tail. Made for each question, so it holds no more
 * than where to look.
 */
export class Candidate {
  constructor(
    private readonly first: CandidateHead,
    /** What leads on from the next ledger; nothing where that is the destination. */
    readonly onward: LearntRoute | StaticRouteRule | undefined,
    /** What the next connector quoted for the address that is asked about, if that still holds. */
    readonly quoted?: QuotedTail,
  ) {}

  get kind(): 'local' | 'static' | 'learnt' {
    if (this.onward === undefined) return 'local';
    return 'neighbour' in this.onward ? 'learnt' : 'static';
  }

  /** Time that we want ourselves. */
  get ownWindowMs(): number {
    return this.first.windowMs;
  }

  get next(): HeldLedger {
    return this.first.next;
  }

  get head(): PairConversions {
    return this.first.curves;
  }

  /** The next connector's account; undefined where the next ledger is the destination. */
  get nextHop(): string | undefined {
    const { onward } = this;
    if (onward === undefined) return undefined;
    return 'neighbour' in onward ? onward.neighbour.account : onward.connectorAccount;
  }

  private get learnt(): LearntRoute | undefined {
    const { onward } = this;
    return onward !== undefined && 'neighbour' in onward ? onward : undefined;
  }

  /** undefined where the next ledger is the destination, or nobody said what the way takes. */
  get tail(): Curve | undefined {
    return this.learnt?.curve ?? this.quoted?.curve;
  }

  /** Ledgers on the way, both ends counted (SPEC §11.4). */
  get length(): number {
    const { onward } = this;
    if (onward === undefined) return 2;
    if ('neighbour' in onward) return onward.length;
    return onward.targetPrefix === onward.connectorLedger ? 2 : 3;
  }

  /** Of a wired route the next connector is taken to want as much time as we do. */
  get minMessageWindowMs(): number {
    const { windowMs } = this.first;
    if (this.onward === undefined) return windowMs;
    if (this.quoted !== undefined) return windowMs + this.quoted.windowMs;
    const { learnt } = this;
    return windowMs + (learnt === undefined ? windowMs : 1000 * learnt.minMessageWindowS);
  }

  get paths(): RoutePaths {
    return this.learnt?.paths ?? DIRECT;
  }

  get parts(): WayParts {
    const { next, curves } = this.first;
    return { next, head: curves.public, onward: this.onward };
  }

  isMadeOf({ next, head, onward }: WayParts): boolean {
    const { first } = this;
    return onward === this.onward && next === first.next && head === first.curves.public;
  }

  /** When it ends unless told otherwise. */
  get expiresAtMs(): number | undefined {
    const { learnt, quoted } = this;
    if (learnt === undefined || quoted === undefined) {
      return quoted?.expiresAtMs ?? learnt?.neighbour.expiresAtMs;
    }
    return Math.min(quoted.expiresAtMs, learnt.neighbour.expiresAtMs);
  }
}

/** Is it known what the way brings? */
export function isPriced(candidate: Candidate): boolean {
  return candidate.tail !== undefined || candidate.kind === 'local';
}

/** The head and the tail of a way; no tail where the next ledger is the destination. */
export interface PricedWay {
  readonly head: Conversion;
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
