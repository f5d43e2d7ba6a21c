import { isDeepStrictEqual } from 'node:util';
import type { Curve } from '../../libs/domain/liquidity';
import type { CurvePoint } from '../../libs/protocol';
import { crossingBefore } from './exact-line';
import type { HistoricAnswer } from './historic-curve';

/**
 * Where our curves and the historic ones differ, and why. Each function is told both results, works
 * out from the curves alone what the named decision makes of them, and names nothing unless that
 * is precisely the difference.
 */
type Points = readonly CurvePoint[];

/** One way after the other as SPEC §10.4 words it, with the given way back through the head. */
function joinedBy(
  head: Curve,
  tail: Curve,
  sourceFor: (y: bigint) => bigint | undefined,
): CurvePoint[] {
  const takes = ([, y]: CurvePoint): boolean => tail.minSource <= y && y <= tail.maxSource;
  const points = head.points.filter(takes).map(([x, y]): CurvePoint => [x, tail.amountAt(y)]);
  for (const [u, v] of tail.points) {
    const x = sourceFor(u);
    if (x !== undefined) points.push([x, v]);
  }
  const xs = [...new Set(points.map(([x]) => x))].sort(ascending);
  return xs.map((x) => points.find((point) => point[0] === x)!);
}

/** D-23: history rounds the way back down, where the head brings too little for the tail's point. */
export function explainJoin(
  head: Curve,
  tail: Curve,
  { ours, history }: { ours: Points; history: HistoricAnswer },
): 'D-23' | undefined {
  const roundedDown = joinedBy(head, tail, (y) => head.amountReverse(y));
  const roundedUp = joinedBy(head, tail, (y) => head.minSourceFor(y));
  if (!isDeepStrictEqual(roundedDown, history) || !isDeepStrictEqual(roundedUp, ours)) return;
  const fallsShort = tail.points.some(([u]) => {
    const x = head.amountReverse(u);
    return x !== undefined && head.amountAt(x) < u && x + 1n === head.minSourceFor(u);
  });
  return fallsShort ? 'D-23' : undefined;
}

export type CombineReason = 'D-24' | 'crossing rounded onto a point' | 'nineteen decimals';

/** What history takes for a whole number: it divides with 19 decimals (SPEC §10.1). */
const SMALLEST_SHARE = 2n * 10n ** 19n;

/**
 * D-24: a point of ours right before a curve begins above the other one, past which history draws
 * its line. Rounding: history sorts crossings before it rounds them up, and so keeps the crossing
 * and loses the point on which it falls; ours keeps the point, and the amount just before. Decimals: a crossing so little beyond
 * a point that history takes it for the point.
 */
export function explainCombine(
  a: Curve,
  b: Curve,
  { ours, history }: { ours: Points; history: Points },
): CombineReason[] | undefined {
  const onlyOurs = ours.filter((point) => !has(history, point));
  const onlyHistory = history.filter((point) => !has(ours, point));
  const reasons = [
    ...onlyOurs.map((point) => whyOurs(a, b, point)),
    ...onlyHistory.map((point) => whyHistory(a, b, { point, ours })),
  ];
  const known = reasons.filter((reason) => reason !== undefined);
  return known.length === reasons.length ? [...new Set(known)] : undefined;
}

function whyOurs(a: Curve, b: Curve, [x, y]: CurvePoint): CombineReason | undefined {
  if (isHardlyBeyond(a, b, [x, y])) return 'nineteen decimals';
  if (y !== better(a, b, x)) return undefined;
  if (isJumpAfter(a, b, x)) return 'D-24';
  const isCollision = [x, x + 1n].some(
    (at) => isPointAnyway(a, b, at) && crossingBefore(a.points, b.points, at) !== undefined,
  );
  return isCollision ? 'crossing rounded onto a point' : undefined;
}

