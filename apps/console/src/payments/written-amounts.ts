import type { DataSource } from 'typeorm';
import { isUnits, type OrderProblem, UNITS_RULE } from '#contracts';
import { baseUnits, InvalidAmountError } from '#domain/ledger';
import { readLedgers } from '#read-models';

export const AMOUNTS = ['sourceAmount', 'destinationAmount', 'maxSourceAmount'] as const;
export type AmountName = (typeof AMOUNTS)[number];

/** As somebody wrote them, with where they are from and go to. */
export interface WrittenAmounts extends Readonly<Partial<Record<AmountName, unknown>>> {
  readonly from: unknown;
  readonly to: unknown;
  /** `base` unless said otherwise, or `currency`. */
  readonly unit?: unknown;
}

export interface ReadAmounts {
  /** Decimal text of base units; what was not written is not there. */
  readonly units: Readonly<Partial<Record<AmountName, string>>>;
  readonly problems: readonly OrderProblem[];
}

interface Scales {
  readonly source: number | undefined;
  readonly destination: number | undefined;
}

type AmountReading = { readonly units: string } | { readonly rule: string };

/** Base units of amounts in base units, or exactly those of amounts in the currency of their ledgers. */
export async function readAmounts(
  written: WrittenAmounts,
  dataSource: DataSource,
): Promise<ReadAmounts> {
  const { unit = 'base' } = written;
  if (unit !== 'base' && unit !== 'currency') {
    return { units: {}, problems: [{ field: 'unit', rule: 'must be base or currency' }] };
  }
  const scales = unit === 'base' ? undefined : await scalesOf(written, dataSource);
  const units: Partial<Record<AmountName, string>> = {};
  const problems: OrderProblem[] = [];
  for (const field of AMOUNTS) {
    if (written[field] === undefined) continue;
    const read = readAmount(field, written[field], scales);
    if ('units' in read) units[field] = read.units;
    else problems.push({ field, rule: read.rule });
  }
  return { units, problems };
}

function readAmount(
  field: AmountName,
  written: unknown,
  scales: Scales | undefined,
): AmountReading {
  if (typeof written !== 'string') return { rule: 'must be a text, like "1500"' };
  if (scales === undefined) return isUnits(written) ? { units: written } : { rule: UNITS_RULE };
  const scale = field === 'destinationAmount' ? scales.destination : scales.source;
  if (scale === undefined) {
    return { rule: 'must be in base units: the scale of its ledger is not known here' };
  }
  try {
    const units = baseUnits(field, written, scale);
    return isUnits(units) ? { units } : { rule: `${UNITS_RULE}, and is ${units}` };
  } catch (error) {
    if (!(error instanceof InvalidAmountError)) throw error;
    return { rule: error.message.slice(`${field}: `.length) };
  }
}

/** Only of our own ledgers: that of the payer, and the one that the address lies on, if any. */
async function scalesOf({ from, to }: WrittenAmounts, dataSource: DataSource): Promise<Scales> {
  const ledgers = await readLedgers(dataSource);
  const around = ledgers
    .filter(({ prefix }) => typeof to === 'string' && to.startsWith(prefix))
    .sort((one, other) => other.prefix.length - one.prefix.length);
  return {
    source: ledgers.find(({ ledger }) => ledger === from)?.currencyScale,
    destination: around[0]?.currencyScale,
  };
}
