import { z } from 'zod';
import { currencyIn } from '#domain/peering';
import type { ConsoleClient } from '../console-client';
import type { Shell } from '../shell';
import { type OrderOptions } from './ledger-order';
import {
  agreed,
  added,
  accepted,
  confirmed,
  invited,
  proposed,
  removed,
  rotated,
} from './peer-answers';
import { peerLines, peerTable } from './peer-lines';
import {
  askOfPeers,
  givenText,
  givePeerOrder,
  limitOf,
  type PeerOrder,
  readPeerFile,
  type Teller,
} from './peer-order';

/** As the command line has them; what was not given is undefined. */
type Options = OrderOptions & Readonly<Record<string, string | number | boolean | undefined>>;

/** For the console to try a peer, or to look one up. */
const TRIAL_MS = 30_000;
const WAIT_MS = 10_000;

const order = (
  given: PeerOrder & { readonly tell: Teller },
  options: Options,
  shell: Shell,
): Promise<void> => givePeerOrder(given, { ...options, tell: given.tell }, shell);

/** What each `causeway peer …` does; the first argument is what the command is about. */
export const PEER_ACTIONS = {
  list: (_: string, options: Options, shell: Shell) =>
    askOfPeers((client) => client.get(['peers']), { ...options, tell: peerTable(options) }, shell),

  show: (id: string, options: Options, shell: Shell) =>
    askOfPeers(
      (client) => client.get(['peers', id]),
      { ...options, tell: peerLines(options) },
      shell,
    ),

  invite: (_: string, options: Options, shell: Shell) =>
    order(
      {
        path: ['invitations'],
        body: {
          ...texts(options, ['id', 'prefix', 'mode', 'btpVersion', 'username']),
          ...currency(options),
          ...limits(options, () => scaleIn(options)),
        },
        tell: invited,
      },
      options,
      shell,
    ),

  accept: (written: string, options: Options, shell: Shell) => {
    const invitation = givenText(written);
    return order(
      {
        path: ['acceptances'],
        body: {
          invitation,
          ...texts(options, ['id', 'prefix']),
          ...currency(options),
          ...limits(options, () => currencyIn(invitation).currencyScale),
          ...wait(options),
        },
        patienceMs: TRIAL_MS + patience(options),
        tell: accepted,
      },
      options,
      shell,
    );
  },

  propose: (_: string, options: Options, shell: Shell) => {
    const body = { hostname: options.host, ...currency(options) };
    return order({ path: ['proposals'], body, tell: proposed }, options, shell);
  },

  agree: (written: string, options: Options, shell: Shell) => {
    const proposal = givenText(written);
    const scale = () => currencyIn(proposal).currencyScale;
    const body = { proposal, ...texts(options, ['id']), ...limits(options, scale) };
    return order(
      { path: ['agreements'], body, patienceMs: TRIAL_MS, tell: agreed },
      options,
      shell,
    );
  },

  confirm: (written: string, options: Options, shell: Shell) => {
    const answer = givenText(written);
    const scale = () => currencyIn(answer).currencyScale;
    const terms = { ...texts(options, ['id']), ...limits(options, scale), ...wait(options) };
    const patienceMs = TRIAL_MS + patience(options);
    const body = { answer, ...terms };
    return order({ path: ['confirmations'], body, patienceMs, tell: confirmed }, options, shell);
  },

  add: (file: string, options: Options, shell: Shell) =>
    order({ path: [], body: { peer: readPeerFile(file) }, tell: added }, options, shell),

  rotate: (id: string, options: Options, shell: Shell) => {
    const { newToken, uri } = options;
    const body = {
      token: secretIn(newToken),
      uri: secretIn(uri),
    };
    return order({ path: [id, 'token'], body, tell: rotated }, options, shell);
  },

  remove: (id: string, options: Options, shell: Shell) => {
    const { reason, balance, keepLedger } = options;
    const remove = async (client: ConsoleClient): Promise<unknown> => {
      const scale = options.inCurrency === true ? await scaleOf(client, id) : undefined;
      const left = limitOf(
        '--balance',
        textOf(balance),
        scale === undefined ? undefined : () => scale,
      );
      const body = { reason, balance: left, keepLedger, by: options.by };
      return client.post(['peers', id, 'removal'], body);
    };
    return askOfPeers(remove, { ...options, tell: removed }, shell);
  },
} as const;

function texts(options: Options, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, options[name]]));
}

function currency({ currency: currencyCode, scale }: Options): Record<string, unknown> {
  return { currencyCode, currencyScale: scale };
}

function scaleIn({ scale }: Options): number {
  return typeof scale === 'number' ? scale : 0;
}

function limits(options: Options, scale: () => number): Record<string, unknown> {
  const { maxBalance, minBalance, inCurrency } = options;
  const scaleOfAmounts = inCurrency === true ? scale : undefined;
  return {
    maxBalance: limitOf('--max-balance', textOf(maxBalance), scaleOfAmounts),
    minBalance: limitOf('--min-balance', textOf(minBalance), scaleOfAmounts),
  };
}

function textOf(value: Options[string]): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function secretIn(written: Options[string]): string | undefined {
  return typeof written === 'string' ? givenText(written) : undefined;
}

function wait({ waitMs }: Options): Record<string, unknown> {
  return { waitMs };
}

function patience({ waitMs }: Options): number {
  return typeof waitMs === 'number' ? waitMs : WAIT_MS;
}

const scaled = z.object({ ledger: z.object({ currencyScale: z.number().int() }) });

async function scaleOf(client: ConsoleClient, peer: string): Promise<number> {
  return scaled.parse(await client.get(['ledgers', peer])).ledger.currencyScale;
}
