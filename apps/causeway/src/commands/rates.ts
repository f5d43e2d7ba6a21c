import { type Command, InvalidArgumentError } from 'commander';
import type { Shell } from '../shell';
import { withConsole, withOrder } from './ledger';
import type { OrderOptions } from './ledger-order';
import type { setRates, showRates, SpokenRates } from './rates-order';

interface Actions {
  readonly showRates: typeof showRates;
  readonly setRates: typeof setRates;
}

const LAZY = (): Promise<Actions> => import('./rates-order.js');

/** Adds `causeway rates …`: exchange rates, by the console. */
export function ratesCommands(causeway: Command, shell: Shell, load = LAZY): void {
  const rates = causeway.command('rates').description('what currencies are worth');
  withConsole(rates.command('show'))
    .description('the exchange rates in force, where they come from and how old they are')
    .action(async (options: OrderOptions) => (await load()).showRates(options, shell));
  withOrder(rates.command('set'))
    .description('change rates of the table (rates.backend: table); what is not named stays')
    .argument('<CODE=VALUE...>', 'units for one of the base, or none', collect)
    .action(async (spoken: SpokenRates, options: OrderOptions) =>
      (await load()).setRates(spoken, options, shell),
    );
}

const ASSIGNMENT = /^([A-Za-z]{3})=(\S+)$/;

/** One more `USD=1.0592` or `XYZ=none`. */
function collect(written: string, before: SpokenRates | undefined): SpokenRates {
  const [, code, value] = ASSIGNMENT.exec(written) ?? [];
  if (code === undefined || value === undefined) {
    throw new InvalidArgumentError('must be CODE=VALUE, as USD=1.0592');
  }
  const currency = code.toUpperCase();
  if (before !== undefined && Object.hasOwn(before, currency)) {
    throw new InvalidArgumentError(`${currency} is named twice`);
  }
  return { ...before, [currency]: value === 'none' ? null : value };
}
