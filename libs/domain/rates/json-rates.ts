import { ExactJsonError, JsonNumber, type JsonValue, parseExactJson } from '#protocol';
import { MAX_DOCUMENT_CHARACTERS, type PublishedRates } from './published-rates';
import { RateError } from './rate-error';
import { readQuotedRates } from './rate-table';

/** How to read a document of somebody's own making. */
export interface JsonRatesShape {
  /** Names of members, with dots between: where the object of code → value is; '' = the document. */
  readonly path: string;
  /** The currency that one unit of is worth the values. */
  readonly base: string;
}

const CODE = /^[A-Za-z]{3}$/;
/** Deeper than any document of rates. */
const MAX_DEPTH = 32;

/**
 * Reads values per one base unit out of any JSON, exactly as they are written, as numbers or texts.
 * Members whose name is no currency code are passed over: no ledger could count in them.
 * @throws RateError
 */
export function readJsonRates(text: string, { path, base }: JsonRatesShape): PublishedRates {
  if (text.length > MAX_DOCUMENT_CHARACTERS) throw new RateError('', 'too-long');
  const found = memberAt(parsed(text), path);
  const values = [...found].filter(([code]) => CODE.test(code));
  return readQuotedRates(
    base,
    values.map(([code, value]): [string, string] => [code, writtenNumber(value, code)]),
  );
}

/** Of two members with one name nobody knows which one counts, so there must not be any. */
function parsed(text: string): JsonValue {
  try {
    return parseExactJson(text, { maxDepth: MAX_DEPTH, repeated: 'refused' });
  } catch (error) {
    if (!(error instanceof ExactJsonError)) throw error;
    if (error.rule === 'repeated-member') throw new RateError(error.member, 'twice');
    throw new RateError('', 'not-json');
  }
}

function memberAt(document: JsonValue, path: string): ReadonlyMap<string, JsonValue> {
  let place = asObject(document, '');
  for (const name of path === '' ? [] : path.split('.')) {
    const next = place.get(name);
    if (next === undefined) throw new RateError(path, 'missing');
    place = asObject(next, path);
  }
  return place;
}

function asObject(value: JsonValue, field: string): ReadonlyMap<string, JsonValue> {
  if (value instanceof Map) return value;
  throw new RateError(field, 'not-an-object');
}

function writtenNumber(value: JsonValue, code: string): string {
  if (value instanceof JsonNumber) return value.text;
  if (typeof value === 'string') return value;
  throw new RateError(code, 'not-a-number');
}
