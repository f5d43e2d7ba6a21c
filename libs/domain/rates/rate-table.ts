import { type Fraction, inLowestTerms, readRate } from './decimal-rate';
import { RateError } from './rate-error';

const CODE = /^[A-Za-z]{3}$/;
const ONE: Fraction = { numerator: 1n, denominator: 1n };
/** There are some 180 currencies; the rest is for invented ones. */
export const MAX_CURRENCIES = 1_000;

/** What one unit of the base currency is worth in each of the others. */
export interface QuotedRates {
  /** Three upper-case letters. */
  readonly base: string;
  /** By currency, as canonical decimal text; without the base. */
  readonly rates: Readonly<Record<string, string>>;
}

/**
 * Reads values per one base unit from decimal texts. Codes may be written in small letters.
 * @throws RateError for the first code or value that is none
 */
export function readQuotedRates(
  base: string,
  values: Iterable<readonly [string, string]>,
): QuotedRates {
  const own = readCurrencyCode(base, 'base');
  const read = new Map<string, string>();
  for (const [code, written] of values) {
    const currency = readCurrencyCode(code, code);
    if (read.has(currency)) throw new RateError(currency, 'twice');
    read.set(currency, readRate(written, currency).text);
    if (read.size > MAX_CURRENCIES) throw new RateError('rates', 'too-many');
  }
  if ((read.get(own) ?? '1') !== '1') throw new RateError(own, 'base-not-one');
  read.delete(own);
  if (read.size === 0) throw new RateError('rates', 'no-rates');
  return { base: own, rates: Object.fromEntries([...read].sort(byCode)) };
}

function byCode([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1;
}

/** @throws RateError not-three-letters */
export function readCurrencyCode(written: string, field: string): string {
  if (!CODE.test(written)) throw new RateError(field, 'not-three-letters');
  return written.toUpperCase();
}

/** Values per one unit of a base currency, and the cross rates that follow, all exact (SPEC §10.8). */
export class RateTable {
  private constructor(
    readonly base: string,
    private readonly values: ReadonlyMap<string, Fraction>,
  ) {}

  /** @throws RateError for a value that is no rate */
  static of({ base, rates }: QuotedRates): RateTable {
    const values = Object.entries(rates).map(([code, written]): [string, Fraction] => [
      code,
      readRate(written, code),
    ]);
    return new RateTable(base, new Map([...values, [base, ONE]]));
  }

  /**
   * Units of the destination currency for one of the source: R_dst / R_src. A currency is worth
   * itself, whether the table knows it or not.
   * @throws RateError missing, with the code that the table does not know
   */
  rate(source: string, destination: string): Fraction {
    if (source === destination) return ONE;
    const from = this.valueOf(source);
    const to = this.valueOf(destination);
    return inLowestTerms(to.numerator * from.denominator, to.denominator * from.numerator);
  }

  private valueOf(code: string): Fraction {
    const value = this.values.get(code);
    if (value === undefined) throw new RateError(code, 'missing');
    return value;
  }
}
