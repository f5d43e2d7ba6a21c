/** What amounts are worth: liquidity curves and the curves of our own pairs. Exact and pure. */
export { combineCurves } from './combine-curves';
export type { Conversion } from './conversion';
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
  isTrivialPair,
  ONE_TO_ONE,
  type PairBound,
  PairExchange,
  type PairTerms,
  PPM,
  type Rate,
} from './pair-exchange';
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
