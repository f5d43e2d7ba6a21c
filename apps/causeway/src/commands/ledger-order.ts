import { z } from 'zod';
import { readLedgerOrderReply, type LedgerOrderReply } from '#contracts';
import { baseUnits } from '#domain/ledger';
import {
  ConsoleRefusalError,
  ConsoleUnreachableError,
  type ConsoleClient,
} from '../console-client';
import { NoConsoleError, openConsole, type ConsoleOptions } from '../console-client-access';
import type { Shell } from '../shell';
import { tell } from '../tell';
import { isNone } from './ledger-amount';
import { ledgerLines } from './ledger-lines';

export interface OrderOptions extends ConsoleOptions {
  readonly by?: string;
  readonly inCurrency?: boolean;
  readonly json?: boolean;
}

/** An order as the command line says it. */
export interface SpokenOrder {
  readonly ledger: string;
  /** Of the console's API, below the ledger. */
  readonly path: readonly string[];
  readonly terms?: Readonly<Record<string, string | undefined>>;
  /** As written behind the option of each name; what was not written is left out. */
  readonly amounts?: Readonly<Record<string, SpokenAmount>>;
}

export interface SpokenAmount {
  readonly option: string;
  readonly written: string | undefined;
  /** May be `none`. */
  readonly isOptional?: boolean;
}

const EXIT_REFUSED = 1;
const EXIT_UNREACHABLE = 2;

/**
 * Gives an order and says what came of it. Sets the exit code: 0 done or so already, 1 refused,
 * 2 the console or the ledger cannot be reached.
 * @throws InvalidAmountError, ConfigurationError
 */
export function giveOrder(order: SpokenOrder, options: OrderOptions, shell: Shell): Promise<void> {
  return atConsole(options, shell, async (client) => {
    const body = { ...defined(order.terms), ...(await amountsOf(order, options, client)) };
    const named = options.by === undefined ? body : { ...body, by: options.by };
    const answer = await client.post(['ledgers', order.ledger, ...order.path], named);
    tell(answer, (read) => orderLines(readLedgerOrderReply(read)), { options, shell });
  });
}

/** Does something at the console, and turns what goes wrong there into an exit code. */
export async function atConsole(
  options: ConsoleOptions & { readonly json?: boolean },
  shell: Shell,
  work: (client: ConsoleClient) => Promise<void>,
): Promise<void> {
  try {
    await work(openConsole(options, shell));
  } catch (error) {
    if (error instanceof ConsoleRefusalError) {
      if (options.json === true) shell.print(JSON.stringify(error.answer));
      shell.note(error.message);
      process.exitCode = EXIT_REFUSED;
    } else if (error instanceof ConsoleUnreachableError || error instanceof NoConsoleError) {
      shell.note(error.message);
      process.exitCode = EXIT_UNREACHABLE;
    } else throw error;
  }
}

function orderLines(reply: LedgerOrderReply): string[] {
  switch (reply.outcome) {
    case 'done': {
      const { event, version, ledger } = reply;
      return [`${event} is on record as ${ledger.ledger}:${version}`, ...ledgerLines(ledger)];
    }
    case 'repeated':
      return [
        'nothing to do: this was done before, or is so already',
        ...ledgerLines(reply.ledger),
      ];
    case 'refused':
    case 'unavailable':
      return [reply.outcome];
  }
}

function defined(terms: SpokenOrder['terms'] = {}): Record<string, string> {
  const written = Object.entries(terms).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  return Object.fromEntries(written) as Record<string, string>;
}

async function amountsOf(
  { ledger, amounts = {} }: SpokenOrder,
  { inCurrency }: OrderOptions,
  client: ConsoleClient,
): Promise<Record<string, string | null>> {
  const scale = inCurrency === true ? await scaleOf(ledger, client) : undefined;
  const read: Record<string, string | null> = {};
  for (const [name, { option, written, isOptional = false }] of Object.entries(amounts)) {
    if (written === undefined) continue;
    if (isOptional && isNone(written)) read[name] = null;
    else read[name] = scale === undefined ? written : baseUnits(option, written, scale);
  }
  return read;
}

const scaled = z.object({ ledger: z.object({ currencyScale: z.number().int() }) });

async function scaleOf(ledger: string, client: ConsoleClient): Promise<number> {
  return scaled.parse(await client.get(['ledgers', ledger])).ledger.currencyScale;
}
