import type { CurvePoint } from '#protocol';
import { Curve } from './curve';

/**
 * One way behind the other (SPEC §10.4): what the head brings is what the tail takes. The points
 * are those of both curves as far as they reach each other, the sources of the tail's points
 * rounded up (D-23); at each of them the result promises no more than tail after head. Between
 * them it may, by what rounding bends, so whoever has both curves evaluates one after the other.
 * undefined = the head never brings enough for the tail, nothing can be sent this way.
 */
export function joinCurves(head: Curve, tail: Curve): Curve | undefined {
  const points = [...headPoints(head, tail), ...tailPoints(head, tail)];
  if (points.length === 0) return undefined;
  points.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Curve.of(points.filter(([x], index) => x !== points[index - 1]?.[0]));
}

function headPoints(head: Curve, tail: Curve): CurvePoint[] {
  return head.points
    .filter(([, y]) => tail.minSource <= y && y <= tail.maxSource)
    .map(([x, y]) => [x, tail.amountAt(y)]);
}

function tailPoints(head: Curve, tail: Curve): CurvePoint[] {
  return tail.points.flatMap(([u, v]): CurvePoint[] => {
    const x = head.minSourceFor(u);
    return x === undefined ? [] : [[x, v]];
  });
}
