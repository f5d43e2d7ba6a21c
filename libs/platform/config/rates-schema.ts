import { z } from 'zod';
import { currencyCode, fetchedUrl, memberPath, pairList, rateValues } from './rates-values';
import { duration, flag, oneOf, wholeNumber } from './setting';

const MONTH_MS = 31 * 86_400_000;

const table = z.strictObject({
  base: currencyCode()
    .prefault('EUR')
    .describe('For backend table: the currency that the others are counted in'),
  rates: rateValues()
    .optional()
    .describe(
      'For backend table: units of each currency for one of the base, as USD: "1.0592"; ' +
        'from the environment as JSON',
    ),
});

const http = z.strictObject({
  url: fetchedUrl().optional().meta({
    description: 'For backend http: where rates are fetched; https, unless private is allowed',
    secret: true,
  }),
  format: oneOf(['ecb', 'json'])
    .prefault('ecb')
    .describe('What is found there: the daily sheet of the ECB (XML), or any JSON'),
  path: memberPath()
    .prefault('')
    .describe('For json: where the object of code and value is, as data.rates; empty = on top'),
  base: currencyCode().prefault('EUR').describe('The currency that the values are counted in'),
  pollMs: duration(100).prefault(900_000).describe('Between two questions, ms'),
  timeoutMs: duration(10).prefault(10_000).describe('How long a question may take, ms'),
  maxBytes: wholeNumber({ min: 1_024, max: 1_048_576 })
    .prefault(262_144)
    .describe('How long the answer may be'),
  retryMinMs: duration(10)
    .prefault(5_000)
    .describe('After a failure the first pause, ms; it doubles with each further one'),
  retryMaxMs: duration(10).prefault(300_000).describe('The longest of these pauses, ms'),
  maxAgeMs: wholeNumber({ min: 100, max: MONTH_MS })
    .prefault(86_400_000)
    .describe(
      'So long after the source was last heard its rates are withdrawn, ms; 31 days at most',
    ),
  allowPrivateAddresses: flag()
    .prefault(false)
    .describe('Whether the source may be at an address that is not of the public internet'),
});

export const rates = z.strictObject({
  backend: oneOf(['one-to-one', 'table', 'http'])
    .prefault('one-to-one')
    .describe('Where exchange rates come from: one-to-one, table or http'),
  table: table.prefault({}),
  http: http.prefault({}),
  pairs: pairList()
    .prefault([])
    .describe(
      'Exchanges on terms of their own, a list of source, destination, spread, fee ' +
        '(base units of the source); from the environment as JSON',
    ),
});
