import { z } from 'zod';
import { inCurrency } from '#domain/ledger';
import { table } from '../table';
import { labelled } from './ledger-lines';
import type { Teller } from './peer-order';

const dealings = z.object({
  prepared: z.string(),
  fulfilled: z.string(),
  rejected: z.string(),
  expired: z.string(),
  amount: z.string(),
});
const texts = z.record(z.string(), z.string());

const overview = z.object({
  peer: z.string(),
  origin: z.string(),
  addedBy: z.string().nullable(),
  addedAt: z.string().nullable(),
  discovery: z.string(),
  transport: z.string().nullable(),
  btpVersion: z.string(),
  socket: z.string().nullable(),
  address: z.string().nullable(),
  authority: z.string(),
  currencyCode: z.string(),
  currencyScale: z.number(),
  session: z
    .object({
      state: z.string(),
      reason: z.string(),
      since: z.string(),
      lastSeen: z.string().nullable(),
      gateway: z.string(),
      heard: texts,
      told: texts,
    })
    .nullable(),
  ledger: z
    .object({
      prefix: z.string(),
      standing: z.string(),
      standingReason: z.string().nullable(),
      balance: z.string(),
      incomingPrepared: z.string(),
      outgoingPrepared: z.string(),
      maxBalance: z.string().nullable(),
      minBalance: z.string().nullable(),
      difference: z.object({ ours: z.string(), theirs: z.string() }).nullable(),
    })
    .nullable(),
  dealings: z
    .object({
      incoming: dealings,
      outgoing: dealings,
      lastFulfilledAt: z.string().nullable(),
      disagreements: z.string(),
    })
    .nullable(),
});
type Overview = z.infer<typeof overview>;

const listed = z.object({
  gateways: z.number(),
  peers: z.array(overview),
  unusable: z.array(z.object({ peerId: z.string(), problem: z.string() })),
  proposals: z.array(
    z.object({
      hostname: z.string(),
      currencyCode: z.string(),
      currencyScale: z.number(),
      by: z.string(),
      proposedAt: z.string(),
    }),
  ),
});
const shown = z.object({ gateways: z.number(), peer: overview });

interface AmountOptions {
  readonly inCurrency?: boolean;
}
type Amount = (units: string | null) => string;

const HEADINGS = [
  'peer',
  'origin',
  'reached by',
  'authority',
  'session',
  'ledger',
  'currency',
  'standing',
  'balance',
  'coming in',
  'going out',
  'min',
  'max',
];
const RIGHT = [8, 9, 10, 11, 12];
const SILENCE = 'no gateway answers, so nobody knows how the sessions stand';

/** Every peer in one line, then what else there is to say. */
export function peerTable(options: AmountOptions): Teller {
  return (answer) => {
    const { peers, proposals, unusable, gateways } = listed.parse(answer);
    const rows = peers.map((peer) => cells(peer, { gateways, amount: amounts(peer, options) }));
    const pending = proposals.map(
      ({ hostname, currencyCode, currencyScale, by, proposedAt }) =>
        `proposed to ${hostname}: ${currencyCode} with scale ${currencyScale} (${by}, ${proposedAt})`,
    );
    const problems = unusable.map(({ peerId, problem }) => `${peerId} is of no use: ${problem}`);
    return {
      lines: [...table(HEADINGS, rows, RIGHT), ...pending],
      remarks: [...problems, ...(gateways === 0 ? [SILENCE] : [])],
    };
  };
}

interface Telling {
  readonly gateways: number;
  readonly amount: Amount;
}

function cells(peer: Overview, { gateways, amount }: Telling): string[] {
  const { ledger, currencyCode, currencyScale } = peer;
  const currency = `${currencyCode} ${currencyScale}`;
  const start = [peer.peer, peer.origin, reachedBy(peer), peer.authority];
  const session = peer.session?.state ?? (gateways === 0 ? 'not known' : 'none');
  if (ledger === null) return [...start, session, 'not open yet', currency];
  const { standing, balance, incomingPrepared, outgoingPrepared, minBalance, maxBalance } = ledger;
  return [
    ...start,
    session,
    ledger.prefix,
    currency,
    ledger.difference === null ? standing : `${standing}, disputed`,
    ...[balance, incomingPrepared, outgoingPrepared, minBalance, maxBalance].map(amount),
  ];
}

