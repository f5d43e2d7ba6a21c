import type { DataSource } from 'typeorm';
import type { Shell } from '../shell';
import { withStore, type StoreOptions } from '../store/open-store';
import { table } from '../table';

export interface TransfersOptions extends StoreOptions {
  readonly ledger: string;
  readonly limit: number;
  readonly json?: boolean;
}

interface TransferRow {
  readonly transfer_id: string;
  readonly direction: string;
  readonly amount: string;
  readonly status: string;
  readonly prepared_at: string;
  readonly finished_at: string | null;
  readonly reason_code: string | null;
}

/** `causeway transfers --ledger L`: the latest transfers of a ledger, newest first. */
export async function transfers(options: TransfersOptions, shell: Shell): Promise<void> {
  const rows = await withStore(options, shell, (dataSource) => readTransfers(dataSource, options));
  if (options.json === true) {
    for (const row of rows) shell.print(JSON.stringify(row));
    return;
  }
  const headings = ['transfer', 'direction', 'amount', 'status', 'prepared', 'finished', 'reason'];
  for (const line of table(headings, rows.map(cells), [2])) shell.print(line);
}

function cells(row: TransferRow): string[] {
  return [
    row.transfer_id,
    row.direction,
    row.amount,
    row.status,
    row.prepared_at,
    row.finished_at ?? '',
    row.reason_code ?? '',
  ];
}

function readTransfers(dataSource: DataSource, options: TransfersOptions): Promise<TransferRow[]> {
  return dataSource.query(
    `SELECT transfer_id, direction, amount::text, status,
            to_char(prepared_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS prepared_at,
            to_char(finished_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS finished_at,
            reason_code
       FROM transfers WHERE ledger_id = $1
      ORDER BY prepared_version DESC LIMIT $2`,
    [options.ledger, options.limit],
  );
}
