import type { DataSource } from 'typeorm';
import { LEDGER_IDS } from '#event-store';
import type { Until } from '../replay/until';

/** The part of a ledger's history that is asked for. */
export interface LedgerExtent {
  readonly ledger: string;
  readonly partition: number;
  readonly firstVersion: number;
  readonly lastVersion: number;
  /** Hex; of the event before the first one, zeros before version 1. */
  readonly previousHash: string;
  readonly lastHash: string;
}

export interface ExtentRequest {
  /** None = all. */
  readonly ledgers: readonly string[];
  /** A version of each ledger, or the moment of the first event. */
  readonly from?: Until | undefined;
  readonly until?: Until | undefined;
}

interface ExtentRow {
  readonly ledger_id: string;
  readonly partition: number;
  readonly first_version: string;
  readonly last_version: string;
  readonly previous_hash: string;
  readonly last_hash: string;
}

/** In order of ids, all as of one moment; ledgers without an event in the range are left out. */
export async function readExtents(
  dataSource: DataSource,
  { ledgers, from, until }: ExtentRequest,
): Promise<readonly LedgerExtent[]> {
  const rows: ExtentRow[] = await dataSource.query(EXTENTS, [
    ledgers.length === 0 ? null : [...ledgers],
    versionOf(from) ?? 1,
    timeOf(from),
    versionOf(until),
    timeOf(until),
  ]);
  return rows.map((row) => ({
    ledger: row.ledger_id,
    partition: row.partition,
    firstVersion: Number(row.first_version),
    lastVersion: Number(row.last_version),
    previousHash: row.previous_hash,
    lastHash: row.last_hash,
  }));
}

function versionOf(bound: Until | undefined): number | null {
  return bound !== undefined && 'untilVersion' in bound ? bound.untilVersion : null;
}

function timeOf(bound: Until | undefined): string | null {
  return bound !== undefined && 'untilMs' in bound ? new Date(bound.untilMs).toISOString() : null;
}

// A range by time begins with the first event that is not earlier and ends before the first one
// that is later, as a replay does: clocks may go back, versions do not.
const EXTENTS = `${LEDGER_IDS}, bounds AS (
  SELECT ids.ledger_id,
    greatest($2::int8, CASE WHEN $3::timestamptz IS NULL THEN 1 ELSE coalesce(
      (SELECT min(e.version) FROM ledger_events e
       WHERE e.ledger_id = ids.ledger_id AND e.occurred_at >= $3::timestamptz),
      9007199254740991) END) AS first_version,
    least((SELECT max(e.version) FROM ledger_events e WHERE e.ledger_id = ids.ledger_id),
      $4::int8, CASE WHEN $5::timestamptz IS NULL THEN NULL ELSE
      (SELECT min(e.version) - 1 FROM ledger_events e
       WHERE e.ledger_id = ids.ledger_id AND e.occurred_at > $5::timestamptz) END) AS last_version
  FROM ids
  WHERE ids.ledger_id IS NOT NULL AND ($1::text[] IS NULL OR ids.ledger_id = ANY ($1::text[]))
)
SELECT b.ledger_id, f.partition, b.first_version::text, b.last_version::text,
       encode(f.previous_hash, 'hex') AS previous_hash, encode(l.hash, 'hex') AS last_hash
FROM bounds b
JOIN ledger_events f ON f.ledger_id = b.ledger_id AND f.version = b.first_version
JOIN ledger_events l ON l.ledger_id = b.ledger_id AND l.version = b.last_version
WHERE b.first_version <= b.last_version
ORDER BY b.ledger_id`;