function reachedBy({ discovery, transport, socket }: Overview): string {
  if (discovery === 'webfinger') return 'webfinger';
  if (transport === 'rpc') return 'rpc';
  return socket === 'server' ? 'btp, it dials' : 'btp, we dial';
}

/** Everything about one peer, a line each. */
export function peerLines(options: AmountOptions): Teller {
  return (answer) => {
    const { peer, gateways } = shown.parse(answer);
    const amount = amounts(peer, options);
    return {
      lines: labelled([
        ['peer', `${peer.peer}, ${peer.authority}`],
        ['origin', originOf(peer)],
        ['reached', reachedAt(peer)],
        ...sessionLines(peer, gateways),
        ...ledgerLinesOf(peer, amount),
        ...dealingsLines(peer, amount),
      ]),
      remarks: gateways === 0 ? [SILENCE] : [],
    };
  };
}

type Line = readonly [label: string, text: string];

function originOf({ origin, addedBy, addedAt }: Overview): string {
  if (origin === 'configuration') return 'the configuration';
  return `added by ${addedBy ?? '?'} at ${addedAt ?? '?'}`;
}

function reachedAt(peer: Overview): string {
  const { address, btpVersion, transport } = peer;
  const version = transport === 'btp' ? ` (${btpVersion})` : '';
  return `${reachedBy(peer)}${address === null ? '' : `, ${address}`}${version}`;
}

function sessionLines({ session }: Overview, gateways: number): Line[] {
  if (session === null) return [['session', gateways === 0 ? 'not known' : 'none']];
  const { state, reason, since, lastSeen, gateway, heard, told } = session;
  return [
    ['session', `${state} since ${since}, says ${gateway}${reason === '' ? '' : `: ${reason}`}`],
    ['last seen', lastSeen ?? 'never'],
    ...sayings('it told', heard),
    ...sayings('we told', told),
  ];
}

function sayings(label: string, said: Readonly<Record<string, string>>): Line[] {
  const words = Object.entries(said).map(([name, value]) => `${name} ${value}`);
  return words.length === 0 ? [] : [[label, words.join(', ')]];
}

function ledgerLinesOf({ ledger, ...peer }: Overview, amount: Amount): Line[] {
  const currency = `${peer.currencyCode} with scale ${peer.currencyScale}`;
  if (ledger === null) return [['ledger', `not open yet, ${currency}`]];
  const { standing, standingReason, incomingPrepared, outgoingPrepared, difference } = ledger;
  const why = standingReason === null ? '' : ` (${standingReason})`;
  const lines: Line[] = [
    ['ledger', `${ledger.prefix}, ${currency}, ${standing}${why}`],
    ['balance', amount(ledger.balance)],
    ['on hold', `${amount(incomingPrepared)} coming in, ${amount(outgoingPrepared)} going out`],
    ['limits', `from ${amount(ledger.minBalance)} to ${amount(ledger.maxBalance)}`],
  ];
  if (difference === null) return lines;
  const { ours, theirs } = difference;
  return [...lines, ['difference', `ours ${amount(ours)}, theirs ${amount(theirs)}`]];
}

function dealingsLines({ dealings: known }: Overview, amount: Amount): Line[] {
  if (known === null) return [];
  const told = (way: z.infer<typeof dealings>): string =>
    `${way.fulfilled} of ${way.prepared} fulfilled, ${way.rejected} rejected, ` +
    `${way.expired} expired, ${amount(way.amount)} in all`;
  return [
    ['incoming', told(known.incoming)],
    ['outgoing', told(known.outgoing)],
    ['last', known.lastFulfilledAt ?? 'no payment yet'],
    ['disagreed', `${known.disagreements} times`],
  ];
}

function amounts({ currencyScale }: Overview, options: AmountOptions): Amount {
  return (units) => {
    if (units === null) return 'none';
    return options.inCurrency === true ? inCurrency(units, currencyScale) : units;
  };
}
