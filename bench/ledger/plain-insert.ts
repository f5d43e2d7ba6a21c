import type { Client } from 'pg';
import type { RecordedEvent } from '#eventsourcing';
import { appendQuery } from '../../libs/event-store/event-rows';

/**
 * The baseline: rows that are there already go into the same table of the same server by the same
 * statement in the same batches; while one commits the next is built. It decides nothing, hashes
 * nothing and checks nothing.
 * @returns seconds
 */
export async function insertPlainly(
  client: Client,
  events: readonly RecordedEvent[],
  batches: readonly number[],
): Promise<number> {
  const began = performance.now();
  let previous: Promise<unknown> = Promise.resolve();
  let from = 0;
  for (const length of batches) {
    if (length === 0) continue;
    const { name, text, values = [] } = appendQuery(events.slice(from, from + length));
    from += length;
    await previous;
    previous = client.query({ ...(name !== undefined && { name }), text, values: [...values] });
  }
  await previous;
  return (performance.now() - began) / 1000;
}
