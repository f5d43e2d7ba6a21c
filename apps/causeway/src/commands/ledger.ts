import type { Command } from 'commander';
import type { Shell } from '../shell';
import type { giveOrder, OrderOptions, SpokenAmount, SpokenOrder } from './ledger-order';
import type { showLedger } from './ledger-show';

const DEFAULT_DATA = '.causeway';

/** What the commands do, each with the process's shell. */
export interface LedgerActions {
  readonly give: (order: SpokenOrder, options: OrderOptions) => Promise<void>;
  readonly show: (ledger: string, options: OrderOptions) => Promise<void>;
}

interface Modules {
  readonly order: () => Promise<{ readonly giveOrder: typeof giveOrder }>;
  readonly show: () => Promise<{ readonly showLedger: typeof showLedger }>;
}

const LAZY: Modules = {
  order: () => import('./ledger-order.js'),
  show: () => import('./ledger-show.js'),
};

/** The actions, whose modules are loaded when one of them is wanted. */
export function ledgerActions(shell: Shell, modules = LAZY): LedgerActions {
  return {
    give: async (order, options) => (await modules.order()).giveOrder(order, options, shell),
    show: async (ledger, options) => (await modules.show()).showLedger(ledger, options, shell),
  };
}

/** Adds `causeway ledger …`: the operator's orders, by the console. */
export function ledgerCommands(causeway: Command, actions: LedgerActions): void {
  const ledger = causeway.command('ledger').description('look at one ledger, and give it orders');
  addShow(ledger, actions);
  addLimits(ledger, actions);
  addThresholds(ledger, actions);
  addStandings(ledger, actions);
  addClose(ledger, actions);
  addReconcile(ledger, actions);
}

/** The options by which a command finds the console. */
export function withConsole(command: Command): Command {
  return command
    .option('--console-url <url>', 'where the console is')
    .option('--token <token>', 'what to present there; better by CAUSEWAY_CONSOLE_TOKEN')
    .option('--config <file>', 'configuration file that says both')
    .option('--data <dir>', 'data directory of a running connector, which knows both', DEFAULT_DATA)
    .option('--json', 'the answer of the console as one line of JSON');
}

/** As `withConsole`, for orders that go on record. */
export function withOrder(command: Command): Command {
  return withConsole(command).option(
    '--by <name>',
    'who gives the order, where the token is not somebody’s own',
  );
}

/** As `withOrder`, for orders that have amounts. */
export function withAmounts(command: Command): Command {
  return withOrder(command).option(
    '--in-currency',
    'amounts are in the currency of the ledger, not in base units',
  );
}

/** An amount that may be `none`, as one option has it. */
export const orNone = (option: string, written: string | undefined): SpokenAmount => ({
  option,
  written,
  isOptional: true,
});

function addShow(ledger: Command, { show }: LedgerActions): void {
  withConsole(ledger.command('show'))
    .description('standing, balance, limits, thresholds and what is on hold')
    .argument('<ledger>', 'id of the ledger')
    .action((id: string, options: OrderOptions) => show(id, options));
}

const LEDGER = { argument: '<ledger>', meaning: 'id of the ledger' };

interface LimitsOptions extends OrderOptions {
  readonly maxBalance?: string;
  readonly minBalance?: string;
}

/** Of a ledger, or of the peer that has it, by the same id. */
export function addLimits(ledger: Command, { give }: LedgerActions, subject = LEDGER): void {
  withAmounts(ledger.command('limits'))
    .description('change the limits of our balance; what is not given stays')
    .argument(subject.argument, subject.meaning)
    .option('--max-balance <amount>', 'how much the peer may owe us, or none')
    .option('--min-balance <amount>', 'minus how much we may owe, or none')
    .action((id: string, options: LimitsOptions) => {
      const amounts = {
        maxBalance: orNone('--max-balance', options.maxBalance),
        minBalance: orNone('--min-balance', options.minBalance),
      };
      return give({ ledger: id, path: ['limits'], amounts }, options);
    });
}

interface ThresholdsOptions extends OrderOptions {
  readonly low?: string;
  readonly high?: string;
  readonly settleTo?: string;
}

function addThresholds(ledger: Command, { give }: LedgerActions): void {
  withAmounts(ledger.command('thresholds'))
    .description('at which balances somebody is told; what is not given stays')
    .argument('<ledger>', 'id of the ledger')
    .option('--low <amount>', 'reached at this balance or less, or none')
    .option('--high <amount>', 'reached at this balance or more, or none')
    .option('--settle-to <amount>', 'the balance that a settlement is then asked for, or none')
    .action((id: string, options: ThresholdsOptions) => {
      const amounts = {
        low: orNone('--low', options.low),
        high: orNone('--high', options.high),
        settleTo: orNone('--settle-to', options.settleTo),
      };
      return give({ ledger: id, path: ['thresholds'], amounts }, options);
    });
}

interface ReasonOptions extends OrderOptions {
  readonly reason: string;
}

const STANDINGS = {
  pause: 'take no new transfers until it is resumed',
  resume: 'take new transfers again',
  drain: 'take no new transfers and let the open ones end, to close it then',
} as const;

/** Of a ledger, or of the peer that has it, by the same id. */
export function addStandings(ledger: Command, { give }: LedgerActions, subject = LEDGER): void {
  for (const [verb, description] of Object.entries(STANDINGS)) {
    withOrder(ledger.command(verb))
      .description(description)
      .argument(subject.argument, subject.meaning)
      .requiredOption('--reason <text>', 'why, for the record')
      .action((id: string, options: ReasonOptions) => {
        const { reason } = options;
        return give({ ledger: id, path: [verb], terms: { reason } }, options);
      });
  }
}

function addClose(ledger: Command, { give }: LedgerActions): void {
  withAmounts(ledger.command('close'))
    .description('end it for ever; nothing may be open on it')
    .argument('<ledger>', 'id of the ledger')
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--balance <amount>', 'the balance that is left unsettled, unless it is 0')
    .action((id: string, options: ReasonOptions & { readonly balance?: string }) => {
      const { reason } = options;
      const amounts = { balance: { option: '--balance', written: options.balance } };
      return give({ ledger: id, path: ['close'], terms: { reason }, amounts }, options);
    });
}

function addReconcile(ledger: Command, { give }: LedgerActions): void {
  withAmounts(ledger.command('reconcile'))
    .description('end a difference: adopt the other side’s figure')
    .argument('<ledger>', 'id of the ledger')
    .requiredOption('--theirs <amount>', 'their figure, as `ledger show` has it')
    .requiredOption('--note <text>', 'why, for the record')
    .action((id: string, options: OrderOptions & { theirs: string; note: string }) => {
      const { note } = options;
      const amounts = { theirs: { option: '--theirs', written: options.theirs } };
      const path = ['reconciliation'];
      return give({ ledger: id, path, terms: { note }, amounts }, options);
    });
}
