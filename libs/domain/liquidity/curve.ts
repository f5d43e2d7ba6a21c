import { type CurvePoint, decodeCurve, encodeCurve } from '#protocol';
import { divideDown, divideUp } from './exact-division';
import { InvalidCurveError } from './invalid-curve-error';

/** Greatest amount that any ledger or packet can hold (SPEC §3.1). */
export const MAX_AMOUNT = 0xffff_ffff_ffff_ffffn;

/**
 * What a source amount is worth at the destination: piecewise linear, never decreasing, exact
 * (SPEC §10.1). x is in base units of the source ledger, y of the destination ledger. The first
 * point is the least amount, the last the greatest. Immutable.
 */
export class Curve {
  private constructor(
    readonly points: readonly CurvePoint[],
    private readonly first: CurvePoint,
    private readonly last: CurvePoint,
  ) {}

  /** @throws InvalidCurveError */
  static of(points: readonly CurvePoint[]): Curve {
    points.forEach((point, index) => {
      requirePoint(points[index - 1], point, index);
    });
    const first = points[0];
    const last = points.at(-1);
    if (first === undefined || last === undefined) throw new InvalidCurveError('no-points', 0);
    return new Curve([...points], first, last);
  }

  /**
   * Reads the binary form of SPEC §10.2.
   * @throws UnreadablePacketError, InvalidCurveError `no-points`
   */
  static decode(bytes: Buffer): Curve {
    return Curve.of(decodeCurve(bytes));
  }

  encode(): Buffer {
    return encodeCurve(this.points);
  }

  /** Least source amount that the curve speaks of. */
  get minSource(): bigint {
    return this.first[0];
  }

  /** Greatest source amount that still brings more. */
  get maxSource(): bigint {
    return this.last[0];
  }

  /** Greatest destination amount. */
  get maxAmount(): bigint {
    return this.last[1];
  }

  /** Does any amount bring anything? A route that does not is withdrawn (SPEC §11, D-31). */
  get hasLiquidity(): boolean {
    return this.last[1] > 0n;
  }

  /**
   * What x source units bring, rounded down: 0 below the first point, no more than the last
   * point's amount beyond it (extra money is accepted but brings nothing).
   */
  amountAt(x: bigint): bigint {
    return this.broughtBy(x, divideDown);
  }

  /** The same, rounded up: what x would bring if nothing were lost by rounding, or a little more. */
  amountAtMost(x: bigint): bigint {
    return this.broughtBy(x, divideUp);
  }

  /**
   * The source amount for y as historic connectors compute it, rounded down, so that it may fall
   * short by one unit: right only on a curve shifted by +1 (SPEC §10.7). undefined = impossible.
   */
  amountReverse(y: bigint): bigint | undefined {
    return this.sourceFor(y, divideDown);
  }

  /** The least source amount on the curve that brings at least y. undefined = impossible. */
  minSourceFor(y: bigint): bigint | undefined {
    return this.sourceFor(y, divideUp);
  }

  /**
   * The same curve with every source amount d greater (SPEC §10.6): the fixed fee d, or for a
   * negative d its opposite. What leaves the range of amounts is cut off on the curve.
   * @throws InvalidCurveError if nothing of the curve is left in the range
   */
  shiftX(d: bigint): Curve {
    const kept = this.points
      .map(([x, y]): CurvePoint => [x + d, y])
      .filter(([x]) => x >= 0n && x <= MAX_AMOUNT);
    const cutLow = this.first[0] + d < 0n && kept[0]?.[0] !== 0n;
    if (cutLow) kept.unshift([0n, this.amountAt(-d)]);
    const end = kept.at(-1)?.[0];
    const cutHigh = this.last[0] + d > MAX_AMOUNT && end !== undefined && end !== MAX_AMOUNT;
    if (cutHigh) kept.push([MAX_AMOUNT, this.amountAt(MAX_AMOUNT - d)]);
    return Curve.of(kept);
  }

  /**
   * The same curve with every destination amount d greater (SPEC §10.6). For a negative d what
   * falls below nothing is replaced by one point, (amountReverse(−d), 0): rounded down as history
   * has it, so that next to that point the line may lie above the shifted one. What leaves the
   * range of amounts is cut off on the curve.
   * @throws InvalidCurveError if nothing of the curve is left in the range
   */
  shiftY(d: bigint): Curve {
    const kept = this.points
      .map(([x, y]): CurvePoint => [x, y + d])
      .filter(([, y]) => y >= 0n && y <= MAX_AMOUNT);
    const low = this.first[1] + d < 0n ? this.amountReverse(-d) : undefined;
    if (low !== undefined && low !== kept[0]?.[0]) kept.unshift([low, 0n]);
    const end = kept.at(-1)?.[1];
    const isCutHigh = this.last[1] + d > MAX_AMOUNT && end !== undefined && end !== MAX_AMOUNT;
    const high = isCutHigh ? this.minSourceFor(MAX_AMOUNT - d) : undefined;
    if (high !== undefined) kept.push([high, MAX_AMOUNT]);
    return Curve.of(kept);
  }

  /**
   * Two points of the straight line on which the curve runs from x to the next point on, which is
   * the horizontal behind the last one. x must not lie below the first point.
   */
  lineFrom(x: bigint): readonly [CurvePoint, CurvePoint] {
    if (x < this.last[0]) return this.segmentWhere((point) => point[0] > x);
    return [this.last, [this.last[0] + 1n, this.last[1]]];
  }

  private broughtBy(x: bigint, divide: (dividend: bigint, divisor: bigint) => bigint): bigint {
    if (x < this.first[0]) return 0n;
    if (x >= this.last[0]) return this.last[1];
    const [a, b] = this.segmentWhere((point) => point[0] > x);
    return a[1] + divide((b[1] - a[1]) * (x - a[0]), b[0] - a[0]);
  }

  private sourceFor(
    y: bigint,
    divide: (dividend: bigint, divisor: bigint) => bigint,
  ): bigint | undefined {
    if (y <= this.first[1]) return this.first[0];
    if (y > this.last[1]) return undefined;
    const [a, b] = this.segmentWhere((point) => point[1] >= y);
    return a[0] + divide((b[0] - a[0]) * (y - a[1]), b[1] - a[1]);
  }

  /** The segment that ends in the first point of which `isPast` is true; the first point is not. */
  private segmentWhere(isPast: (point: CurvePoint) => boolean): [CurvePoint, CurvePoint] {
    let low = 0;
    let high = this.points.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (isPast(this.points[middle] ?? this.last)) high = middle;
      else low = middle;
    }
    return [this.points[low] ?? this.first, this.points[high] ?? this.last];
  }
}

function requirePoint(previous: CurvePoint | undefined, [x, y]: CurvePoint, index: number): void {
  if (x < 0n || x > MAX_AMOUNT || y < 0n || y > MAX_AMOUNT) {
    throw new InvalidCurveError('out-of-range', index);
  }
  if (previous === undefined) return;
  if (x <= previous[0]) throw new InvalidCurveError('x-not-increasing', index);
  if (y < previous[1]) throw new InvalidCurveError('y-decreasing', index);
}
