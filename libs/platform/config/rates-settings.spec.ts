import { least, problemsOf } from '../../../test/support/configuration-documents';
import type { RateSettings } from './configuration';
import { loadConfiguration } from './load-configuration';

const load = (rates: object, env: Record<string, string> = {}): RateSettings =>
  loadConfiguration({ document: { ...least, rates }, env }).rates;

const problems = (rates: object): string[] =>
  problemsOf({ document: { ...least, rates }, env: {} }).map(({ key, rule }) => `${key}: ${rule}`);

const URL = 'https://rates.example/daily.xml?key=k';

describe('rates by default', () => {
  it('are one to one', () => {
    expect(load({})).toEqual({ source: { backend: 'one-to-one' }, pairs: [] });
  });
});

describe('a table of rates', () => {
  it('is a base and decimals in quotes', () => {
    const table = { base: 'usd', rates: { EUR: '0.9441', JPY: 154 } };
    expect(load({ backend: 'table', table }).source).toEqual({
      backend: 'table',
      base: 'USD',
      rates: { EUR: '0.9441', JPY: '154' },
    });
  });

  it('may come from the environment as JSON', () => {
    const env = {
      CAUSEWAY_RATES_BACKEND: 'table',
      CAUSEWAY_RATES_TABLE_BASE: 'EUR',
      CAUSEWAY_RATES_TABLE_RATES: '{"USD":"1.0592"}',
    };
    expect(load({}, env).source).toEqual({
      backend: 'table',
      base: 'EUR',
      rates: { USD: '1.0592' },
    });
  });

  it.each<[object, string]>([
    [{}, 'rates.table.rates: is required for rates.backend: table'],
    [{ table: { rates: {} } }, 'rates.table.rates: must hold at least one rate'],
    [{ table: { rates: { USD: '-1' } } }, 'rates.table.rates.USD: must not be negative'],
    [{ table: { rates: { USD: '0' } } }, 'rates.table.rates.USD: must not be zero'],
    [
      { table: { rates: { USD: '1,1' } } },
      'rates.table.rates.USD: must be a decimal number, as 1.0592',
    ],
    [
      { table: { rates: { USD: '1e30' } } },
      'rates.table.rates.USD: must lie between 10^-18 and 10^18',
    ],
    [{ table: { rates: { DOLLAR: '1' } } }, 'rates.table.rates.DOLLAR: must be three letters'],
    [
      { table: { rates: { USD: true } } },
      'rates.table.rates: USD must be a decimal number in quotes',
    ],
    [
      { table: { rates: { USD: 1.1 } } },
      'rates.table.rates: USD must be a decimal number in quotes',
    ],
    [
      { table: { rates: ['1'] } },
      'rates.table.rates: must be a mapping of currency codes to decimals in quotes',
    ],
    [{ table: { base: 'EURO', rates: { USD: '1' } } }, 'rates.table.base: must be three letters'],
    [{ table: { bases: 'EUR', rates: { USD: '1' } } }, 'rates.table.bases: is not a known key'],
  ])('%j is refused: %s', (rates, problem) => {
    expect(problems({ backend: 'table', ...rates })).toEqual([problem]);
  });
});

