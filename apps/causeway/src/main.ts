import { Command, InvalidArgumentError } from 'commander';
import type { StartOptions } from './commands/start';
import type { DemoOptions } from './demo/demo';
import type { RestartOptions } from './commands/restart';
import type { ReplayOptions } from './commands/replay';
import type { LedgersOptions } from './commands/ledgers';
import type { TransfersOptions } from './commands/transfers';
import type { PeersOptions } from './commands/peers';
import type { ProjectionsOptions } from './commands/projections';
import type { PruneOptions } from './commands/retention';
import type { SettlementsOptions } from './commands/settlements';
import { software } from './audit/software';
import { auditCommands } from './commands/audit';
import { ledgerActions, ledgerCommands } from './commands/ledger';
import { paymentCommands } from './commands/pay';
import { ratesCommands } from './commands/rates';
import { peerCommands } from './commands/peer';
import { routesCommands } from './commands/routes';
import { settleCommands } from './commands/settle';
import { eventsCommands } from './events/events-commands';
import { processShell, type Shell } from './shell';

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
  const causeway = new Command('causeway')
    .description('an event-sourced Interledger connector')
    .version(software().version, '--version', 'which version this is');
  const withStore = (name: string, description: string, under = causeway): Command =>
    under
      .command(name)
      .description(description)
      .option('--config <file>', 'configuration file that names the database')
      .option(
        '--data <dir>',
        'data directory of a connector that keeps its own database',
        DEFAULT_DATA,
      )
      .option('--json', 'one JSON object per line');

  runningCommands(causeway, shell);

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

  withStore('peers', 'our dealings with every peer').action(async (options: PeersOptions) =>
    (await import('./commands/peers.js')).peers(options, shell),
  );

  withStore('settlements', 'what was paid outside of a ledger')
    .requiredOption('--ledger <id>', 'ledger')
    .option('--limit <count>', 'at most so many', positiveInteger, 50)
    .action(async (options: SettlementsOptions) =>
      (await import('./commands/settlements.js')).settlements(options, shell),
    );

  const retention = causeway.command('retention').description('what is kept, and for how long');
  withStore('prune', 'take the ILP packets of transfers that ended long ago', retention)
    .option('--older-than-days <days>', 'overrides retention.packetsForDays', positiveInteger)
    .option('--by <name>', 'who wants it; your account name unless given')
    .action(async (options: PruneOptions) =>
      (await import('./commands/retention.js')).prune(options, shell),
    );

  const projections = causeway.command('projections').description('read models and the log');
  withStore('list', 'every read model and how far it is behind the log', projections).action(
    async (options: ProjectionsOptions) =>
      (await import('./commands/projections.js')).listProjections(options, shell),
  );
  withStore('rebuild', 'empty read models and fill them from the log', projections)
    .argument('[names...]', 'which; all if none is named')
    .action(async (names: string[], options: ProjectionsOptions) =>
      (await import('./commands/projections.js')).rebuildProjections(names, options, shell),
    );

  withStore('transfers', 'the latest transfers of a ledger')
    .requiredOption('--ledger <id>', 'ledger')
    .option('--limit <count>', 'at most so many', positiveInteger, 50)
    .action(async (options: TransfersOptions) =>
      (await import('./commands/transfers.js')).transfers(options, shell),
    );

  eventsCommands(causeway, shell, withStore);

  ledgerCommands(causeway, ledgerActions(shell));
  settleCommands(causeway, ledgerActions(shell));
  ratesCommands(causeway, shell);
  peerCommands(causeway, { shell, ledger: ledgerActions(shell) });
  routesCommands(causeway, shell);
  paymentCommands(causeway, shell);
  auditCommands(causeway, shell, withStore);

  return causeway;
}

/** Those that run something themselves instead of looking at what runs. */
function runningCommands(causeway: Command, shell: Shell): void {
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
    .command('restart')
    .description('restart the processes of a running connector, one after the other')
    .argument('[services...]', 'gateway, router, quoter, console, ledger; all if none is named')
    .option('--data <dir>', 'data directory of the connector', DEFAULT_DATA)
    .action(async (names: string[], options: RestartOptions) =>
      (await import('./commands/restart.js')).restart(names, options, shell),
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
}

/** Whoever reads our output may stop at any line, as `head` does. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

program()
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`causeway: ${isPlain(error) ? error.message : describe(error)}\n`);
    process.exitCode = 1;
  });

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
