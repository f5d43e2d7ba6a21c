import { isDeepStrictEqual } from 'node:util';
import type { CurvePoint } from '../../libs/protocol';
import { HistoricCurve } from './historic-curve';

type Points = readonly CurvePoint[];

export type SimplifyReason = 'points on a line' | 'equal areas';

/**
 * Why history keeps other points than we do (SPEC §10.3):
 * - `points on a line`: vis-why drops these at first, but goes on measuring the corners before them
 *   against what it dropped, and loses the curve's end with them. Given the curve without them, it
 *   agrees with us, or only the following is left.
 * - `equal areas`: the rule leaves open which of the least goes first; either choice keeps to it.
 */
export function explainSimplify(
  points: Points,
  mostPoints: number,
  ours: Points,
): SimplifyReason[] | undefined {
  const bent = withoutPointsOnLines(points);
  const isStraightened = bent.length < points.length;
  const history = HistoricCurve.of(bent).simplify(mostPoints);
  if (history === 'throws') return undefined;
  const first: SimplifyReason[] = isStraightened ? ['points on a line'] : [];
  if (isDeepStrictEqual(history, ours)) return isStraightened ? first : undefined;
  const areBothAllowed = isAllowed(bent, history) && isAllowed(bent, ours);
  return areBothAllowed ? [...first, 'equal areas'] : undefined;
}

function withoutPointsOnLines(points: Points): CurvePoint[] {
  const kept = [...points];
  for (let index = 1; index < kept.length - 1;) {
    if (areaOf(kept[index - 1]!, kept[index]!, kept[index + 1]!) === 0n) kept.splice(index, 1);
    else index += 1;
  }
  return kept;
}

/** Can the rule, in some order of equals, leave just these points? */
function isAllowed(points: Points, result: Points): boolean {
  const lasting = new Set(result.map(([x]) => x));
  const refuted = new Set<string>();
  const canLeave = (left: Points): boolean => {
    if (left.length === result.length) return isDeepStrictEqual(left, result);
    const key = left.map(([x]) => x).join();
    if (refuted.has(key)) return false;
    refuted.add(key);
    const areas = left.map((point, index) => {
      const [before, after] = [left[index - 1], left[index + 1]];
      return before && after ? areaOf(before, point, after) : undefined;
    });
    const inner = areas.filter((size) => size !== undefined);
    const least = inner.reduce((a, b) => (b < a ? b : a));
    return left.some(
      ([x], index) =>
        areas[index] === least && !lasting.has(x) && canLeave(left.filter((_, at) => at !== index)),
    );
  };
  return canLeave(points);
}

function areaOf(a: CurvePoint, b: CurvePoint, c: CurvePoint): bigint {
  const twice = (a[0] - c[0]) * (b[1] - a[1]) - (a[0] - b[0]) * (c[1] - a[1]);
  return twice < 0n ? -twice : twice;
}
