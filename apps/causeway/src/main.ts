import { Command, InvalidArgumentError } from 'commander';
import type { StartOptions } from './commands/start';
import type { DemoOptions } from './demo/demo';
import type { ReplayOptions } from './commands/replay';
import type { LedgersOptions } from './commands/ledgers';
import type { TransfersOptions } from './commands/transfers';
import type { EventsOptions } from './commands/events';
import { processShell } from './shell';

const DEFAULT_DATA = '.causeway';

/** An error whose message is all that the operator needs; anything else is a fault of ours. */
function isPlain(error: unknown): error is Error {
  return error instanceof Error && error.name !== 'Error' && !(error instanceof TypeError);
}

function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text))
    throw new InvalidArgumentError('must be an integer from 1 to 9999999');
  return Number(text);
}

function program(): Command {
  const shell = processShell(process.env);
  const causeway = new Command('causeway').description('an event-sourced Interledger connector');
  const withStore = (name: string, description: string): Command =>
    causeway
      .command(name)
      .description(description)
      .option('--config <file>', 'configuration file that names the database')
      .option(
        '--data <dir>',
        'data directory of a connector that keeps its own database',
        DEFAULT_DATA,
      )
      .option('--json', 'one JSON object per line');

  causeway
    .command('start')
    .description('run every service under one supervisor until SIGTERM')
    .requiredOption('--config <file>', 'configuration file')
    .option(
      '--data <dir>',
      'directory for infrastructure of our own and for run files',
      DEFAULT_DATA,
    )
    .option('--instances <counts>', 'processes per service, e.g. router=2,ledger=2', '')
    .action(async (options: StartOptions) =>
      (await import('./commands/start.js')).start(options, shell),
    );

  causeway
    .command('migrate')
    .description('bring the schema of the database that DATABASE_URL names to this version')
    .action(async () => (await import('./commands/migrate.js')).migrateDatabase(shell));

  causeway
    .command('demo')
    .description('payments between two historic peers, then the proof by replay')
    .option('--payments <count>', 'payments from alice to bob', positiveInteger, 100)
    .option('--json', 'one JSON line as the result')
    .option('--keep', 'keep the data directory')
    .action(async (options: DemoOptions) => (await import('./demo/demo.js')).demo(options, shell));

  withStore('replay', 'fold the log from zero; balances without asking any read model')
    .option('--ledger <id>', 'this ledger only')
    .option('--until <version|time>', 'up to a version of the ledger, or an ISO 8601 time')
    .option('--verify', 'check the hash chain, the invariants and the read models')
    .action(async (options: ReplayOptions) =>
      (await import('./commands/replay.js')).replay(options, shell),
    );

  withStore('ledgers', 'every ledger with its balance and limits').action(
    async (options: LedgersOptions) =>
      (await import('./commands/ledgers.js')).ledgers(options, shell),
  );

  withStore('transfers', 'the latest transfers of a ledger')
    .requiredOption('--ledger <id>', 'ledger')
    .option('--limit <count>', 'at most so many', positiveInteger, 50)
    .action(async (options: TransfersOptions) =>
      (await import('./commands/transfers.js')).transfers(options, shell),
    );

  withStore('events', 'events of the log, oldest first')
    .option('--ledger <id>', 'this ledger only')
    .option('--follow', 'go on with new ones as they come')
    .action(async (options: EventsOptions) =>
      (await import('./commands/events.js')).events(options, shell),
    );

  return causeway;
}

program()
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`causeway: ${isPlain(error) ? error.message : describe(error)}\n`);
    process.exitCode = 1;
  });

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
