import type { PairSettings } from './configuration';
import { isMapping } from './mapping';
import { amountOrUnlimited, fractionAsPpm, setting, textMatching } from './setting';
import { listOf, structureOf } from './structured-setting';

const CODE = /^[A-Za-z]{3}$/;
const CODE_RULE = 'must be three letters';

export function currencyCode() {
  return setting((value, no) =>
    typeof value === 'string' && CODE.test(value) ? value.toUpperCase() : no(CODE_RULE),
  );
}

/** Where in a JSON document something is: names of members with dots between; '' = the document. */
export const memberPath = () =>
  textMatching(
    /^(?:[^\s.]+(?:\.[^\s.]+)*)?$/,
    'must be names of members with dots between them, as data.rates',
  );

/** By currency, what was written; whether that is a rate is for `checkRates` to say. */
export function rateValues() {
  return setting((value, no): Readonly<Record<string, string>> => {
    const read = structureOf(value);
    if (!isMapping(read)) return no('must be a mapping of currency codes to decimals in quotes');
    const values = Object.entries(read).map(([code, written]): [string, string] => {
      if (typeof written === 'string') return [code, written];
      if (Number.isSafeInteger(written)) return [code, String(written)];
      return no(`${code} must be a decimal number in quotes`);
    });
    return Object.fromEntries(values);
  });
}

/**
 * A URL that rates are fetched from. It may hold a key in its query, so the rule does not repeat it;
 * credentials would be sent in another way, which we do not.
 */
export function fetchedUrl() {
  const rule = 'must be an http:// or https:// URL without credentials and fragment';
  return setting((value, no) => {
    if (typeof value !== 'string' || !URL.canParse(value)) return no(rule);
    const { protocol, username, password, hash } = new URL(value);
    if (protocol !== 'http:' && protocol !== 'https:') return no(rule);
    return username + password + hash !== '' || /\s/.test(value) ? no(rule) : value;
  });
}

/** A list of `{ source, destination, spread?, fee? }`; from the environment as JSON. */
export function pairList() {
  return listOf('source, destination, spread and fee', pairOf);
}

/** The pair, or the rule that the entry breaks. */
function pairOf(entry: unknown, before: readonly PairSettings[]): PairSettings | string {
  if (!isMapping(entry)) return 'must have a source and a destination';
  const { source, destination, spread, fee, ...others } = entry;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return `${unknown} is not a known key`;
  if (typeof source !== 'string' || !CODE.test(source)) return `source ${CODE_RULE}`;
  if (typeof destination !== 'string' || !CODE.test(destination)) return `destination ${CODE_RULE}`;
  const named = { source: source.toUpperCase(), destination: destination.toUpperCase() };
  const isTwice = before.some(
    (pair) => pair.source === named.source && pair.destination === named.destination,
  );
  if (isTwice) return `${named.source} to ${named.destination} was given before`;
  if (spread === undefined && fee === undefined) return 'must have a spread or a fee';
  return termsOf(named, spread, fee);
}

function termsOf(
  named: Pick<PairSettings, 'source' | 'destination'>,
  spread: unknown,
  fee: unknown,
): PairSettings | string {
  const spreadRead = fractionAsPpm().optional().safeParse(spread);
  if (!spreadRead.success) return `spread ${ruleOf(spreadRead.error)}`;
  const feeRead = amountOrUnlimited().safeParse(fee ?? 0);
  if (!feeRead.success) return `fee ${ruleOf(feeRead.error)}`;
  if (feeRead.data === null || feeRead.data < 0n) {
    return 'fee must be whole base units of the source, not negative';
  }
  return { ...named, spreadPpm: spreadRead.data, fee: feeRead.data };
}

function ruleOf({ issues }: { readonly issues: readonly { readonly message: string }[] }): string {
  return issues[0]?.message ?? 'cannot be read';
}
