import type { Command } from 'commander';
import type { EventsOptions } from '../commands/events';
import type { Shell } from '../shell';
import type { RepublishOptions } from './republish-command';

type WithStore = (name: string, description: string, under: Command) => Command;

/** Adds `causeway events …`. `withStore` gives a command the options by which it finds the log. */
export function eventsCommands(causeway: Command, shell: Shell, withStore: WithStore): void {
  const events = withStore('events', 'events of the log, oldest first', causeway)
    // What stands behind the name of a command below it is an option of that one.
    .enablePositionalOptions()
    .option('--ledger <id>', 'this ledger only')
    .option('--follow', 'go on with new ones as they come')
    .action(async (options: EventsOptions) =>
      (await import('../commands/events.js')).events(options, shell),
    );
  withStore('republish', 'fill the JetStream stream from the log', events)
    .option('--from <place>', 'all, a position in every partition, or an ISO 8601 time', 'all')
    .option('--ledger <id>', 'this ledger only')
    .action(async (options: RepublishOptions) =>
      (await import('./republish-command.js')).republishEvents(options, shell),
    );
}
