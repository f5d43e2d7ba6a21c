import { readTransfers, type TransferView } from '#read-models';
import type { Shell } from '../shell';
import { assertLedger } from '../store/known-ledger';
import { withStore, type StoreOptions } from '../store/open-store';
import { table } from '../table';

export interface TransfersOptions extends StoreOptions {
  readonly ledger: string;
  readonly limit: number;
  readonly json?: boolean;
}

/** `causeway transfers --ledger L`: the latest transfers of a ledger, newest first. */
export async function transfers(options: TransfersOptions, shell: Shell): Promise<void> {
  const of = { ledgerId: options.ledger, limit: options.limit };
  const rows = await withStore(options, shell, async (dataSource) => {
    await assertLedger(dataSource, options.ledger);
    return readTransfers(dataSource, of);
  });
  if (options.json === true) {
    for (const row of rows) shell.print(JSON.stringify(row));
    return;
  }
  const headings = ['transfer', 'direction', 'amount', 'status', 'prepared', 'finished', 'reason'];
  for (const line of table(headings, rows.map(cells), [2])) shell.print(line);
}

function cells(view: TransferView): string[] {
  return [
    view.transfer,
    view.direction,
    view.amount,
    view.status,
    view.preparedAt,
    view.finishedAt ?? '',
    view.reasonCode ?? '',
  ];
}
