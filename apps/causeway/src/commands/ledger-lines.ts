import type { OrderedLedger } from '#contracts';
import { inCurrency } from '#domain/ledger';

/** A ledger for people, one line each: what it is called, and what it is. */
export function ledgerLines(ledger: OrderedLedger): string[] {
  const { balance, incomingPrepared, outgoingPrepared, maxBalance, minBalance } = ledger;
  const amount = (units: string): string =>
    `${units} (${inCurrency(units, ledger.currencyScale)} ${ledger.currencyCode})`;
  const orNone = (units: string | null, none: string): string =>
    units === null ? none : amount(units);
  const { low, high, settleTo } = ledger.thresholds;
  return labelled([
    ['ledger', `${ledger.ledger}, ${ledger.standing}`],
    ['balance', amount(balance)],
    ['on hold', `${amount(incomingPrepared)} coming in, ${amount(outgoingPrepared)} going out`],
    ['limits', `from ${orNone(minBalance, 'no limit')} to ${orNone(maxBalance, 'no limit')}`],
    [
      'thresholds',
      `low ${orNone(low, 'none')}, high ${orNone(high, 'none')}, settle to ${orNone(settleTo, 'none')}`,
    ],
    ...beyondLine(ledger),
    ...differenceLine(ledger, amount),
  ]);
}

export type Line = readonly [label: string, text: string];

const LABEL_WIDTH = 12;

export function labelled(lines: readonly Line[]): string[] {
  return lines.map(([label, text]) => `${label.padEnd(LABEL_WIDTH)}${text}`);
}

function beyondLine({ beyond: { low, high } }: OrderedLedger): Line[] {
  if (!low && !high) return [];
  return [['reached', `the ${low ? 'low' : 'high'} threshold`]];
}

function differenceLine({ difference }: OrderedLedger, amount: (units: string) => string): Line[] {
  if (difference === null) return [];
  return [['difference', `ours ${amount(difference.ours)}, theirs ${amount(difference.theirs)}`]];
}
