import { readSettlements, type SettlementView } from '#read-models';
import type { Shell } from '../shell';
import { assertLedger } from '../store/known-ledger';
import { withStore, type StoreOptions } from '../store/open-store';
import { table } from '../table';

export interface SettlementsOptions extends StoreOptions {
  readonly ledger: string;
  readonly limit: number;
  readonly json?: boolean;
}

const HEADINGS = ['reference', 'direction', 'amount', 'by', 'recorded', 'reversed by'];

/** `causeway settlements --ledger L`: what was paid outside of a ledger, newest first. */
export async function settlements(options: SettlementsOptions, shell: Shell): Promise<void> {
  const of = { ledgerId: options.ledger, limit: options.limit };
  const views = await withStore(options, shell, async (dataSource) => {
    await assertLedger(dataSource, options.ledger);
    return readSettlements(dataSource, of);
  });
  if (options.json === true) {
    for (const view of views) shell.print(JSON.stringify(view));
    return;
  }
  for (const line of table(HEADINGS, views.map(cells), [2])) shell.print(line);
}

function cells({
  reference,
  direction,
  amount,
  by,
  recordedAt,
  reversal,
}: SettlementView): string[] {
  return [reference, direction, amount, by, recordedAt, reversal?.reference ?? ''];
}
