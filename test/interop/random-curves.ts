import { Curve } from '../../libs/domain/liquidity';
import type { CurvePoint } from '../../libs/protocol';
import type { Dice } from '../fuzz/dice';

/** Half of the curves are so small that points, crossings and ends of two of them often meet. */
const REACHES = [6n, 12n, 25n, 25n, 100n, 10_000n, 10n ** 9n, 10n ** 14n, 2n ** 53n - 1n];

/** Draws curves with flat parts, jumps, steep and shallow parts, and domains that may not touch. */
export class RandomCurves {
  constructor(private readonly dice: Dice) {}

  /** Up to so many points, up to 2^53 either way. */
  curve(mostPoints = 8): Curve {
    return this.within(this.dice.pick(REACHES), this.dice.pick(REACHES), mostPoints);
  }

  /** Two ways between the same ledgers: mostly of like size, now and then with points in common. */
  parallels(): [Curve, Curve] {
    const [width, height] = [this.dice.pick(REACHES), this.dice.pick(REACHES)];
    const one = this.within(width, height, 8);
    const other = this.dice.once(5) ? this.curve() : this.within(width, height, 8);
    return [one, this.dice.once(4) ? this.sharing(one, other) : other];
  }

  /** A head, and a tail that mostly takes about what the head brings. */
  chain(): [Curve, Curve] {
    const middle = this.dice.pick(REACHES);
    const head = this.within(this.dice.pick(REACHES), middle, 8);
    const reach = this.dice.once(5) ? this.dice.pick(REACHES) : middle;
    return [head, this.within(reach, this.dice.pick(REACHES), 8)];
  }

  /** A multiple of what the curve speaks of, or a point's own coordinate, or one beside it. */
  amount(curve: Curve, axis: 0 | 1): bigint {
    const beside = BigInt(this.dice.roll(3)) - 1n;
    const known = this.dice.pick(curve.points)[axis] + beside;
    const most = axis === 0 ? curve.maxSource : curve.maxAmount;
    return this.dice.once(2) && known >= 0n ? known : this.upTo(most + most / 8n + 3n);
  }

  private within(width: bigint, height: bigint, mostPoints: number): Curve {
    const count = 1 + this.dice.roll(mostPoints);
    const from = this.dice.once(3) ? this.upTo(width) : 0n;
    const xs = new Set(this.several(count, () => from + this.upTo(width - from)));
    if (this.dice.once(2)) xs.add(from);
    return Curve.of(this.withHeights([...xs].sort(ascending), height));
  }

  private withHeights(xs: readonly bigint[], height: bigint): CurvePoint[] {
    const floor = this.dice.once(2) ? 0n : this.upTo(height);
    const ys = this.several(xs.length, () => floor + this.upTo(height - floor)).sort(ascending);
    if (this.dice.once(2)) ys[0] = 0n;
    const isFlatAt = xs.map((_, index) => index > 0 && this.dice.once(5));
    let y = 0n;
    return xs.map((x, index) => {
      if (isFlatAt[index] !== true) y = ys[index] ?? y;
      return [x, y];
    });
  }

  /** The other curve, at sources of the one as far as it has as many. */
  private sharing(one: Curve, other: Curve): Curve {
    const xs = [...new Set([...one.points.map(([x]) => x), other.maxSource])].sort(ascending);
    return Curve.of(
      other.points
        .slice(0, xs.length)
        .map(([, y], index): CurvePoint => [xs[index] ?? other.maxSource, y]),
    );
  }

  private several(count: number, draw: () => bigint): bigint[] {
    return Array.from({ length: count }, draw);
  }

  private upTo(most: bigint): bigint {
    const high = BigInt(this.dice.roll(2 ** 32));
    return ((high << 32n) | BigInt(this.dice.roll(2 ** 32))) % (most + 1n);
  }
}

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