function whyHistory(
  a: Curve,
  b: Curve,
  { point: [x, y], ours }: { point: CurvePoint; ours: Points },
): CombineReason | undefined {
  if (!isPointAnyway(a, b, x) || crossingBefore(a.points, b.points, x)?.amount !== y) return;
  const both = [x - 1n, x].map((at): CurvePoint => [at, better(a, b, at)]);
  const isMoreOurs = y < better(a, b, x) && both.every((point) => has(ours, point));
  return isMoreOurs ? 'crossing rounded onto a point' : undefined;
}

/** Is this a crossing that rounds up, though it lies but a trace beyond x − 1, which has a point? */
function isHardlyBeyond(a: Curve, b: Curve, [x, y]: CurvePoint): boolean {
  const crossing = crossingBefore(a.points, b.points, x);
  if (crossing?.amount !== y || !isPointAnyway(a, b, x - 1n)) return false;
  return crossing.beyond.numerator * SMALLEST_SHARE < crossing.beyond.denominator;
}

/** Has the combination a point here, crossing or not? */
function isPointAnyway(a: Curve, b: Curve, x: bigint): boolean {
  return [...a.points, ...b.points].some((point) => point[0] === x) || isJumpAfter(a, b, x);
}

/** Does one curve begin at x + 1, above what the other has brought since before? */
function isJumpAfter(a: Curve, b: Curve, x: bigint): boolean {
  const start = x + 1n;
  const jumps = (early: Curve, late: Curve): boolean =>
    late.minSource === start &&
    early.minSource < start &&
    late.points[0]![1] > early.amountAt(start);
  return jumps(a, b) || jumps(b, a);
}

/** SPEC §10.6: one point replaces what fell off; history adds it beside a point that lies there. */
export function explainShiftX(
  curve: Curve,
  d: bigint,
  { ours, history }: { ours: Points; history: HistoricAnswer },
): 'shifted onto the axis' | undefined {
  const [first, ...others] = curve.points;
  const landsOnAxis = first![0] < -d && others.some(([x]) => x === -d);
  const expected = curve.points.filter(([x]) => x >= -d).map(([x, y]) => [x + d, y]);
  const isSo = history === 'throws' && landsOnAxis && isDeepStrictEqual(ours, expected);
  return isSo ? 'shifted onto the axis' : undefined;
}

export type ShiftYReason = 'shifted onto the axis' | 'nothing left';

/**
 * The same for amounts. And where nothing is left, which is no curve, history makes of the infinite
 * source a zero: a point that it has not got.
 */
export function explainShiftY(
  curve: Curve,
  d: bigint,
  { ours, history }: { ours: Points | 'throws'; history: HistoricAnswer },
): ShiftYReason | undefined {
  const isNothing = isDeepStrictEqual(history, [[0n, 0n]]) && curve.maxAmount < -d;
  if (ours === 'throws') return isNothing ? 'nothing left' : undefined;
  const [first, ...others] = curve.points;
  const landsOnAxis = first![1] < -d && others.some(([, y]) => y === -d);
  const expected = curve.points.filter(([, y]) => y >= -d).map(([x, y]) => [x, y + d]);
  const isSo = history === 'throws' && landsOnAxis && isDeepStrictEqual(ours, expected);
  return isSo ? 'shifted onto the axis' : undefined;
}

/** D-22: what is no curve in the mixed order, and is one in plain big-endian. */
export function explainDecoding(
  bytes: Buffer,
  { ours, history }: { ours: Points; history: HistoricAnswer },
): 'D-22' | undefined {
  const plain = Buffer.concat(
    ours.flat().map((value) => Buffer.from(value.toString(16).padStart(16, '0'), 'hex')),
  );
  return history === 'throws' && plain.equals(bytes) ? 'D-22' : undefined;
}

function has(points: Points, [x, y]: CurvePoint): boolean {
  return points.some((point) => point[0] === x && point[1] === y);
}

function better(a: Curve, b: Curve, x: bigint): bigint {
  return a.amountAt(x) > b.amountAt(x) ? a.amountAt(x) : b.amountAt(x);
}

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
