import {
  type RatesOrderReply,
  type RatesReply,
  readRatesOrderReply,
  readRatesReply,
} from '#contracts';
import type { Shell } from '../shell';
import { table } from '../table';
import { tell } from '../tell';
import { atConsole, type OrderOptions } from './ledger-order';

/** By currency, as written; null = no longer known. */
export type SpokenRates = Readonly<Record<string, string | null>>;

/** `causeway rates show`. Exit codes as of orders. */
export function showRates(options: OrderOptions, shell: Shell): Promise<void> {
  return atConsole(options, shell, async (client) => {
    const answer = await client.get(['rates']);
    tell(answer, (read) => ratesLines(readRatesReply(read)), { options, shell });
  });
}

/** `causeway rates set`. Exit codes as of orders. */
export function setRates(rates: SpokenRates, options: OrderOptions, shell: Shell): Promise<void> {
  return atConsole(options, shell, async (client) => {
    const body = options.by === undefined ? { rates } : { rates, by: options.by };
    const answer = await client.put(['rates'], body);
    tell(answer, (read) => obeyedLines(readRatesOrderReply(read)), { options, shell });
  });
}

function obeyedLines(reply: RatesOrderReply): string[] {
  switch (reply.outcome) {
    case 'done': {
      const { event, rates } = reply;
      const record = `${event} is on record: version ${rates.version} of the rates`;
      return [record, ...ratesLines(rates)];
    }
    case 'repeated':
      return ['nothing to do: the rates are so already', ...ratesLines(reply.rates)];
    // Comes with a status that is an error before anybody reads it.
    case 'refused':
      return [];
  }
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
