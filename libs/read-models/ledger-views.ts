import type { DataSource } from 'typeorm';
import { asOfColumn, isoColumn, type AsOf } from './as-of';

/** A ledger as its read models show it; amounts are decimal text of base units, times ISO 8601. */
export interface LedgerView {
  readonly ledger: string;
  readonly prefix: string;
  readonly currencyCode: string;
  readonly currencyScale: number;
  readonly account: string;
  readonly peerAccount: string;
  readonly authority: string;
  readonly standing: string;
  readonly standingBy: string | null;
  readonly standingReason: string | null;
  readonly standingSince: string | null;
  readonly maxBalance: string | null;
  readonly minBalance: string | null;
  readonly thresholds: {
    readonly low: string | null;
    readonly high: string | null;
    readonly settleTo: string | null;
  };
  readonly beyond: { readonly low: boolean; readonly high: boolean };
  /** What is final, settled and adopted; positive = the peer owes us. */
  readonly balance: string;
  readonly incomingPrepared: string;
  readonly outgoingPrepared: string;
  readonly settledPaid: string;
  readonly settledReceived: string;
  readonly adjusted: string;
  /** The two figures while we and the peer do not agree. */
  readonly difference: { readonly ours: string; readonly theirs: string } | null;
  readonly differenceSince: string | null;
  readonly agreedBalance: string | null;
  readonly agreedAt: string | null;
  readonly openedAt: string;
  readonly asOf: AsOf;
}

/** In order of ids. */
export function readLedgers(dataSource: DataSource): Promise<LedgerView[]> {
  return dataSource.query(`${SELECT_LEDGERS} ORDER BY l.ledger_id`);
}

export async function readLedger(
  dataSource: DataSource,
  ledgerId: string,
): Promise<LedgerView | undefined> {
  const rows: LedgerView[] = await dataSource.query(`${SELECT_LEDGERS} WHERE l.ledger_id = $1`, [
    ledgerId,
  ]);
  return rows[0];
}

const SELECT_LEDGERS = `
SELECT l.ledger_id AS ledger, l.prefix, l.currency_code AS "currencyCode",
       l.currency_scale AS "currencyScale", l.account, l.peer_account AS "peerAccount",
       l.authority, l.standing, l.standing_by AS "standingBy",
       l.standing_reason AS "standingReason", ${isoColumn('l.standing_since', 'standingSince')},
       l.max_balance::text AS "maxBalance", l.min_balance::text AS "minBalance",
       json_build_object('low', l.low_threshold::text, 'high', l.high_threshold::text,
                         'settleTo', l.settle_to::text) AS thresholds,
       json_build_object('low', l.beyond_low, 'high', l.beyond_high) AS beyond,
       b.balance::text AS balance, b.incoming_prepared::text AS "incomingPrepared",
       b.outgoing_prepared::text AS "outgoingPrepared", b.settled_paid::text AS "settledPaid",
       b.settled_received::text AS "settledReceived", b.adjusted::text AS adjusted,
       CASE WHEN l.difference_theirs IS NOT NULL THEN
         json_build_object('ours', l.difference_ours::text, 'theirs', l.difference_theirs::text)
       END AS difference, ${isoColumn('l.disputed_at', 'differenceSince')},
       l.agreed_balance::text AS "agreedBalance", ${isoColumn('l.agreed_at', 'agreedAt')},
       ${isoColumn('l.opened_at', 'openedAt')}, ${asOfColumn('balances', 'l.partition')}
  FROM ledgers l JOIN balances b USING (ledger_id)`;
