import { readLedgers, type LedgerView } from '#read-models';
import type { Shell } from '../shell';
import { withStore, type StoreOptions } from '../store/open-store';
import { table } from '../table';

export interface LedgersOptions extends StoreOptions {
  readonly json?: boolean;
}

/** `causeway ledgers`: every ledger with its balance and limits, from the read models. */
export async function ledgers(options: LedgersOptions, shell: Shell): Promise<void> {
  const rows = await withStore(options, shell, readLedgers);
  if (options.json === true) {
    for (const row of rows) shell.print(JSON.stringify(row));
    return;
  }
  const headings = [
    'ledger',
    'prefix',
    'currency',
    'authority',
    'standing',
    'balance',
    'coming in',
    'going out',
    'min',
    'max',
  ];
  for (const line of table(headings, rows.map(cells), [5, 6, 7, 8, 9])) shell.print(line);
}

function cells(view: LedgerView): string[] {
  return [
    view.ledger,
    view.prefix,
    `${view.currencyCode} ${view.currencyScale}`,
    view.authority,
    view.difference === null ? view.standing : `${view.standing}, disputed`,
    view.balance,
    view.incomingPrepared,
    view.outgoingPrepared,
    view.minBalance ?? 'none',
    view.maxBalance ?? 'none',
  ];
}
