import type { CurvePoint } from '#protocol';
import { Curve } from './curve';
import { Heap } from './heap';

/**
 * The curve with at most so many points (SPEC §10.3, Visvalingam and Whyatt). A curve that has no
 * more is left as it is; else points on a straight line between their neighbours go first, all of
 * them, then again and again the point whose loss changes the least area, of equals the one with
 * the least x. The ends stay, so that two points are the fewest. May lie above the original in
 * places: fit for broadcasts, which bind nobody. O(n log n).
 */
export function simplifyCurve(curve: Curve, mostPoints: number): Curve {
  if (curve.points.length <= Math.max(mostPoints, 2)) return curve;
  const bent = withoutCollinear(curve.points);
  const excess = bent.length - Math.max(mostPoints, 2);
  return Curve.of(excess > 0 ? withoutSmallest(bent, excess) : bent);
}

function withoutCollinear(points: readonly CurvePoint[]): CurvePoint[] {
  const kept: CurvePoint[] = [];
  points.forEach((point, index) => {
    const previous = kept.at(-1);
    const next = points[index + 1];
    const isEnd = previous === undefined || next === undefined;
    if (isEnd || areaOf(previous, point, next) > 0n) kept.push(point);
  });
  return kept;
}

/** A point among those that are left. */
interface Corner {
  readonly point: CurvePoint;
  before: Corner | undefined;
  after: Corner | undefined;
  /** undefined at the ends, and once the point is gone. */
  area: bigint | undefined;
}

/** What a corner measured when it was put on the heap; void once it measures something else. */
interface Measurement {
  readonly corner: Corner;
  readonly area: bigint;
}

function withoutSmallest(points: readonly CurvePoint[], count: number): CurvePoint[] {
  const corners = chain(points);
  const heap = new Heap<Measurement>(isSmaller);
  for (const corner of corners) measure(corner, heap);
  for (let left = count; left > 0;) {
    const smallest = heap.pop();
    if (smallest === undefined) break;
    const { corner, area } = smallest;
    if (corner.area !== area) continue;
    remove(corner, heap);
    left -= 1;
  }
  const ends = [corners[0], corners.at(-1)];
  return corners
    .filter((corner) => corner.area !== undefined || ends.includes(corner))
    .map(({ point }) => point);
}

function chain(points: readonly CurvePoint[]): Corner[] {
  const corners: Corner[] = [];
  for (const point of points) {
    const before = corners.at(-1);
    const corner = { point, before, after: undefined, area: undefined };
    if (before !== undefined) before.after = corner;
    corners.push(corner);
  }
  return corners;
}

function remove(corner: Corner, heap: Heap<Measurement>): void {
  const { before, after } = corner;
  corner.area = undefined;
  if (before !== undefined) before.after = after;
  if (after !== undefined) after.before = before;
  for (const neighbour of [before, after]) {
    if (neighbour !== undefined) measure(neighbour, heap);
  }
}

function measure(corner: Corner, heap: Heap<Measurement>): void {
  const { before, after } = corner;
  if (before === undefined || after === undefined) return;
  const area = areaOf(before.point, corner.point, after.point);
  corner.area = area;
  heap.push({ corner, area });
}

function isSmaller(a: Measurement, b: Measurement): boolean {
  if (a.area !== b.area) return a.area < b.area;
  return a.corner.point[0] < b.corner.point[0];
}

/** Twice the area of the triangle. */
function areaOf(a: CurvePoint, b: CurvePoint, c: CurvePoint): bigint {
  const area = (a[0] - c[0]) * (b[1] - a[1]) - (a[0] - b[0]) * (c[1] - a[1]);
  return area < 0n ? -area : area;
}
