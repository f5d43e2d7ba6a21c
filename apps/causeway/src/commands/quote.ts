import { type QuoteExplained, readQuoteExplained } from '#contracts';
import { inCurrency } from '#domain/ledger';
import type { ConsoleOptions } from '../console-client-access';
import type { Shell } from '../shell';
import { tell } from '../tell';
import { decimalOf } from './exact-decimal';
import { labelled } from './ledger-lines';
import { atConsole } from './ledger-order';

export interface QuoteOptions extends ConsoleOptions {
  readonly from: string;
  readonly to: string;
  readonly sourceAmount?: string;
  readonly destinationAmount?: string;
  readonly unit: string;
  readonly hold?: string;
  readonly json?: boolean;
}

const EXIT_REFUSED = 1;

/** `causeway quote`. Exit codes as of orders; 1 also where the peer would be refused a quote. */
export function quote(options: QuoteOptions, shell: Shell): Promise<void> {
  return atConsole(options, shell, async (client) => {
    const { from, to, sourceAmount, destinationAmount, unit, hold } = options;
    const query = {
      ...{ from, to, unit },
      ...(sourceAmount !== undefined && { sourceAmount }),
      ...(destinationAmount !== undefined && { destinationAmount }),
      ...(hold !== undefined && { hold }),
    };
    const answer = readQuoteExplained(await client.get(['quote'], query));
    tell(answer, quoteLines, { options, shell });
    if (answer.refused !== null) process.exitCode = EXIT_REFUSED;
  });
}

function quoteLines(answer: QuoteExplained): string[] {
  const { refused, source, destination, sourceHoldMs, destinationHoldMs } = answer;
  const head = labelled([
    ['from', `${answer.from}: ${amountText(source)}`],
    ['to', `${answer.to}: ${amountText(destination)}`],
  ]);
  if (refused !== null) {
    const { code, name, message, triggeredBy, forwardedBy } = refused;
    return [
      ...head,
      ...labelled([
        ['refused', `${code} ${name}: ${message}`],
        ['raised by', [triggeredBy, ...forwardedBy].join(', passed on by ')],
        ['rates', ratesText(answer.rates)],
      ]),
    ];
  }
  return [
    ...head,
    ...labelled([
      ['on hold', `${destinationHoldMs} ms at the destination, ${sourceHoldMs ?? '?'} ms here`],
      ['holds until', answer.expiresAt ?? 'nobody says'],
      ['exchange', exchangeText(answer)],
      ['rates', ratesText(answer.rates)],
      ['route', routeText(answer.route)],
      ['known from', knownFrom(answer.answeredBy)],
      ['for', answer.appliesToPrefix ?? answer.to],
    ]),
    ...curveLines(answer.curve),
  ];
}

function amountText({ units, amount, currency }: QuoteExplained['source']): string {
  if (units === null) return currency === null ? 'any amount' : `any amount of ${currency}`;
  if (amount === null) return `${units} base units`;
  return `${units} base units (${amount} ${currency ?? ''})`;
}

function exchangeText({ exchange, source }: QuoteExplained): string {
  if (exchange === null) return 'none of ours';
  const { rate, spreadPpm, fee } = exchange;
  const price = decimalOf(BigInt(rate.numerator), BigInt(rate.denominator));
  const spread = decimalOf(BigInt(spreadPpm), 10_000n);
  const shown =
    source.scale === null ? '' : ` (${inCurrency(fee, source.scale)} ${exchange.source})`;
  const fees = fee === '0' ? 'no fee' : `fee ${fee} base units${shown}`;
  return `${price} ${exchange.destination} for one ${exchange.source}, spread ${spread} %, ${fees}`;
}

function ratesText({ state, version }: QuoteExplained['rates']): string {
  return version === null ? state : `${state}, version ${version}`;
}

function routeText(route: QuoteExplained['route']): string {
  if (route === null) return 'none is known';
  const { nextPrefix, nextHop, length, matchedKey, minMessageWindowMs } = route;
  const next = nextHop === null ? nextPrefix : `${nextPrefix}, to ${nextHop}`;
  const key = matchedKey === '' ? 'the default route' : matchedKey;
  return `over ${next}: ${length} ledgers, ${minMessageWindowMs} ms, by ${key}`;
}

function knownFrom(answeredBy: QuoteExplained['answeredBy']): string {
  if (answeredBy.kind === 'tables') return 'our own tables';
  const { peer, until } = answeredBy;
  return `a quote of ${peer}, ${until === null ? 'not kept' : `kept until ${until}`}`;
}

function curveLines(curve: QuoteExplained['curve']): string[] {
  if (curve === null) return [];
  return [
    'curve, base units: what comes in, and what it brings',
    ...curve.map((point) => `  ${point.join(' -> ')}`),
  ];
}
