/** What amounts are worth: liquidity curves and the curves of our own pairs. Exact and pure. */
export { Curve } from './curve';
export { InvalidCurveError, type CurveRule } from './invalid-curve-error';
export { exactPairCurve, isTrivialPair, ONE_TO_ONE, pairCurve, PPM } from './pair-curve';
