/**
 * What source amounts are worth at the destination, and the other way round; amounts in base units
 * of either ledger. Never decreasing.
 */
export interface Conversion {
  /** Least source amount that it speaks of. */
  readonly minSource: bigint;
  /** Greatest source amount that still brings more. */
  readonly maxSource: bigint;
  /** Greatest destination amount. */
  readonly maxAmount: bigint;
  /** What x brings, rounded down: nothing below `minSource`, no more than `maxAmount`. */
  amountAt(x: bigint): bigint;
  /** The same, rounded up: what x would bring if nothing were lost by rounding, or a little more. */
  amountAtMost(x: bigint): bigint;
  /** The source amount for y, rounded down as history has it; undefined = impossible. */
  amountReverse(y: bigint): bigint | undefined;
  /** The least source amount that brings at least y; undefined = impossible. */
  minSourceFor(y: bigint): bigint | undefined;
}
