import type { CurvePoint } from '#protocol';
import { Curve } from './curve';
import { divideDown, divideUp } from './exact-division';

/**
 * The better of two parallel ways (SPEC §10.5): at every point of either curve exactly the greater
 * amount, and the points where the curves cross, rounded x up and y down. Never promises more than
 * the better curve does, at any amount; and at x never less than the better one brings for x − 1,
 * less one unit.
 *
 * Where the better amount jumps, because a curve begins with more than the other brings there, a
 * point just before the jump keeps the line between from promising what nobody gives (D-24). So
 * does one where a crossing, rounded up, meets a point at which more is to be had.
 */
export function combineCurves(a: Curve, b: Curve): Curve {
  const better = (x: bigint): bigint => greater(a.amountAt(x), b.amountAt(x));
  const amounts = new Map<bigint, bigint>();
  for (const x of [...sources(a), ...sources(b), ...jumps(a, b), ...jumps(b, a)]) {
    amounts.set(x, better(x));
  }
  for (const [x, y] of crossings(a, b)) {
    const there = amounts.get(x);
    if (there === undefined) amounts.set(x, y);
    else if (there > y) amounts.set(x - 1n, better(x - 1n));
  }
  return Curve.of([...amounts].sort(([x], [other]) => ascending(x, other)));
}

function sources(curve: Curve): bigint[] {
  return curve.points.map(([x]) => x);
}

/** The last source amount before the later curve begins above the earlier one. */
function jumps(earlier: Curve, later: Curve): bigint[] {
  const start = later.minSource;
  const isJump = start > earlier.minSource && later.amountAt(start) > earlier.amountAt(start);
  return isJump ? [start - 1n] : [];
}

/** In ascending order. Both curves run straight between two neighbouring sources of either. */
function crossings(a: Curve, b: Curve): CurvePoint[] {
  const start = greater(a.minSource, b.minSource);
  const turns = [...new Set([...sources(a), ...sources(b)])]
    .filter((x) => x >= start)
    .sort(ascending);
  return turns.flatMap((from, index): CurvePoint[] => {
    const to = turns[index + 1];
    if (to === undefined) return [];
    const crossing = crossingBetween({ from, to, line: a.lineFrom(from), other: b.lineFrom(from) });
    return crossing === undefined ? [] : [crossing];
  });
}

type Line = readonly [CurvePoint, CurvePoint];

interface Stretch {
  readonly from: bigint;
  readonly to: bigint;
  readonly line: Line;
  readonly other: Line;
}

/** Where two lines cross strictly between two sources, rounded x up, y down. */
function crossingBetween({ from, to, line, other }: Stretch): CurvePoint | undefined {
  const [a, width, rise] = measures(line);
  const [b, otherWidth, otherRise] = measures(other);
  /** How much higher the line is than the other one, times both widths. */
  const lead = (x: bigint): bigint =>
    otherWidth * (a[1] * width + (x - a[0]) * rise) -
    width * (b[1] * otherWidth + (x - b[0]) * otherRise);
  const before = lead(from);
  const after = lead(to);
  if (!(before < 0n && after > 0n) && !(before > 0n && after < 0n)) return undefined;
  // The lead is linear: its zero lies at from + (to − from) · before / (before − after).
  const divisor = magnitude(before - after);
  const along = (to - from) * magnitude(before);
  const y = a[1] * width * divisor + ((from - a[0]) * divisor + along) * rise;
  return [from + divideUp(along, divisor), divideDown(y, width * divisor)];
}

function measures([from, to]: Line): [from: CurvePoint, width: bigint, rise: bigint] {
  return [from, to[0] - from[0], to[1] - from[1]];
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function greater(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
