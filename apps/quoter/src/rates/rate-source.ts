import { type NewSheet, type PublishedRates, readEcbDaily, readJsonRates } from '#domain/rates';
import type { HttpRateSettings } from '#platform';
import { fetchDocument } from './fetch-document';

/** Whoever says what the rates are. */
export interface RateSource {
  /** As the log names it. */
  readonly name: string;
  /** @throws RateFetchError, RateError */
  fetch(nowMs: number, ending: AbortSignal): Promise<NewSheet>;
}

interface Format {
  readonly accept: string;
  readonly contentType: RegExp;
  readonly read: (text: string, settings: HttpRateSettings) => PublishedRates;
}

const FORMATS: Readonly<Record<HttpRateSettings['format'], Format>> = {
  ecb: {
    accept: 'text/xml, application/xml',
    contentType: /^(?:text|application)\/xml\s*(?:;|$)/i,
    read: readEcbDaily,
  },
  json: {
    accept: 'application/json',
    contentType: /^application\/(?:[a-z0-9.-]+\+)?json\s*(?:;|$)/i,
    read: readJsonRates,
  },
};

/** Rates that somebody publishes over HTTP. */
export function httpRateSource(settings: HttpRateSettings): RateSource {
  const { accept, contentType, read } = FORMATS[settings.format];
  const name = sourceName(settings.url);
  return {
    name,
    fetch: async (nowMs, ending) => {
      const text = await fetchDocument({ ...settings, accept, contentType, ending });
      return { ...read(text, settings), source: name, fetchedAtMs: nowMs };
    },
  };
}

/** The address without its query, which may hold a key. */
export function sourceName(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
