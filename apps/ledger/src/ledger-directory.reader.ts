import type { DataSource } from 'typeorm';
import type { LedgerDescription } from '#contracts';

interface LedgerRow {
  readonly ledger_id: string;
  readonly prefix: string;
  readonly currency_code: string;
  readonly currency_scale: number;
  readonly account: string;
  readonly peer_account: string;
  readonly authority: 'admin' | 'shadow';
  readonly max_balance: string | null;
  readonly min_balance: string | null;
}

/** The ledgers as the read model knows them: what a process answers that owns none itself. */
export async function readLedgerDirectory(dataSource: DataSource): Promise<LedgerDescription[]> {
  const rows: LedgerRow[] = await dataSource.query(
    `SELECT ledger_id, prefix, currency_code, currency_scale, account, peer_account, authority,
            max_balance::text, min_balance::text
       FROM ledgers ORDER BY ledger_id`,
  );
  return rows.map((row) => ({
    ledgerId: row.ledger_id,
    prefix: row.prefix,
    currencyCode: row.currency_code,
    currencyScale: row.currency_scale,
    account: row.account,
    peerAccount: row.peer_account,
    authority: row.authority,
    maxBalance: row.max_balance,
    minBalance: row.min_balance,
  }));
}
