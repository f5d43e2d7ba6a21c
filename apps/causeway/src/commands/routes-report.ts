import {
  type ExplainReply,
  type HeardReply,
  readExplainReply,
  readHeardReply,
  readRoutesReply,
  readToldReply,
  type RoutesReply,
  type ToldReply,
} from '#contracts';
import type { ConsoleClient } from '../console-client';
import type { ConsoleOptions } from '../console-client-access';
import type { Shell } from '../shell';
import { table } from '../table';
import { tell } from '../tell';
import { atConsole } from './ledger-order';

export interface RoutesOptions extends ConsoleOptions {
  readonly prefix: string;
  readonly json?: boolean;
}

export interface ExplainOptions extends ConsoleOptions {
  readonly from: string;
  readonly to: string;
  readonly amount?: string;
  readonly destinationAmount?: string;
  readonly json?: boolean;
}

type Points = RoutesReply['routes'][number]['ways'][number]['points'];

/** `causeway routes`. Exit codes as of orders. */
export function showRoutes(options: RoutesOptions, shell: Shell): Promise<void> {
  return atConsole(options, shell, async (client) => {
    const reply = await wholeList(client, ['routes'], { options, read: readRoutesReply });
    tell(reply, routesLines, { options, shell });
  });
}

/** `causeway routes explain`. Exit codes as of orders. */
export function explainRoute(options: ExplainOptions, shell: Shell): Promise<void> {
  return atConsole(options, shell, async (client) => {
    const { from, to, amount, destinationAmount } = options;
    const query = {
      from,
      to,
      ...(amount !== undefined && { amount }),
      ...(destinationAmount !== undefined && { destinationAmount }),
    };
    const reply = readExplainReply(await client.get(['routes', 'explain'], query));
    tell(reply, explainLines, { options, shell });
  });
}

/** `causeway routes told`. Exit codes as of orders. */
export function showTold(peer: string, options: RoutesOptions, shell: Shell): Promise<void> {
  return atConsole(options, shell, async (client) => {
    const path = ['peers', peer, 'routes', 'told'];
    const reply = await wholeList(client, path, { options, read: readToldReply });
    tell(reply, toldLines, { options, shell });
  });
}

/** `causeway routes heard`. Exit codes as of orders. */
export function showHeard(peer: string, options: RoutesOptions, shell: Shell): Promise<void> {
  return atConsole(options, shell, async (client) => {
    const path = ['peers', peer, 'routes', 'heard'];
    const reply = await wholeList(client, path, { options, read: readHeardReply });
    tell(reply, heardLines, { options, shell });
  });
}

interface Listed {
  readonly routes: readonly unknown[];
  readonly next: string | null;
}

/** The first answer, with the routes of all pages. */
async function wholeList<T extends Listed>(
  client: ConsoleClient,
  path: readonly string[],
  { options, read }: { readonly options: RoutesOptions; readonly read: (answer: unknown) => T },
): Promise<T> {
  const { prefix } = options;
  const first = read(await client.get(path, { prefix }));
  const routes: unknown[] = [...first.routes];
  for (let { next } = first; next !== null;) {
    const page: T = read(await client.get(path, { prefix, after: next }));
    routes.push(...page.routes);
    next = page.next;
  }
  return { ...first, routes, next: null };
}

function routesLines({ routes }: RoutesReply): string[] {
  if (routes.length === 0) return ['nothing leads there'];
  const rows = routes.flatMap(({ destination, ways }) =>
    ways.map((way) => [
      destination,
      way.kind,
      way.nextPrefix,
      way.nextHop ?? '',
      String(way.length),
      // What our own pairs bring depends on where a payment comes from.
      way.kind === 'local' ? '' : carries(way.points),
      way.connected ? (way.expiresAt ?? '') : 'not connected',
    ]),
  );
  const headings = ['destination', 'kind', 'over', 'to', 'length', 'brings at most', 'until'];
  return table(headings, rows, [4, 5]);
}

function explainLines(reply: ExplainReply): string[] {
  const { from, to, amount, destinationAmount, verdict, matchedKey } = reply;
  const asked =
    destinationAmount === null
      ? `${amount ?? 'an amount'} from ${from} to ${to}`
      : `${destinationAmount} at ${to}, from ${from}${amount === null ? '' : `, for ${amount}`}`;
  return [
    `${asked}: ${VERDICTS[verdict]}${matchedKey === null ? '' : ` (${named(matchedKey)})`}`,
    ...reply.passedOver.map(({ key }) => `passed over: ${named(key)}`),
    ...wayLines(reply.ways),
    ...refusedLines([...reply.passedOver.flatMap(({ refused }) => refused), ...reply.refused]),
    ...sectionLines(reply.sections),
  ];
}

