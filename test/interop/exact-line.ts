import type { CurvePoint } from '../../libs/protocol';

/** What a curve is worth as an exact fraction, worked out anew for the differential test. */
export interface Fraction {
  readonly numerator: bigint;
  /** Positive. */
  readonly denominator: bigint;
}

type Points = readonly CurvePoint[];

/** The unrounded value at x, which must not lie below the first point. */
export function exactAmount(points: Points, x: bigint): Fraction {
  const after = points.findIndex(([end]) => end > x);
  if (after < 0) return integer(points.at(-1)![1]);
  const [from, to] = [points[after - 1]!, points[after]!];
  const width = to[0] - from[0];
  return {
    numerator: from[1] * width + (to[1] - from[1]) * (x - from[0]),
    denominator: width,
  };
}

/** How far one fraction exceeds the other. */
export function difference(a: Fraction, b: Fraction): Fraction {
  return {
    numerator: a.numerator * b.denominator - b.numerator * a.denominator,
    denominator: a.denominator * b.denominator,
  };
}

export interface Crossing {
  /** How far behind x − 1 it lies, more than nothing and less than one. */
  readonly beyond: Fraction;
  /** Its amount, rounded down. */
  readonly amount: bigint;
}

/**
 * Where two curves cross strictly between x − 1 and x; undefined if they do not. Both run straight
 * there, since their points are whole.
 */
export function crossingBefore(a: Points, b: Points, x: bigint): Crossing | undefined {
  if (x - 1n < a[0]![0] || x - 1n < b[0]![0]) return undefined;
  const [from, to] = [exactAmount(a, x - 1n), exactAmount(a, x)];
  const before = difference(from, exactAmount(b, x - 1n));
  const after = difference(to, exactAmount(b, x));
  const isCrossing = before.numerator < 0n ? after.numerator > 0n : after.numerator < 0n;
  if (!isCrossing || before.numerator === 0n) return undefined;
  const whole = difference(before, after);
  const beyond = positive({
    numerator: before.numerator * whole.denominator,
    denominator: before.denominator * whole.numerator,
  });
  const rise = difference(to, from);
  const amount = sum(from, {
    numerator: rise.numerator * beyond.numerator,
    denominator: rise.denominator * beyond.denominator,
  });
  return { beyond, amount: amount.numerator / amount.denominator };
}

function sum(a: Fraction, b: Fraction): Fraction {
  return {
    numerator: a.numerator * b.denominator + b.numerator * a.denominator,
    denominator: a.denominator * b.denominator,
  };
}

function integer(value: bigint): Fraction {
  return { numerator: value, denominator: 1n };
}

function positive({ numerator, denominator }: Fraction): Fraction {
  return denominator < 0n
    ? { numerator: -numerator, denominator: -denominator }
    : { numerator, denominator };
}
