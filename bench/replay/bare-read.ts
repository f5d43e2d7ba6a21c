import type { Client } from 'pg';

const COLUMNS = `ledger_id, version, partition, position, type, schema_version, transfer_id,
  occurred_at, payload, packet, packet_digest, previous_hash, hash`;
const BATCH_ROWS = 1_000;
const asText = { getTypeParser: () => (text: string) => text };

/**
 * The baseline: a cursor per ledger, a thousand rows per FETCH, every column left as the text that
 * the server wrote.
 * @returns rows read
 */
export async function readBarely(client: Client, ledgers: readonly string[]): Promise<number> {
  let rows = 0;
  await client.query('BEGIN READ ONLY');
  for (const [number, id] of ledgers.entries()) rows += await readLedger(client, number, id);
  await client.query('COMMIT');
  return rows;
}

async function readLedger(client: Client, number: number, ledgerId: string): Promise<number> {
  const cursor = `log_${number}`;
  await client.query({
    text: `DECLARE ${cursor} NO SCROLL CURSOR FOR
           SELECT ${COLUMNS} FROM ledger_events WHERE ledger_id = '${ledgerId}' ORDER BY version`,
  });
  const fetch = {
    text: `FETCH ${BATCH_ROWS} FROM ${cursor}`,
    rowMode: 'array',
    types: asText,
  } as const;
  let rows = 0;
  for (;;) {
    const { length } = (await client.query(fetch)).rows;
    if (length === 0) return rows;
    rows += length;
  }
}