const VERDICTS: Readonly<Record<ExplainReply['verdict'], string>> = {
  'no-route': 'there is no route',
  'stays-on-source': 'that lies on the ledger it comes from',
  unusable: 'no way can be used now',
  route: 'there is a way',
};

function wayLines(ways: ExplainReply['ways']): string[] {
  if (ways.length === 0) return [];
  const rows = ways.map(({ price, quoted, ...way }) => [
    way.chosen ? '>' : '',
    way.kind,
    way.nextPrefix,
    way.nextHop ?? '',
    String(way.length),
    price === null ? 'to be asked' : (price.brings ?? ''),
    price === null ? '' : `${price.leastSource} to ${price.mostSource}`,
    quoted === null ? '' : `${quoted.appliesTo || 'all'} until ${quoted.expiresAt ?? ''}`,
  ]);
  return table(['', 'kind', 'over', 'to', 'length', 'brings', 'takes', 'quoted'], rows, [4, 5]);
}

function refusedLines(refused: ExplainReply['refused']): string[] {
  return refused.map(({ nextPrefix, nextHop, reason }) => {
    return `not ${nextHop ?? nextPrefix}: ${reason.replaceAll('-', ' ')}`;
  });
}

function sectionLines(sections: ExplainReply['sections']): string[] {
  if (sections.length < 2) return [];
  return sections.map(({ fromAmount, toAmount, nextPrefix, nextHop }) => {
    return `${fromAmount} to ${toAmount ?? 'more'}: ${nextHop ?? nextPrefix}`;
  });
}

function toldLines(reply: ToldReply): string[] {
  const { peer, connected, dialect, count, latest } = reply;
  const rows = reply.routes.map(({ destination, known, route }) => [
    destination,
    route === null ? 'to be withdrawn' : known,
    route === null ? '' : carries(route.points),
    route === null ? '' : String(route.minMessageWindowS),
  ]);
  return [
    `${peer} ${connected ? 'is connected' : 'is not connected'}, written to in ${dialect}`,
    `knows ${count} routes; sent ${reply.lastSentAt ?? 'never'}, latest: ${latestText(latest)}`,
    ...(rows.length === 0
      ? []
      : table(['destination', 'known', 'brings at most', 'window s'], rows, [2, 3])),
    ...reply.unsaid.map(({ destination, reason }) => `cannot be told: ${destination}: ${reason}`),
  ];
}

function latestText(latest: ToldReply['latest']): string {
  if (latest === null) return 'nothing yet';
  const { outcome, at, reason } = latest;
  return `${outcome}${at === null ? '' : ` ${at}`}${reason === null ? '' : ` (${reason})`}`;
}

function heardLines(reply: HeardReply): string[] {
  const { peer, connected, heardAt, updates, count, skipped, unused, refusal } = reply;
  const rows = reply.routes.map(({ destination, points, minMessageWindowS, paths, expiresAt }) => [
    destination,
    carries(points),
    minMessageWindowS === null ? '' : String(minMessageWindowS),
    paths.map((path) => path.join(' ')).join(' | '),
    expiresAt ?? '',
  ]);
  const headings = ['destination', 'brings at most', 'window s', 'by way of', 'until'];
  return [
    `${peer} ${connected ? 'is connected' : 'is not connected'}, last heard ${heardAt ?? 'never'}`,
    `told ${count} routes that are kept, in ${updates} updates`,
    ...Object.entries(skipped).map(([reason, times]) => `not used: ${times} (${reason})`),
    ...refusalLines(refusal),
    ...unused.map(({ destination, reason }) => `of no use: ${destination}: ${reason}`),
    ...(rows.length === 0 ? [] : table(headings, rows, [1, 2])),
  ];
}

function refusalLines(refusal: HeardReply['refusal']): string[] {
  if (refusal === null) return [];
  return [`an update was refused ${refusal.at ?? ''}: ${refusal.member}: ${refusal.rule}`];
}

function carries(points: Points): string {
  if (points === null) return 'to be asked';
  return points.at(-1)?.[1] ?? '0';
}

function named(key: string): string {
  return key === '' ? 'the default route' : key;
}
