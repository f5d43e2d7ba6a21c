import { type Command, InvalidArgumentError } from 'commander';
import type { Shell } from '../shell';
import { withConsole, withOrder } from './ledger';
import type { OrderOptions } from './ledger-order';
import type { pay, PayOptions, showPayment } from './pay-order';
import type { quote, QuoteOptions } from './quote';

interface Actions {
  readonly quote: typeof quote;
  readonly pay: typeof pay;
  readonly showPayment: typeof showPayment;
}

const LAZY = async (): Promise<Actions> => ({
  ...(await import('./pay-order.js')),
  ...(await import('./quote.js')),
});

/** Adds `causeway quote`, `pay` and `payment`: what payments cost, and payments of our own. */
export function paymentCommands(causeway: Command, shell: Shell, load = LAZY): void {
  addQuote(causeway, shell, load);
  addPay(causeway, shell, load);
  withConsole(causeway.command('payment'))
    .description('what became of a payment that was ordered')
    .argument('<id>', 'id of the payment')
    .action(async (id: string, options: OrderOptions) =>
      (await load()).showPayment(id, options, shell),
    );
}

function addQuote(causeway: Command, shell: Shell, load: typeof LAZY): void {
  withUnit(withConsole(causeway.command('quote')))
    .description(
      'what the peer of a ledger would be quoted, and why; all amounts unless one is given',
    )
    .requiredOption('--from <ledger>', 'the ledger that the payment comes in on')
    .requiredOption('--to <address>', 'where it is to go')
    .option('--source-amount <amount>', 'what comes in')
    .option('--destination-amount <amount>', 'what is to arrive')
    .option('--hold <ms>', 'how long it is to be on hold at the destination')
    .action(async (options: QuoteOptions) => (await load()).quote(options, shell));
}

function addPay(causeway: Command, shell: Shell, load: typeof LAZY): void {
  withUnit(withOrder(causeway.command('pay')))
    .description('pay from our own account, to try a peering; waits for the outcome')
    .requiredOption('--from <ledger>', 'the ledger with our account; its peer gets the transfer')
    .requiredOption('--to <address>', 'whom to pay')
    .option('--source-amount <amount>', 'what we pay')
    .option('--destination-amount <amount>', 'what is to arrive')
    .requiredOption(
      '--fulfillment <bytes>',
      'what the receiver will show, 32 bytes in hex or base64url; only its hash leaves this process',
    )
    .option('--max-source-amount <amount>', 'do not pay if it costs more')
    .option('--packet-data <bytes>', 'for the receiver, base64url')
    .option('--expires-in <ms>', 'time for the whole payment', milliseconds)
    .option('--memo <text>', 'what it is for, for the record')
    .option('--id <uuid>', 'the id of the payment: given again, it is never paid twice')
    .action(async (options: PayOptions) => (await load()).pay(options, shell));
}

function withUnit(command: Command): Command {
  return command.option(
    '--unit <unit>',
    'base: amounts in base units; currency: in the currency of the ledger',
    'base',
  );
}

function milliseconds(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('must be a whole number of ms');
}
