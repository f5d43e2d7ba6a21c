import { type RatesReply, readRatesOrderReply, readRatesReply } from '#contracts';
import type { Shell } from '../shell';
import { table } from '../table';
import { atConsole, type OrderOptions } from './ledger-order';

/** By currency, as written; null = no longer known. */
export type SpokenRates = Readonly<Record<string, string | null>>;

/** `causeway rates show`. Exit codes as of orders. */
export function showRates(options: OrderOptions, shell: Shell): Promise<void> {
  return atConsole(options, shell, async (client) => {
    const answer = await client.get(['rates']);
    if (options.json === true) shell.print(JSON.stringify(answer));
    else for (const line of ratesLines(readRatesReply(answer))) shell.print(line);
  });
}

/** `causeway rates set`. Exit codes as of orders. */
export function setRates(rates: SpokenRates, options: OrderOptions, shell: Shell): Promise<void> {
  return atConsole(options, shell, async (client) => {
    const body = options.by === undefined ? { rates } : { rates, by: options.by };
    const answer = await client.put(['rates'], body);
    if (options.json === true) {
      shell.print(JSON.stringify(answer));
      return;
    }
    const reply = readRatesOrderReply(answer);
    if (reply.outcome === 'refused') return;
    const { version } = reply.rates;
    shell.print(
      reply.outcome === 'done'
        ? `${reply.event} is on record: version ${version} of the rates`
        : 'nothing to do: the rates are so already',
    );
    for (const line of ratesLines(reply.rates)) shell.print(line);
  });
}

function ratesLines({ state, source, base, rates, ...times }: RatesReply): string[] {
  if (state === 'one-to-one') return ['one to one: a unit of any currency is one of any other'];
  if (base === null || rates === null) return ['there are no rates yet'];
  const old = state === 'stale' ? ', too old to be used' : '';
  const dated = times.publishedAt === null ? '' : `, of ${times.publishedAt}`;
  return [
    `version ${times.version} from ${source ?? 'nowhere'}${dated}${old}`,
    `fetched ${times.fetchedAt ?? 'never'}, confirmed ${times.confirmedAt ?? 'never'}`,
    ...table(['currency', `for one ${base}`], Object.entries(rates), [1]),
  ];
}
