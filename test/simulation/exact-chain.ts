import type { ChainHop, ChainShape } from './chain-of-connectors';

const PPM = 1_000_000n;

/** What comes out of a chain by whole-number arithmetic alone, hop by hop (SPEC §3.3). No curves. */
export class ExactChain {
  constructor(private readonly shape: ChainShape) {}

  /** What arrives. */
  delivered(sourceAmount: bigint): bigint {
    return this.shape.hops.reduce(
      (amount, _hop, place) => this.passed(place, amount),
      sourceAmount,
    );
  }

  /** The least source amount of which at least so much arrives. */
  optimum(destinationAmount: bigint): bigint {
    return this.shape.hops.reduceRight(
      (amount, _hop, place) => this.leastFor(place, amount),
      destinationAmount,
    );
  }

  /**
   * The same where every connector takes one base unit of its left ledger more than it needs: what
   * the shift of curves alone asks for (SPEC §10.7).
   */
  withShifts(destinationAmount: bigint): bigint {
    return this.shape.hops.reduceRight(
      (amount, _hop, place) => this.leastFor(place, amount) + 1n,
      destinationAmount,
    );
  }

  /**
   * The most that quotes may come to (SPEC §3.4). The first connector works its own part out
   * exactly; the others told curves, whose points are whole numbers, sources rounded up, amounts
   * down: beside its shift each of them has one base unit of its left ledger for that, and one of
   * the payee's for the curve that it joined its own to.
   */
  withRounding(destinationAmount: bigint): bigint {
    const { hops } = this.shape;
    const joins = BigInt(Math.max(0, hops.length - 2));
    return hops.reduceRight(
      (amount, _hop, place) => this.leastFor(place, amount) + (place === 0 ? 1n : 2n),
      destinationAmount + joins,
    );
  }

  private passed(place: number, amount: bigint): bigint {
    const hop = this.shape.hops[place];
    if (hop === undefined || amount <= hop.fee) return 0n;
    const { numerator, denominator } = this.factor(place, hop);
    return ((amount - hop.fee) * numerator) / denominator;
  }

  /** By search, not by division. */
  private leastFor(place: number, wanted: bigint): bigint {
    let high = 1n;
    while (this.passed(place, high) < wanted) high *= 2n;
    let low = 0n;
    while (high - low > 1n) {
      const middle = (low + high) / 2n;
      if (this.passed(place, middle) >= wanted) high = middle;
      else low = middle;
    }
    return high;
  }

  private factor(place: number, { rate, spreadPpm }: ChainHop) {
    const { scales } = this.shape;
    const [from = 0, to = 0] = [scales[place], scales[place + 1]];
    return {
      numerator: rate.numerator * (PPM - spreadPpm) * 10n ** BigInt(Math.max(0, to - from)),
      denominator: rate.denominator * PPM * 10n ** BigInt(Math.max(0, from - to)),
    };
  }
}
