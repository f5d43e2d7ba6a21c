import type { DataSource } from 'typeorm';
import { eventStream } from '#contracts';
import { EventReader, SettingsStore } from '#event-store';
import { type BusConnection, EventPublisher } from '#messaging';
import { slugOfAddress } from '#platform';
import type { Shell } from '../shell';
import { withStore, type StoreOptions } from '../store/open-store';
import { withBus } from './open-bus';
import { republish, type RepublishReport, type RepublishScope } from './republish';
import { parseFrom } from './republish-from';

/** Between two remarks on how far it is. */
const REMARK_EVERY_MS = 2_000;

export interface RepublishOptions extends StoreOptions {
  readonly from: string;
  readonly ledger?: string;
  readonly json?: boolean;
}

/** The log belongs to no connector, or has nothing of what was asked for. */
export class NothingToRepublishError extends Error {
  override readonly name = 'NothingToRepublishError';
}

/** `causeway events republish`: fills the JetStream stream from the log, whoever runs meanwhile. */
export async function republishEvents(options: RepublishOptions, shell: Shell): Promise<void> {
  const { ledger } = options;
  const scope = { from: parseFrom(options.from), ...(ledger === undefined ? {} : { ledger }) };
  const report = await withStore(options, shell, (dataSource) =>
    withBus(options, shell, (bus) => run({ dataSource, bus, scope, shell })),
  );
  const { stored, duplicates } = report;
  if (options.json === true) shell.print(JSON.stringify({ stored, duplicates }));
  else shell.print(`${stored} events stored, ${duplicates} there already`);
}

async function run(given: {
  readonly dataSource: DataSource;
  readonly bus: BusConnection;
  readonly scope: RepublishScope;
  readonly shell: Shell;
}): Promise<RepublishReport> {
  const { dataSource, bus, scope, shell } = given;
  const reader = new EventReader(dataSource);
  const connector = await connectorOf(dataSource);
  const { ledger } = scope;
  if (ledger !== undefined && (await reader.ledgerHead(ledger)) === undefined) {
    throw new NothingToRepublishError(`the log has no ledger ${ledger}`);
  }
  const events = new EventPublisher(bus);
  try {
    const ensureStream = () => events.streams.ensure(eventStream(connector));
    const publish = events.publishBatch.bind(events);
    const progress = remarks(shell);
    return await republish({ connector, reader, ensureStream, publish, progress }, scope);
  } finally {
    events.close();
  }
}

/** The log knows whose it is. */
async function connectorOf(dataSource: DataSource): Promise<string> {
  const address = await new SettingsStore(dataSource).get('connector.address');
  if (address !== undefined) return slugOfAddress(address);
  throw new NothingToRepublishError('no connector ever ran on this database');
}

function remarks(shell: Shell): (so: RepublishReport) => void {
  let lastMs = performance.now();
  let begun = 1;
  return ({ stored, duplicates, attempts }) => {
    if (attempts > begun) shell.note('the stream was deleted meanwhile: beginning again');
    begun = attempts;
    if (performance.now() - lastMs < REMARK_EVERY_MS) return;
    lastMs = performance.now();
    shell.note(`${stored + duplicates} events so far`);
  };
}
