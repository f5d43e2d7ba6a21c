import { RateError, readQuotedRates } from '#domain/rates';
import { z } from 'zod';

const timeOrNone = z.iso.datetime({ precision: 3 }).nullable();

const ratesReply = z.object({
  /** Counts up with every change of what is in force; 0 = there never were any rates. */
  version: z.number().int().min(0),
  /** `stale`: too old to be used. `unknown`: there are none of the configured source yet. */
  state: z.enum(['one-to-one', 'fresh', 'stale', 'unknown']),
  /** `table`, or the address of whoever publishes the rates. */
  source: z.string().nullable(),
  base: z.string().nullable(),
  /** By currency, units for one of the base, as decimal text. */
  rates: z.record(z.string(), z.string()).nullable(),
  /** When they were fetched, or set. */
  fetchedAt: timeOrNone,
  /** When the source was last known to say the same. */
  confirmedAt: timeOrNone,
  /** From when on they must not be used unless the source is heard again; null = for ever. */
  staleAt: timeOrNone,
  /** The date that the source gives them. */
  publishedAt: z.iso.date().nullable(),
});

/** The exchange rates of a connector, as far as it knows them. */
export type RatesReply = Readonly<z.output<typeof ratesReply>>;

/** @throws ZodError */
export function readRatesReply(answer: unknown): RatesReply {
  return ratesReply.parse(answer);
}

/** What is wrong with rates as somebody wrote them down; undefined if nothing is. */
export function quotedRatesFault(
  base: string,
  rates: Readonly<Record<string, string>>,
): { readonly field: string; readonly rule: string } | undefined {
  try {
    readQuotedRates(base, Object.entries(rates));
    return undefined;
  } catch (error) {
    if (error instanceof RateError) return { field: error.field, rule: error.reason };
    throw error;
  }
}
