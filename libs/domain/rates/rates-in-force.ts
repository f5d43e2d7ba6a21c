import { RateTable } from './rate-table';
import { type RatesHistory, TABLE_SOURCE } from './rates-history';

/** What a connector is told of its rates. */
export interface RatesSaid {
  /** Of what is in force. */
  readonly version: number;
  /** `stale`: the rates are too old to be used. `unknown`: there are none yet. */
  readonly state: 'one-to-one' | 'fresh' | 'stale' | 'unknown';
  readonly base: string | null;
  readonly rates: Readonly<Record<string, string>> | null;
  /** ISO 8601: when fresh rates stop being fresh unless more is heard; null = never. */
  readonly staleAt: string | null;
}

/** What pairs are made of. */
export type RatesInForce =
  | { readonly state: 'one-to-one' }
  | { readonly state: 'fresh'; readonly version: number; readonly table: RateTable }
  | { readonly state: 'stale' | 'unknown' };

/**
 * The rates that may be used at this time, as far as they are known.
 * @throws RateError if something that is said to be a rate is none
 */
export function ratesInForce(said: RatesSaid, nowMs: number): RatesInForce {
  const { state, version, base, rates, staleAt } = said;
  if (state === 'one-to-one') return { state };
  if (base === null || rates === null) return { state: 'unknown' };
  const isOver = staleAt !== null && nowMs >= Date.parse(staleAt);
  if (state !== 'fresh' || isOver) return { state: 'stale' };
  return { state, version, table: RateTable.of({ base, rates }) };
}

/** Of a history: whether its rates may be used, where they are to come from `source`. */
export function standingOf(
  { sheet, withdrawn, confirmedAtMs }: RatesHistory,
  { source, maxAgeMs, nowMs }: { source: string; maxAgeMs: number; nowMs: number },
): { readonly state: 'fresh' | 'stale' | 'unknown'; readonly staleAtMs: number | null } {
  if (sheet?.source !== source) return { state: 'unknown', staleAtMs: null };
  const staleAtMs = source === TABLE_SOURCE ? null : confirmedAtMs + maxAgeMs;
  const isStale = withdrawn !== undefined || (staleAtMs !== null && nowMs >= staleAtMs);
  return { state: isStale ? 'stale' : 'fresh', staleAtMs };
}
