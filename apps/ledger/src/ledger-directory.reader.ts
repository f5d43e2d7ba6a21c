import type { DataSource } from 'typeorm';
import type { LedgerDescription, LedgerFigures, LedgerListReply } from '#contracts';
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
  readonly version: string | null;
  readonly max_in: string | null;
  readonly max_out: string | null;
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
  async read(): Promise<LedgerListReply> {
    if (await this.catchUp.withinMs(CATCH_UP_WITHIN_MS)) return readLedgers(this.dataSource);
    throw new ControlRefusal('unavailable', 'the list of ledgers is not up to date yet');
  }
}

function ledgersProjection(): Projection {
  const projection = PROJECTIONS.find(({ name }) => name === 'ledgers');
  if (projection === undefined) throw new Error('there is no read model of the ledgers');
  return projection;
}

/**
 * The balances have a read model of their own, which may be behind the one of the ledgers or ahead of
 * it: figures count as of the balances, so that what their owner announces meanwhile is newer.
 */
async function readLedgers(dataSource: DataSource): Promise<LedgerListReply> {
  const rows: LedgerRow[] = await dataSource.query(
    `SELECT l.ledger_id, prefix, currency_code, currency_scale, account, peer_account, authority,
            max_balance::text, min_balance::text, b.last_version::text AS version,
            CASE WHEN standing <> 'open' THEN '0'
                 ELSE greatest(max_balance - balance - incoming_prepared, 0 * max_balance)::text
            END AS max_in,
            CASE WHEN standing <> 'open' THEN '0'
                 ELSE greatest(balance - outgoing_prepared - min_balance, 0 * min_balance)::text
            END AS max_out
       FROM ledgers l LEFT JOIN balances b ON b.ledger_id = l.ledger_id ORDER BY l.ledger_id`,
  );
  return { ledgers: rows.map(description), figures: rows.flatMap(figures) };
}

function description(row: LedgerRow): LedgerDescription {
  return {
    ledgerId: row.ledger_id,
    prefix: row.prefix,
    currencyCode: row.currency_code,
    currencyScale: row.currency_scale,
    account: row.account,
    peerAccount: row.peer_account,
    authority: row.authority,
    maxBalance: row.max_balance,
    minBalance: row.min_balance,
  };
}

function figures({ ledger_id, version, max_in, max_out }: LedgerRow): LedgerFigures[] {
  if (version === null) return [];
  return [{ ledgerId: ledger_id, version: Number(version), maxIn: max_in, maxOut: max_out }];
}
