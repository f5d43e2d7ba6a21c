import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { type Leg, legKey, type Tell } from '#domain/audit';
import { isOpen } from '#domain/ledger';
import { CheckpointStore } from '#event-store';
import { type LegSpill, type TaggedLeg } from './leg-spill';
import { TAGS } from './log-audit';

/** How long the read model may take to reach the end of what was audited. */
const CATCH_UP_MS = 5_000;
const POLL_MS = 100;
const BATCH_ROWS = 5_000;
const NO_CONDITION = Buffer.alloc(32);

interface TransferRow {
  readonly ledger_id: string;
  readonly transfer_id: string;
  readonly direction: string;
  readonly status: Leg['status'];
  readonly amount: string;
  readonly prepared_version: string;
  readonly last_version: string;
}

/** Waits for the `transfers` read model. @returns whether it has come to these positions. */
export async function transfersCaughtUp(
  dataSource: DataSource,
  positions: ReadonlyMap<number, number>,
): Promise<boolean> {
  const checkpoints = new CheckpointStore(dataSource);
  const deadline = Date.now() + CATCH_UP_MS;
  for (;;) {
    const progress = await checkpoints.progress('transfers', [...positions.keys()]);
    const isThere = progress.every(
      ({ partition, position }) => position >= (positions.get(partition) ?? 0),
    );
    if (isThere || Date.now() >= deadline) return isThere;
    await sleep(POLL_MS);
  }
}

/** Puts every row of the `transfers` read model, or of one ledger's, beside the leg that it shows. */
export async function spillTransferRows(
  dataSource: DataSource,
  spill: LegSpill,
  ledger?: string,
): Promise<void> {
  let after: readonly [ledger: string, transfer: string] = [
    '',
    '00000000-0000-0000-0000-000000000000',
  ];
  for (;;) {
    const rows: TransferRow[] = await dataSource.query(ROWS, [
      ...after,
      ledger ?? null,
      BATCH_ROWS,
    ]);
    for (const row of rows) {
      spill.add(legOfRow(row), TAGS.row, legKey(row.ledger_id, row.transfer_id));
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < BATCH_ROWS) return;
    after = [last.ledger_id, last.transfer_id];
  }
}

const ROWS = `
SELECT ledger_id, transfer_id::text, direction, status, amount::text,
       prepared_version::text, last_version::text
  FROM transfers
 WHERE (ledger_id, transfer_id) > ($1::text COLLATE "C", $2::uuid)
   AND ($3::text IS NULL OR ledger_id = $3)
 ORDER BY ledger_id, transfer_id LIMIT $4`;

function legOfRow(row: TransferRow): Leg {
  return {
    ledger: row.ledger_id,
    transfer: row.transfer_id,
    direction: row.direction === 'incoming' ? 'incoming' : 'outgoing',
    status: row.status,
    amount: BigInt(row.amount),
    condition: NO_CONDITION,
    expiresAtMs: 0,
    beganVersion: Number(row.prepared_version),
    lastVersion: Number(row.last_version),
    packetDigest: null,
    link: { kind: 'none' },
  };
}

/**
 * Compares the rows of one bucket with its legs. Rows that have moved on since the audited end of
 * their ledger say nothing about it.
 * @param endOf the last audited version of a ledger; undefined where its history is not known
 */
export function compareTransferRows(
  bucket: readonly TaggedLeg[],
  endOf: (ledger: string) => number | undefined,
  tell: Tell,
): void {
  const rows = new Map<string, Leg>();
  for (const { leg, tag } of bucket) {
    if (tag === TAGS.row) rows.set(legKey(leg.ledger, leg.transfer), leg);
  }
  for (const { leg, tag } of bucket) {
    if (tag !== TAGS.identity && tag !== TAGS.both) continue;
    const key = legKey(leg.ledger, leg.transfer);
    const row = rows.get(key);
    rows.delete(key);
    const end = endOf(leg.ledger);
    if (end === undefined || (row !== undefined && row.lastVersion > end)) continue;
    if (row === undefined || textOf(row) !== textOf(leg)) tell(difference(leg, leg, row));
  }
  for (const row of rows.values()) {
    const end = endOf(row.ledger);
    if (end !== undefined && row.beganVersion <= end) tell(difference(row, undefined, row));
  }
}

function difference(at: Leg, leg: Leg | undefined, row: Leg | undefined) {
  return {
    rule: 'read-model: transfers',
    ledger: at.ledger,
    version: at.lastVersion,
    transfer: at.transfer,
    expected: leg === undefined ? 'no such transfer' : textOf(leg),
    found: row === undefined ? 'no such transfer' : textOf(row),
  };
}

/** Where a transfer ended is known of both; of an open one, only that it is open. */
function textOf(leg: Leg): string {
  const { direction, amount, status, lastVersion } = leg;
  const at = isOpen(leg) ? '' : ` at version ${lastVersion}`;
  return `${direction} ${amount} ${status}${at}`;
}
