import { combineCurves, Curve, joinCurves, MAX_AMOUNT } from '#domain/liquidity';
import type { CurvePoint } from '#protocol';
import { type Candidate, isPriced } from './candidate';
import type { Group } from './choose-way';

/** What others may rely on of one way: its shifted head (SPEC §10.7), joined to its tail. */
export function publicCurve({ head, tail }: Candidate): Curve | undefined {
  return tail === undefined ? head.public : joinCurves(head.public, tail);
}

/** The best of each section of the group's ways that have a price (C_k of SPEC §11.5). */
export function groupCurve(group: Group): Curve | undefined {
  let combined: Curve | undefined;
  for (const candidate of group) {
    const curve = isPriced(candidate) ? publicCurve(candidate) : undefined;
    if (curve === undefined) continue;
    combined = combined === undefined ? curve : combineCurves(combined, curve);
  }
  return combined;
}

/**
 * The effective curve E of SPEC §11.5 (D-29): what all groups together bring, the shortest first,
 * each longer one only beyond or below what the shorter ones take. Below them no more is promised
 * than they bring for their least amount, since a curve cannot fall. undefined = of no curves.
 */
export function effectiveCurve(curves: readonly Curve[]): Curve | undefined {
  const [first, ...longer] = curves.filter(({ maxAmount }) => maxAmount > 0n);
  if (first === undefined) return curves[0];
  let effective = first;
  let reach = first.maxSource;
  for (const curve of longer) {
    const more = beyond({ effective, reach, curve });
    // Where several shorter groups take no more, the longer ones that bring more than each follow.
    const start = more[0]?.[0];
    const kept = effective.points.filter(([x]) => start === undefined || x < start);
    effective = Curve.of([...below(effective, curve), ...kept, ...more]);
    if (curve.maxSource > reach) reach = curve.maxSource;
  }
  return effective;
}

/** The part of the longer group's curve that lies below the least amount of the shorter ones. */
function below(effective: Curve, curve: Curve): CurvePoint[] {
  const [, cap] = effective.points[0] ?? [0n, 0n];
  const end = effective.minSource - 1n;
  if (cap === 0n || curve.minSource > end) return [];
  const points = curve.points.filter(([x, y]) => x <= end && y < cap);
  const capped = curve.minSourceFor(cap);
  if (capped !== undefined && capped <= end) points.push([capped, cap]);
  if (points.at(-1)?.[0] !== end) points.push([end, lesser(curve.amountAt(end), cap)]);
  return points;
}

interface Extension {
  readonly effective: Curve;
  /** The greatest source amount for which a shorter group has a place. */
  readonly reach: bigint;
  readonly curve: Curve;
}

/** The part of the longer group's curve that brings more than the shorter ones, beyond them. */
function beyond({ effective, reach, curve }: Extension): CurvePoint[] {
  const most = effective.maxAmount;
  const better = curve.minSourceFor(most + 1n);
  if (better === undefined || reach >= MAX_AMOUNT) return [];
  const start = better > reach ? better : reach + 1n;
  const points: CurvePoint[] = [];
  if (start - 1n > effective.maxSource) points.push([start - 1n, most]);
  points.push([start, curve.amountAt(start)]);
  return [...points, ...curve.points.filter(([x]) => x > start)];
}

function lesser(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}
