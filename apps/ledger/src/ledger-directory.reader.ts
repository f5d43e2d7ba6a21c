import type { DataSource } from 'typeorm';
import type { LedgerDescription } from '#contracts';
import type { Projection } from '#event-store';
import { ControlRefusal } from '#messaging';
import { PROJECTIONS } from '#read-models';
import { CatchUp } from './catch-up';

/** How long the read model may take to arrive where the log was when somebody asked. */
const CATCH_UP_WITHIN_MS = 1_500;

interface LedgerRow {
  readonly ledger_id: string;
  readonly prefix: string;
  readonly currency_code: string;
  readonly currency_scale: number;
  readonly account: string;
  readonly peer_account: string;
  readonly authority: LedgerDescription['authority'];
  readonly max_balance: string | null;
  readonly min_balance: string | null;
}

/** All ledgers that the log knows at the time of asking, whoever owns them. */
export class LedgerDirectoryReader {
  private readonly catchUp: CatchUp;

  constructor(
    private readonly dataSource: DataSource,
    partitions: number,
  ) {
    this.catchUp = new CatchUp(dataSource, ledgersProjection(), partitions);
  }

  /** @throws ControlRefusal `unavailable` if the read model does not catch up in time. */
  async read(): Promise<readonly LedgerDescription[]> {
    if (await this.catchUp.withinMs(CATCH_UP_WITHIN_MS)) return readLedgers(this.dataSource);
    throw new ControlRefusal('unavailable', 'the list of ledgers is not up to date yet');
  }
}

function ledgersProjection(): Projection {
  const projection = PROJECTIONS.find(({ name }) => name === 'ledgers');
  if (projection === undefined) throw new Error('there is no read model of the ledgers');
  return projection;
}

async function readLedgers(dataSource: DataSource): Promise<LedgerDescription[]> {
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
