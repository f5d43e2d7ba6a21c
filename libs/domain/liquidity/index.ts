/** What amounts are worth: liquidity curves and the curves of our own pairs. Exact and pure. */
export { combineCurves } from './combine-curves';
export { Curve, MAX_AMOUNT } from './curve';
export {
  curveFromBase64,
  curveFromJson,
  curveToBase64,
  curveToJson,
  type JsonPoints,
  MAX_RECEIVED_POINTS,
} from './curve-text';
export { InvalidCurveError, type CurveRule } from './invalid-curve-error';
export { joinCurves } from './join-curve';
export {
  exactPairCurve,
  isTrivialPair,
  NO_LIQUIDITY,
  ONE_TO_ONE,
  pairCurve,
  type PairTerms,
  PPM,
  type Rate,
} from './pair-curve';
export { type PairBound, PairPrice } from './pair-price';
export {
  type NoPairReason,
  type PairOverride,
  type PairPolicy,
  type PairSide,
  pairTerms,
  type QuotedPair,
} from './pair-terms';
export { simplifyCurve } from './simplify-curve';
export { UnreadableCurveError, type UnreadableCurveRule } from './unreadable-curve-error';