describe('rates that are fetched', () => {
  it('have a default for everything but the address', () => {
    expect(load({ backend: 'http', http: { url: URL } }).source).toEqual({
      backend: 'http',
      url: URL,
      format: 'ecb',
      path: '',
      base: 'EUR',
      pollMs: 900_000,
      timeoutMs: 10_000,
      maxBytes: 262_144,
      retryMinMs: 5_000,
      retryMaxMs: 300_000,
      maxAgeMs: 86_400_000,
      allowPrivateAddresses: false,
    });
  });

  it('may be found anywhere in a JSON document, and at an address of our own network', () => {
    const http = {
      url: 'http://10.0.0.7/rates',
      allowPrivateAddresses: true,
      format: 'json',
      path: 'data.rates',
      base: 'USD',
    };
    expect(load({ backend: 'http', http }).source).toMatchObject(http);
  });

  it.each<[object, string]>([
    [{}, 'rates.http.url: is required for rates.backend: http'],
    [
      { url: 'http://rates.example' },
      'rates.http.url: must be https:// unless rates.http.allowPrivateAddresses is true',
    ],
    [
      { url: 'https://me:it@rates.example' },
      'rates.http.url: must be an http:// or https:// URL without credentials and fragment',
    ],
    [
      { url: 'ftp://rates.example' },
      'rates.http.url: must be an http:// or https:// URL without credentials and fragment',
    ],
    [{ url: URL, base: 'USD' }, 'rates.http.base: must be EUR for rates.http.format: ecb'],
    [{ url: URL, path: 'rates' }, 'rates.http.path: is for rates.http.format: json'],
    [
      { url: URL, format: 'json', path: 'a..b' },
      'rates.http.path: must be names of members with dots between them, as data.rates',
    ],
    [{ url: URL, format: 'csv' }, 'rates.http.format: must be ecb or json'],
    [
      { url: URL, retryMinMs: 600_000 },
      'rates.http.retryMaxMs: must not be less than rates.http.retryMinMs',
    ],
    [{ url: URL, maxAgeMs: 900_000 }, 'rates.http.maxAgeMs: must be longer than rates.http.pollMs'],
    [
      { url: URL, maxBytes: 9_000_000 },
      'rates.http.maxBytes: must be a whole number from 1024 to 1048576',
    ],
    [{ url: URL, retries: 3 }, 'rates.http.retries: is not a known key'],
  ])('%j is refused: %s', (http, problem) => {
    expect(problems({ backend: 'http', http })).toEqual([problem]);
  });

  it('do not show the key in their address when they are refused', () => {
    expect(
      problems({ backend: 'http', http: { url: 'ftp://x/?key=s3cret' } }).join(),
    ).not.toContain('s3cret');
  });
});

describe('pairs', () => {
  it('have a spread, a fee or both, in one direction', () => {
    const pairs = [
      { source: 'usd', destination: 'EUR', spread: '0.001', fee: '5' },
      { source: 'EUR', destination: 'USD', fee: 7 },
      { source: 'EUR', destination: 'GBP', spread: '0' },
    ];
    const read = [
      { source: 'USD', destination: 'EUR', spreadPpm: 1_000n, fee: 5n },
      { source: 'EUR', destination: 'USD', spreadPpm: undefined, fee: 7n },
      { source: 'EUR', destination: 'GBP', spreadPpm: 0n, fee: 0n },
    ];
    expect(load({ pairs }).pairs).toEqual(read);
    expect(load({}, { CAUSEWAY_RATES_PAIRS: JSON.stringify(pairs) }).pairs).toEqual(read);
  });

  const pair = { source: 'USD', destination: 'EUR', fee: '5' };

  it.each<[unknown, string]>([
    [{}, 'must be a list of source, destination, spread and fee'],
    [['USD'], 'entry 1: must have a source and a destination'],
    [[{ ...pair, source: 'US' }], 'entry 1: source must be three letters'],
    [[{ source: 'USD', fee: '5' }], 'entry 1: destination must be three letters'],
    [[{ source: 'USD', destination: 'EUR' }], 'entry 1: must have a spread or a fee'],
    [
      [{ ...pair, spread: '1' }],
      'entry 1: spread must be a decimal fraction from 0 up to, not including, 1',
    ],
    [
      [{ ...pair, fee: '1.5' }],
      'entry 1: fee must be whole base units as decimal digits in quotes, or unlimited',
    ],
    [[{ ...pair, fee: '-1' }], 'entry 1: fee must be whole base units of the source, not negative'],
    [
      [{ ...pair, fee: 'unlimited' }],
      'entry 1: fee must be whole base units of the source, not negative',
    ],
    [[{ ...pair, rate: '1' }], 'entry 1: rate is not a known key'],
    [[pair, { ...pair, source: 'usd' }], 'entry 2: USD to EUR was given before'],
  ])('%j are refused: %s', (pairs, rule) => {
    expect(problems({ pairs })).toEqual([`rates.pairs: ${rule}`]);
  });
});
