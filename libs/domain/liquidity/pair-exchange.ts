import type { Conversion } from './conversion';
import { Curve, MAX_AMOUNT } from './curve';
import { divideDown, divideUp } from './exact-division';

/** Parts per million that make a whole. */
export const PPM = 1_000_000n;

/** Where a curve ends that no limit ends, on its longer side (SPEC §10.8, step 3). */
export const UNLIMITED_END = 100_000_000_000_000n;

/** An exact positive fraction: destination currency per source currency. */
export interface Rate {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

export const ONE_TO_ONE: Rate = { numerator: 1n, denominator: 1n };

export interface PairTerms {
  readonly rate: Rate;
  /** Taken off in the direction of the pair; 0..1,000,000. */
  readonly spreadPpm: bigint;
  /** Source base units that every payment costs beforehand; none unless given. */
  readonly fixedFee?: bigint | undefined;
  readonly sourceScale: number;
  readonly destinationScale: number;
  /** How much the source ledger can still take in, holds included; undefined = no limit. */
  readonly maxIn?: bigint | undefined;
  /** How much the destination ledger can still pay out, holds included; undefined = no limit. */
  readonly maxOut?: bigint | undefined;
}

/** A limit that ends an exchange, the fee included, in base units of its ledger. */
export type PairBound = { readonly maxIn: bigint } | { readonly maxOut: bigint };

/**
 * What we make of amounts between two ledgers of ours (SPEC §10.8): the fee is taken off, what is
 * left is multiplied by rate and spread, and what comes out is rounded once (SPEC §3.3). No curve
 * with whole points is that exact, so a curve is only what others are told.
 */
export class PairExchange implements Conversion {
  readonly minSource: bigint;
  readonly maxSource: bigint;
  readonly maxAmount: bigint;
  /** Parts per million. */
  readonly spreadPpm: bigint;
  /** Source base units. */
  readonly fixedFee: bigint;
  /**
   * The limit that ends it; the terms with this one and no other make the same exchange. undefined =
   * a limit leaves no room, or fee and spread take everything.
   */
  readonly bound: PairBound | undefined;
  private readonly ratio: Rate;

  /** @throws RangeError if the terms have no meaning */
  constructor(terms: PairTerms) {
    this.spreadPpm = terms.spreadPpm;
    this.fixedFee = terms.fixedFee ?? 0n;
    this.ratio = unitsPerUnit(terms);
    const end = exchangeEnd(terms, this.ratio);
    const { mostIn, mostOut } = end ?? { mostIn: UNLIMITED_END, mostOut: 0n };
    this.bound = end?.bound;
    this.minSource = end === undefined ? 0n : this.fixedFee;
    this.maxAmount = mostOut;
    this.maxSource = this.minSource + (mostOut === 0n ? mostIn : this.sourceOf(mostOut, divideUp));
  }

  amountAt(x: bigint): bigint {
    return lesser(this.unlimitedAt(x), this.maxAmount);
  }

  amountAtMost(x: bigint): bigint {
    return lesser(this.worthOf(x, divideUp), this.maxAmount);
  }

  amountReverse(y: bigint): bigint | undefined {
    return y > this.maxAmount ? undefined : this.minSource + this.sourceOf(y, divideDown);
  }

  minSourceFor(y: bigint): bigint | undefined {
    return y > this.maxAmount ? undefined : this.minSource + this.sourceOf(y, divideUp);
  }

  /** What x would bring if there were no limits. */
  unlimitedAt(x: bigint): bigint {
    return this.worthOf(x, divideDown);
  }

  /**
   * What others are told of it: a straight line from the fee to the end. Its end is rounded y down
   * and x up, to the least source amount that brings y, so that it never promises more, and where
   * the next ledger's units are great no less than a unit of the source ledger explains.
   */
  get curve(): Curve {
    return Curve.of([
      [this.minSource, 0n],
      [this.maxSource, this.maxAmount],
    ]);
  }

  isSame(other: PairExchange): boolean {
    const { ratio } = other;
    return (
      this.minSource === other.minSource &&
      this.maxSource === other.maxSource &&
      this.maxAmount === other.maxAmount &&
      this.ratio.numerator * ratio.denominator === ratio.numerator * this.ratio.denominator
    );
  }

  private worthOf(x: bigint, divide: Division): bigint {
    if (x <= this.fixedFee) return 0n;
    return divide((x - this.fixedFee) * this.ratio.numerator, this.ratio.denominator);
  }

  /** Without the fee. */
  private sourceOf(y: bigint, divide: Division): bigint {
    return y <= 0n ? 0n : divide(y * this.ratio.denominator, this.ratio.numerator);
  }
}

type Division = (dividend: bigint, divisor: bigint) => bigint;

/** Where limits or the range of amounts end the exchange, the fee taken off. */
interface ExchangeEnd {
  readonly mostIn: bigint;
  readonly mostOut: bigint;
  readonly bound: PairBound;
}

/** undefined = there is nothing to exchange (SPEC §10.8, steps 2 to 5). */
function exchangeEnd(terms: PairTerms, { numerator, denominator }: Rate): ExchangeEnd | undefined {
  const { maxIn, maxOut, fixedFee = 0n } = terms;
  const unlimited = maxIn === undefined && maxOut === undefined;
  const none = unlimited ? UNLIMITED_END : MAX_AMOUNT;
  const mostIn = lesser(lesser(maxIn ?? MAX_AMOUNT, MAX_AMOUNT) - fixedFee, none);
  const mostOut = lesser(maxOut ?? none, MAX_AMOUNT);
  if (mostIn <= 0n || mostOut <= 0n || numerator === 0n) return undefined;
  const worth = divideDown(mostIn * numerator, denominator);
  const isOut = mostIn * numerator > mostOut * denominator;
  return isOut
    ? { mostIn, mostOut, bound: { maxOut: mostOut } }
    : { mostIn, mostOut: worth, bound: { maxIn: mostIn + fixedFee } };
}

/**
 * Does the pair exchange without any loss, so that no rounding has to be made up for?
 * (SPEC §10.7: the curves of such a pair are not shifted.)
 */
export function isTrivialPair(terms: PairTerms): boolean {
  return (
    terms.rate.numerator === terms.rate.denominator &&
    terms.spreadPpm === 0n &&
    terms.sourceScale === terms.destinationScale
  );
}

/**
 * Destination base units per source base unit: r · (1 − spread) · 10^(s_dst − s_src).
 * @throws RangeError if the terms have no meaning
 */
export function unitsPerUnit(terms: PairTerms): Rate {
  const { rate, spreadPpm, fixedFee = 0n, sourceScale, destinationScale } = terms;
  if (fixedFee < 0n || fixedFee > MAX_AMOUNT) {
    throw new RangeError(`fixedFee must be 0..${String(MAX_AMOUNT)}, got ${String(fixedFee)}`);
  }
  if (rate.numerator <= 0n || rate.denominator <= 0n) throw new RangeError('rate must be positive');
  if (spreadPpm < 0n || spreadPpm > PPM) {
    throw new RangeError(`spreadPpm must be 0..${String(PPM)}, got ${String(spreadPpm)}`);
  }
  const shift = destinationScale - sourceScale;
  return {
    numerator: rate.numerator * (PPM - spreadPpm) * powerOfTen(shift),
    denominator: rate.denominator * PPM * powerOfTen(-shift),
  };
}

/** 10 to the exponent where that is a whole number, else 1. */
function powerOfTen(exponent: number): bigint {
  return exponent > 0 ? 10n ** BigInt(exponent) : 1n;
}

function lesser(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}
