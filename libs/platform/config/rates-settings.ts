import { quotedRatesFault } from '#contracts';
import type { z } from 'zod';
import type { RateSettings, RateSourceSettings } from './configuration';
import type { ProblemList } from './problem-list';
import type { rates } from './rates-schema';

type RatesDocument = z.output<typeof rates>;

/** Of the section what the backend needs; what is for the other ones has been read and is let go. */
export function rateSettings(document: RatesDocument): RateSettings {
  return { source: sourceOf(document), pairs: document.pairs };
}

function sourceOf({ backend, table, http }: RatesDocument): RateSourceSettings {
  const { url, ...bounds } = http;
  if (backend === 'table') return { backend, base: table.base, rates: table.rates ?? {} };
  // `checkRates` has seen to it that there is one.
  return backend === 'http' ? { backend, url: url ?? '', ...bounds } : { backend };
}

/** The ECB counts in euros, and in nothing else. */
const ECB_BASE = 'EUR';

export function checkRates(document: RatesDocument, list: ProblemList): void {
  const { backend, table, http } = document;
  if (backend === 'table' && table.rates === undefined) {
    list.add('rates.table.rates', 'is required for rates.backend: table');
  } else if (table.rates !== undefined) {
    const fault = quotedRatesFault(table.base, table.rates);
    if (fault !== undefined) list.add(keyOf(fault.field), fault.rule);
  }
  if (backend === 'http' && http.url === undefined) {
    list.add('rates.http.url', 'is required for rates.backend: http');
  }
  checkHttp(http, list);
}

function keyOf(field: string): string {
  return field === 'rates' ? 'rates.table.rates' : `rates.table.rates.${field}`;
}

function checkHttp(http: RatesDocument['http'], list: ProblemList): void {
  if (http.url?.startsWith('http://') === true && !http.allowPrivateAddresses) {
    list.add('rates.http.url', 'must be https:// unless rates.http.allowPrivateAddresses is true');
  }
  if (http.format === 'ecb' && http.base !== ECB_BASE) {
    list.add('rates.http.base', `must be ${ECB_BASE} for rates.http.format: ecb`);
  }
  if (http.format === 'ecb' && http.path !== '') {
    list.add('rates.http.path', 'is for rates.http.format: json');
  }
  if (http.retryMaxMs < http.retryMinMs) {
    list.add('rates.http.retryMaxMs', 'must not be less than rates.http.retryMinMs');
  }
  if (http.maxAgeMs <= http.pollMs) {
    list.add('rates.http.maxAgeMs', 'must be longer than rates.http.pollMs');
  }
}
