import type { PoolClient } from 'pg';
import { binaryArray, int2Element } from './binary-array';
import { textRows } from './connection';
import { decodeBytea } from './event-rows';
import type { LedgerHead, LogHeads } from './event-stager';
import { safeInteger } from './exact-integer';

/**
 * Where the log ends for some partitions. Read after their locks are held, on the connection that
 * holds them: only then is it certain that nobody still writes.
 */
export async function loadHeads(
  client: PoolClient,
  partitions: readonly number[],
): Promise<LogHeads> {
  const values = [binaryArray(int2Element, partitions)];
  const positions = await textRows<[string, string]>(client, { text: PARTITION_HEADS, values });
  const ledgers = await textRows<[string, string, string, string]>(client, {
    text: LEDGER_HEADS,
    values,
  });
  return {
    positions: new Map(positions.map(([partition, at]) => [Number(partition), safeInteger(at)])),
    ledgers: new Map(ledgers.map(headEntry)),
  };
}

function headEntry([ledgerId, partition, version, hash]: [string, string, string, string]): [
  string,
  LedgerHead,
] {
  const head = {
    partition: Number(partition),
    version: safeInteger(version),
    hash: decodeBytea(hash),
  };
  return [ledgerId, head];
}

export const PARTITION_HEADS = `
SELECT p.partition, coalesce(
  (SELECT e.position FROM ledger_events e WHERE e.partition = p.partition
   ORDER BY e.position DESC LIMIT 1), 0)
FROM unnest($1::int2[]) AS p (partition)`;

/**
 * The beginning of a statement: `ids (ledger_id)` holds every ledger that has an event, and at last
 * NULL. Walks the primary key from ledger to ledger instead of reading all events.
 */
export const LEDGER_IDS = `
WITH RECURSIVE ids AS (
  (SELECT ledger_id FROM ledger_events ORDER BY ledger_id LIMIT 1)
  UNION ALL
  SELECT (SELECT e.ledger_id FROM ledger_events e WHERE e.ledger_id > ids.ledger_id
          ORDER BY e.ledger_id LIMIT 1)
  FROM ids WHERE ids.ledger_id IS NOT NULL
)`;

const LEDGER_HEADS = `${LEDGER_IDS}
SELECT ids.ledger_id, h.partition, h.version, h.hash
FROM ids CROSS JOIN LATERAL (
  SELECT e.partition, e.version, e.hash FROM ledger_events e
  WHERE e.ledger_id = ids.ledger_id ORDER BY e.version DESC LIMIT 1
) h
WHERE h.partition = ANY ($1::int2[])`;
