import type { DataSource } from 'typeorm';
import { asOfColumn, isoColumn, type AsOf } from './as-of';

/** One transfer with the other leg of its payment; amounts are decimal text of base units. */
export interface TransferView {
  readonly ledger: string;
  readonly transfer: string;
  readonly direction: string;
  readonly amount: string;
  readonly status: string;
  readonly expiresAt: string;
  readonly preparedAt: string;
  readonly finishedAt: string | null;
  readonly reasonCode: string | null;
  readonly reasonMessage: string | null;
  readonly reasonTriggeredBy: string | null;
  readonly causeLedger: string | null;
  readonly causeTransfer: string | null;
  readonly outgoingLedger: string | null;
  readonly outgoingTransfer: string | null;
  readonly outgoingAmount: string | null;
  readonly asOf: AsOf;
}

/** Of one ledger, newest first, at most `limit`. */
export function readTransfers(
  dataSource: DataSource,
  of: { readonly ledgerId: string; readonly limit: number },
): Promise<TransferView[]> {
  return dataSource.query(
    `${SELECT_TRANSFERS} WHERE t.ledger_id = $1 ORDER BY t.prepared_version DESC LIMIT $2`,
    [of.ledgerId, of.limit],
  );
}

export async function readTransfer(
  dataSource: DataSource,
  of: { readonly ledgerId: string; readonly transferId: string },
): Promise<TransferView | undefined> {
  const rows: TransferView[] = await dataSource.query(
    `${SELECT_TRANSFERS} WHERE t.ledger_id = $1 AND t.transfer_id = $2`,
    [of.ledgerId, of.transferId],
  );
  return rows[0];
}

const SELECT_TRANSFERS = `
SELECT t.ledger_id AS ledger, t.transfer_id AS transfer, t.direction, t.amount::text AS amount,
       t.status, ${isoColumn('t.expires_at', 'expiresAt')},
       ${isoColumn('t.prepared_at', 'preparedAt')}, ${isoColumn('t.finished_at', 'finishedAt')},
       t.reason_code AS "reasonCode", t.reason_message AS "reasonMessage",
       t.reason_triggered_by AS "reasonTriggeredBy", t.cause_ledger_id AS "causeLedger",
       t.cause_transfer_id AS "causeTransfer", t.outgoing_ledger_id AS "outgoingLedger",
       t.outgoing_transfer_id AS "outgoingTransfer", t.outgoing_amount::text AS "outgoingAmount",
       ${asOfColumn('transfers', 'l.partition')}
  FROM transfers t JOIN ledgers l USING (ledger_id)`;
