import type { DataSource } from 'typeorm';
import { asOfColumn, isoColumn, type AsOf } from './as-of';

/** Money that changed hands outside of a ledger; amounts are decimal text of base units. */
export interface SettlementView {
  readonly ledger: string;
  readonly reference: string;
  readonly direction: string;
  readonly amount: string;
  readonly by: string;
  readonly recordedAt: string;
  /** How it was taken back, if it was. */
  readonly reversal: {
    readonly reference: string;
    readonly reason: string;
    readonly by: string;
  } | null;
  readonly reversedAt: string | null;
  readonly version: string;
  readonly asOf: AsOf;
}

/** Of one ledger, newest first, at most `limit`. */
export function readSettlements(
  dataSource: DataSource,
  of: { readonly ledgerId: string; readonly limit: number },
): Promise<SettlementView[]> {
  return dataSource.query(SELECT_SETTLEMENTS, [of.ledgerId, of.limit]);
}

const SELECT_SETTLEMENTS = `
SELECT s.ledger_id AS ledger, s.reference, s.direction, s.amount::text AS amount,
       s.recorded_by AS by, ${isoColumn('s.recorded_at', 'recordedAt')},
       CASE WHEN s.reversed_by_reference IS NOT NULL THEN
         json_build_object('reference', s.reversed_by_reference, 'reason', s.reversal_reason,
                           'by', s.reversed_by)
       END AS reversal, ${isoColumn('s.reversed_at', 'reversedAt')},
       s.version::text AS version, ${asOfColumn('settlements', 'l.partition')}
  FROM settlements s JOIN ledgers l USING (ledger_id)
 WHERE s.ledger_id = $1 ORDER BY s.version DESC LIMIT $2`;
