import type { CurvePoint } from '../ilp/ilp-packet';

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * A curve as far as it can be said in doubles: beyond 2^53 − 1 it is cut with a floored end point on
 * it (SPEC §3.5, D-3). Empty where it only begins beyond.
 */
export function safePoints(points: readonly CurvePoint[]): readonly CurvePoint[] {
  const firstBeyond = points.findIndex(([x, y]) => x > MAX_SAFE || y > MAX_SAFE);
  if (firstBeyond === -1) return points;
  const kept = points.slice(0, firstBeyond);
  const from = kept.at(-1);
  const to = points[firstBeyond];
  if (from === undefined || to === undefined) return kept;
  const end = endBetween(from, to);
  return end[0] > from[0] ? [...kept, end] : kept;
}

function endBetween([x0, y0]: CurvePoint, [x1, y1]: CurvePoint): CurvePoint {
  const xAtMost = y1 <= MAX_SAFE ? x1 : x0 + ((MAX_SAFE - y0) * (x1 - x0)) / (y1 - y0);
  const x = xAtMost < MAX_SAFE ? xAtMost : MAX_SAFE;
  return [x, y0 + ((y1 - y0) * (x - x0)) / (x1 - x0)];
}
