import {
  type Conversion,
  Curve,
  isTrivialPair,
  ONE_TO_ONE,
  PairExchange,
  type PairTerms,
} from '#domain/liquidity';
import type { CandidateHead } from './candidate';
import type { HeldLedger, LocalLedger } from './local-ledger';
import type { PairConversions, UnpricedReason } from './route';

/** What we take for an exchange from one ledger of ours to another (SPEC §10.8). */
export interface PairOffer extends Pick<PairTerms, 'rate' | 'spreadPpm'> {
  /** Source units that every payment costs beforehand. */
  readonly fixedFee?: bigint;
  /** Of the exchange rates that the rate is taken from; undefined = of none. */
  readonly ratesVersion?: number | undefined;
  /** Where it is less than what the ledger can still take in. */
  readonly maxIn?: bigint;
  /** Where it is less than what the ledger can still pay out. */
  readonly maxOut?: bigint;
}

/** There is such a pair, and nobody knows its price now. */
export interface UnpricedPair {
  readonly unpriced: UnpricedReason;
}

/** The offer from a ledger to another one, or its curves as they are; undefined = no such pair. */
export type PairPricing = (
  source: LocalLedger,
  next: LocalLedger,
) => PairOffer | PairConversions | UnpricedPair | undefined;

/** Every ledger to every other one, one for one but for the spread. */
export function oneToOne(spreadPpm: bigint): PairPricing {
  return () => ({ rate: ONE_TO_ONE, spreadPpm });
}

/** A pair as it is now. */
export interface Pair {
  readonly head: CandidateHead | undefined;
  /** Why there is no head, where there will be one. */
  readonly unpriced: UnpricedReason | undefined;
  /** Revision at which the curves last became others. */
  readonly changedAt: number;
  /** Latest revision at which anything happened that the curves may depend on. */
  readonly checkedAt: number;
}

/** Shifted curves cover the rounding loss at the previous hop (SPEC §10.7). */
const ROUNDING_LOSS = 1n;

/** Curves of this many different terms are shared among the pairs that have the same ones. */
const SHARED_CURVES = 4_096;

/**
 * The curves of our pairs. They are worked out when somebody asks, and again when a ledger's state
 * or the prices changed in between; what comes out the same counts as unchanged.
 */
export class PairBook {
  /** By the places of both ledgers. */
  private readonly pairs: (Pair | undefined)[][] = [];
  private readonly shared = new Map<string, PairConversions>();
  private pricedAt = 0;

  /** `windowMs`: time that we want between the expiries of our two transfers. */
  constructor(
    private pricing: PairPricing,
    private readonly windowMs: number,
  ) {}

  /** The prices are others from this revision on. */
  reprice(revision: number, pricing: PairPricing = this.pricing): void {
    this.pricing = pricing;
    this.pricedAt = revision;
  }

  pair(source: HeldLedger, next: HeldLedger): Pair {
    const known = this.pairs[source.slot]?.[next.slot];
    const stamp = Math.max(source.changedAt, next.changedAt, this.pricedAt);
    if (known?.checkedAt === stamp) return known;
    const offered = this.curves(source, next);
    const curves = offered !== undefined && 'local' in offered ? offered : undefined;
    const isSame = known !== undefined && sameCurves(known.head?.curves, curves);
    const pair = {
      head: isSame ? repriced(known.head, curves) : this.headOver(next, curves),
      unpriced: offered !== undefined && 'unpriced' in offered ? offered.unpriced : undefined,
      changedAt: isSame ? known.changedAt : stamp,
      checkedAt: stamp,
    };
    this.keep(source, next, pair);
    return pair;
  }

  forget(ledger: HeldLedger): void {
    this.pairs[ledger.slot]?.fill(undefined);
    for (const pairs of this.pairs) if (ledger.slot < pairs.length) pairs[ledger.slot] = undefined;
  }

  private headOver(
    next: HeldLedger,
    curves: PairConversions | undefined,
  ): CandidateHead | undefined {
    return curves === undefined ? undefined : { next, curves, windowMs: this.windowMs };
  }

  private keep(source: HeldLedger, next: HeldLedger, pair: Pair): void {
    while (this.pairs.length <= source.slot) this.pairs.push([]);
    const pairs = this.pairs[source.slot] ?? [];
    while (pairs.length < next.slot) pairs.push(undefined);
    pairs[next.slot] = pair;
  }

  private curves(source: HeldLedger, next: HeldLedger): PairConversions | UnpricedPair | undefined {
    if (source === next) return undefined;
    const offer = this.pricing(source, next);
    if (offer === undefined || 'local' in offer || 'unpriced' in offer) return offer;
    const terms = {
      rate: offer.rate,
      spreadPpm: offer.spreadPpm,
      sourceScale: source.currencyScale,
      destinationScale: next.currencyScale,
      maxIn: lesser(offer.maxIn, source.maxIn),
      maxOut: lesser(offer.maxOut, next.maxOut),
      fixedFee: offer.fixedFee ?? 0n,
    };
    return this.shareCurves(terms, offer.ratesVersion);
  }

  private shareCurves(terms: PairTerms, ratesVersion: number | undefined): PairConversions {
    const { rate, spreadPpm, sourceScale, destinationScale, maxIn, maxOut } = terms;
    const distance = destinationScale - sourceScale;
    const ratio = [rate.numerator, rate.denominator, spreadPpm, distance, ratesVersion ?? ''];
    const key = [...ratio, maxIn ?? '', maxOut ?? '', terms.fixedFee].join('/');
    let curves = this.shared.get(key);
    if (curves !== undefined) return curves;
    if (this.shared.size >= SHARED_CURVES) this.shared.clear();
    this.shared.set(key, (curves = curvesOf(terms, ratesVersion)));
    return curves;
  }
}

function curvesOf(terms: PairTerms, ratesVersion: number | undefined): PairConversions {
  const exchange = new PairExchange(terms);
  const shift = isTrivialPair(terms) ? 0n : ROUNDING_LOSS;
  return {
    local: exchange,
    public: exchange.curve.shiftX(shift),
    shift,
    price: { exchange, ratesVersion },
  };
}

/** The same curves may be those of newer rates: what is planned by them names these. */
function repriced(
  head: CandidateHead | undefined,
  curves: PairConversions | undefined,
): CandidateHead | undefined {
  const price = curves?.price;
  if (head === undefined || head.curves.price?.ratesVersion === price?.ratesVersion) return head;
  return { ...head, curves: { ...head.curves, price } };
}

function lesser(one: bigint | undefined, other: bigint | undefined): bigint | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one < other ? one : other;
}

function sameCurves(one: PairConversions | undefined, other: PairConversions | undefined): boolean {
  if (one === other) return true;
  if (one === undefined || other === undefined) return false;
  return sameConversion(one.local, other.local) && sameCurve(one.public, other.public);
}

function sameConversion(one: Conversion, other: Conversion): boolean {
  if (one instanceof PairExchange) return other instanceof PairExchange && one.isSame(other);
  return one instanceof Curve && other instanceof Curve && sameCurve(one, other);
}

/** Do the curves have the same points? */
export function sameCurve(one: Curve, other: Curve): boolean {
  if (one === other) return true;
  if (one.points.length !== other.points.length) return false;
  return one.points.every(([x, y], index) => {
    const point = other.points[index];
    return point?.[0] === x && point[1] === y;
  });
}
