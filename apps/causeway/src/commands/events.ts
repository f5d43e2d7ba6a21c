import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { CONNECTOR_STREAM, eventJson } from '#contracts';
import { EventReader } from '#event-store';
import type { RecordedEvent } from '#eventsourcing';
import type { Shell } from '../shell';
import { assertLedger } from '../store/known-ledger';
import { withStore, type StoreOptions } from '../store/open-store';

/** How often `--follow` looks for new events. */
const FOLLOW_MS = 250;

export interface EventsOptions extends StoreOptions {
  readonly ledger?: string;
  readonly follow?: boolean;
  readonly json?: boolean;
}

/** `causeway events`: what the log holds, per ledger in the order of versions; then what comes. */
export async function events(options: EventsOptions, shell: Shell): Promise<void> {
  const stopping = new AbortController();
  process.once('SIGINT', () => {
    stopping.abort();
  });
  await withStore(options, shell, async (dataSource) => {
    if (mustBeThere(options)) await assertLedger(dataSource, options.ledger);
    await tell(dataSource, options, shell, stopping.signal);
  });
}

/** A ledger that is waited for may be opened later, and the connector's own stream begins with its first event. */
function mustBeThere(
  options: EventsOptions,
): options is EventsOptions & { readonly ledger: string } {
  const { ledger, follow } = options;
  return ledger !== undefined && ledger !== CONNECTOR_STREAM && follow !== true;
}

async function tell(
  dataSource: DataSource,
  options: EventsOptions,
  shell: Shell,
  signal: AbortSignal,
): Promise<void> {
  const reader = new EventReader(dataSource);
  const told = new Map<string, number>();
  do {
    const ids = options.ledger === undefined ? await reader.ledgerIds() : [options.ledger];
    for (const ledgerId of ids)
      await tellLedger(reader, ledgerId, told, (event) => {
        shell.print(options.json === true ? JSON.stringify(eventJson(event)) : asText(event));
      });
    if (options.follow === true)
      await sleep(FOLLOW_MS, undefined, { signal }).catch(() => undefined);
  } while (options.follow === true && !signal.aborted);
}

async function tellLedger(
  reader: EventReader,
  ledgerId: string,
  told: Map<string, number>,
  print: (event: RecordedEvent) => void,
): Promise<void> {
  const afterVersion = told.get(ledgerId) ?? 0;
  for await (const event of reader.readLedger({ ledgerId, afterVersion })) {
    print(event);
    told.set(ledgerId, event.version);
  }
}

function asText(event: RecordedEvent): string {
  const { ledgerId, version, type, transferId, payload } = event;
  const time = new Date(event.occurredAtMs).toISOString();
  return [time, `${ledgerId}:${version}`, type, transferId ?? '-', payload].join('  ');
}
