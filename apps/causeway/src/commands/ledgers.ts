import type { DataSource } from 'typeorm';
import type { Shell } from '../shell';
import { withStore, type StoreOptions } from '../store/open-store';
import { table } from '../table';

interface LedgerRow {
  readonly ledger_id: string;
  readonly prefix: string;
  readonly currency_code: string;
  readonly currency_scale: number;
  readonly authority: string;
  readonly balance: string;
  readonly incoming_prepared: string;
  readonly outgoing_prepared: string;
  readonly min_balance: string | null;
  readonly max_balance: string | null;
}

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
    'balance',
    'coming in',
    'going out',
    'min',
    'max',
  ];
  for (const line of table(headings, rows.map(cells), [4, 5, 6, 7, 8])) shell.print(line);
}

function cells(row: LedgerRow): string[] {
  return [
    row.ledger_id,
    row.prefix,
    `${row.currency_code} ${row.currency_scale}`,
    row.authority,
    row.balance,
    row.incoming_prepared,
    row.outgoing_prepared,
    row.min_balance ?? 'none',
    row.max_balance ?? 'none',
  ];
}

function readLedgers(dataSource: DataSource): Promise<LedgerRow[]> {
  return dataSource.query(
    `SELECT l.ledger_id, l.prefix, l.currency_code, l.currency_scale, l.authority,
            (b.incoming_fulfilled - b.outgoing_fulfilled)::text AS balance,
            b.incoming_prepared::text, b.outgoing_prepared::text,
            l.min_balance::text, l.max_balance::text
       FROM ledgers l JOIN balances b USING (ledger_id)
      ORDER BY l.ledger_id`,
  );
}
