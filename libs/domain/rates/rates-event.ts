import type { NewSheet } from './rate-sheet';

/** Whoever orders the table that the configuration asks for. */
export const BY_CONFIGURATION = 'configuration';

/** Why rates are no longer in force although nothing has replaced them. */
export const WITHDRAWAL_REASONS = ['too-old', 'other-source'] as const;
export type WithdrawalReason = (typeof WITHDRAWAL_REASONS)[number];

/** What is decided about rates. */
export type RatesEvent =
  /** A source said something new. */
  | { readonly type: 'RatesPublished'; readonly sheet: NewSheet }
  /** Somebody, or the configuration, said what the rates are. */
  | { readonly type: 'RatesSet'; readonly sheet: NewSheet }
  /** The source was still saying the same. */
  | { readonly type: 'RatesConfirmed'; readonly fetchedAtMs: number }
  | { readonly type: 'RatesWithdrawn'; readonly reason: WithdrawalReason }
  /** The source says again what it said before the rates were withdrawn. */
  | { readonly type: 'RatesRestored'; readonly fetchedAtMs: number };

/** An event of rates as the log has it. */
export type LoggedRatesEvent = RatesEvent & {
  /** Among the events of rates: the first is 1, and none is missing. */
  readonly sequence: number;
  readonly by: string;
};

/** The version that each type is written in today. */
const VERSIONS: Readonly<Record<RatesEvent['type'], number>> = {
  RatesPublished: 1,
  RatesSet: 1,
  RatesConfirmed: 1,
  RatesWithdrawn: 1,
  RatesRestored: 1,
};

/** Every type of event about rates that the connector's stream may hold. */
export const RATES_EVENT_TYPES = Object.keys(VERSIONS).filter(isRatesEventType);

export function isRatesEventType(type: string): type is RatesEvent['type'] {
  return Object.hasOwn(VERSIONS, type);
}

export function ratesVersionOf(type: RatesEvent['type']): number {
  return VERSIONS[type];
}
