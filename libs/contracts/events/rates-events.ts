import { aboutConnector, type EventSchema } from './event-schema';
import { count, type JsonSchema, moment, object, oneOf, text } from './json-schema';

const BY = text(
  'Who put it on record: an operator, "configuration", or "quoter" for what a source says',
);
const SEQUENCE = count(1, 'Place among the events of exchange rates, from 1 without gaps');
const FETCHED_AT = moment('When the source said so, or somebody did');

const code = (description: string): JsonSchema => ({
  type: 'string',
  pattern: '^[A-Z]{3}$',
  description,
});

/** Plain digits without zeros that do not count: one way to write each number. */
const RATE: JsonSchema = {
  type: 'string',
  pattern: '^(?!0$)(?:0|[1-9][0-9]{0,18})(?:\\.[0-9]{0,56}[1-9])?$',
  description: 'Units of that currency for one of the base, exactly',
};

const RATES: JsonSchema = {
  type: 'object',
  propertyNames: code('Currency'),
  additionalProperties: RATE,
  minProperties: 1,
  maxProperties: 1000,
  description: 'By currency, without the base',
};

/** All that is in force from then on: what it does not name is no longer known. */
const SHEET: JsonSchema = {
  ...object(
    {
      base: code('Currency that the others are counted in'),
      fetchedAtMs: FETCHED_AT,
      rates: RATES,
      source: {
        type: 'string',
        minLength: 1,
        maxLength: 500,
        description: '"table", or the address of whoever publishes them, without its query',
      },
    },
    {
      publishedAt: {
        type: 'string',
        format: 'date',
        description: 'Day that the source gives them; absent where it gives none',
      },
    },
  ),
  description:
    'All rates that are in force from then on; a currency that it does not name has none',
};

const aboutRates = (summary: string, members: Readonly<Record<string, JsonSchema>>): EventSchema =>
  aboutConnector(summary, object({ by: BY, ...members, sequence: SEQUENCE }));

export const RATES_PUBLISHED = aboutRates('The source of exchange rates says something new', {
  sheet: SHEET,
});

export const RATES_SET = aboutRates('An operator or the configuration set the exchange rates', {
  sheet: SHEET,
});

export const RATES_CONFIRMED = aboutRates('The source still says what is in force; now and then', {
  fetchedAtMs: FETCHED_AT,
});

export const RATES_WITHDRAWN = aboutRates('The exchange rates are no longer in force', {
  reason: oneOf(
    ['too-old', 'other-source'],
    'too-old: their source was not heard for too long; other-source: they are to come from elsewhere',
  ),
});

export const RATES_RESTORED = aboutRates(
  'The source says again what it said before the rates were withdrawn',
  { fetchedAtMs: FETCHED_AT },
);
