import type { CurvePoint } from '#protocol';
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

/**
 * What pairCurve answers when a limit leaves no room, or fee and spread take everything: the route
 * exists, the money does not (SPEC §10.8, step 5).
 */
export const NO_LIQUIDITY: Curve = lineTo(UNLIMITED_END, 0n);

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

/**
 * The curve of a local pair (SPEC §10.8): a straight line from the fee to the end that limits or
 * the range of amounts set, computed exactly, its end rounded x up and y down, so that it never
 * promises more than rate and spread give. No head-room on either side: NO_LIQUIDITY.
 * @throws RangeError if the terms have no meaning
 */
export function pairCurve(terms: PairTerms): Curve {
  return afterFee(line(terms, unitsPerUnit(terms)), terms);
}

/**
 * The same, with one more point: the last before the end where the exchange comes out in whole
 * units. Up to there every amount is exactly what SPEC §3.3 says; the rounded end alone would
 * bend the whole line, so that 100 units at 99.8 brought 9979.
 * @throws RangeError if the terms have no meaning
 */
export function exactPairCurve(terms: PairTerms): Curve {
  const rate = unitsPerUnit(terms);
  return afterFee(withKnee(line(terms, rate), rate), terms);
}

function withKnee(curve: Curve, { numerator, denominator }: Rate): Curve {
  if (curve.maxAmount === 0n) return curve;
  const step = denominator / greatestCommonDivisor(numerator, denominator);
  const whole = least(curve.maxSource, divideDown(curve.maxAmount * denominator, numerator));
  const x = divideDown(whole, step) * step;
  if (x === 0n || x === curve.maxSource) return curve;
  const knee: CurvePoint = [x, (x * numerator) / denominator];
  return Curve.of([[0n, 0n], knee, [curve.maxSource, curve.maxAmount]]);
}

/** Nothing is nothing, fee or no fee. */
function afterFee(curve: Curve, { fixedFee = 0n }: PairTerms): Curve {
  return curve === NO_LIQUIDITY || fixedFee === 0n ? curve : curve.shiftX(fixedFee);
}

/** What is exchanged once the fee is taken off, which limit and range have to hold as well. */
function line(terms: PairTerms, rate: Rate): Curve {
  const end = curveEnd(terms, rate);
  if (end === undefined) return NO_LIQUIDITY;
  const { mostIn, mostOut, isOut } = end;
  if (isOut) return lineTo(divideUp(mostOut * rate.denominator, rate.numerator), mostOut);
  return lineTo(mostIn, divideDown(mostIn * rate.numerator, rate.denominator));
}

/** Where limits or the range of amounts end the exchange, the fee taken off. */
export interface CurveEnd {
  readonly mostIn: bigint;
  readonly mostOut: bigint;
  /** Is it what can be paid out that ends it? */
  readonly isOut: boolean;
}

/** undefined = there is nothing to exchange. */
export function curveEnd(terms: PairTerms, rate: Rate): CurveEnd | undefined {
  const { maxIn, maxOut, fixedFee = 0n } = terms;
  const unlimited = maxIn === undefined && maxOut === undefined;
  const none = unlimited ? UNLIMITED_END : MAX_AMOUNT;
  const mostIn = least(least(maxIn ?? MAX_AMOUNT, MAX_AMOUNT) - fixedFee, none);
  const mostOut = least(maxOut ?? none, MAX_AMOUNT);
  if (mostIn <= 0n || mostOut <= 0n || rate.numerator === 0n) return undefined;
  return { mostIn, mostOut, isOut: mostIn * rate.numerator > mostOut * rate.denominator };
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

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b);
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function lineTo(x: bigint, y: bigint): Curve {
  return Curve.of([
    [0n, 0n],
    [x, y],
  ]);
}
