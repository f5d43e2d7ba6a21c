import { divideDown } from './exact-division';
import { curveEnd, type PairTerms, type Rate, unitsPerUnit } from './pair-curve';

/**
 * What ends the curve of a pair, in so far as amounts depend on it: the limit of one ledger, the
 * fee included, in its base units.
 */
export type PairBound = { readonly maxIn: bigint } | { readonly maxOut: bigint };

/** How a pair is priced: enough to work out again what it makes of any amount. */
export class PairPrice {
  private readonly ratio: Rate;

  /**
   * `ratesVersion`: of the exchange rates that the rate is taken from; undefined = of none.
   * @throws RangeError if the terms have no meaning
   */
  constructor(
    private readonly terms: PairTerms,
    readonly ratesVersion: number | undefined,
  ) {
    this.ratio = unitsPerUnit(terms);
  }

  get spreadPpm(): bigint {
    return this.terms.spreadPpm;
  }

  get fixedFee(): bigint {
    return this.terms.fixedFee ?? 0n;
  }

  /**
   * What x source units come to by rate, spread and fee alone, rounded down: what the pair's curve
   * brings as well, unless its end bends it.
   */
  exactly(x: bigint): bigint {
    if (x <= this.fixedFee) return 0n;
    return divideDown((x - this.fixedFee) * this.ratio.numerator, this.ratio.denominator);
  }

  /**
   * What ends the curve; the terms with this and no other limit make the same one. undefined where
   * it has no liquidity.
   */
  get bound(): PairBound | undefined {
    const end = curveEnd(this.terms, this.ratio);
    if (end === undefined) return undefined;
    return end.isOut ? { maxOut: end.mostOut } : { maxIn: end.mostIn + this.fixedFee };
  }
}
