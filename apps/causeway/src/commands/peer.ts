import { InvalidArgumentError, type Command } from 'commander';
import type { Shell } from '../shell';
import {
  addLimits,
  addStandings,
  withAmounts,
  withConsole,
  withOrder,
  type LedgerActions,
} from './ledger';
import type { OrderOptions } from './ledger-order';
import type * as actions from './peer-actions';

/** What the commands do, each with the process's shell. */
export type PeerActions = typeof actions.PEER_ACTIONS;

type Options = OrderOptions & Readonly<Record<string, string | number | boolean | undefined>>;
type Act = (name: keyof PeerActions, subject: string, options: Options) => Promise<void>;

interface Modules {
  readonly actions: () => Promise<Pick<typeof actions, 'PEER_ACTIONS'>>;
}

const LAZY: Modules = { actions: () => import('./peer-actions.js') };
const PEER = { argument: '<id>', meaning: 'id of the peer' };

/** Adds `causeway peer …`: peers that come and go at run time, by the console. */
export function peerCommands(
  causeway: Command,
  { shell, ledger }: { readonly shell: Shell; readonly ledger: LedgerActions },
  modules = LAZY,
): void {
  const act: Act = async (name, subject, options) => {
    const { PEER_ACTIONS } = await modules.actions();
    await PEER_ACTIONS[name](subject, options, shell);
  };
  const peer = causeway.command('peer').description('look at peers, add and remove them');
  addLooks(peer, act);
  addInvitations(peer, act);
  addProposals(peer, act);
  addChanges(peer, act);
  addLimits(peer, ledger, PEER);
  addStandings(peer, ledger, PEER);
}

function addLooks(peer: Command, act: Act): void {
  withConsole(peer.command('list'))
    .description('every peer: where it comes from, how it stands, its ledger')
    .option('--in-currency', 'amounts in the currency of each ledger, not in base units')
    .action((options: Options) => act('list', '', options));
  withConsole(peer.command('show'))
    .description('everything about one peer')
    .argument(PEER.argument, PEER.meaning)
    .option('--in-currency', 'amounts in the currency of the ledger, not in base units')
    .action((id: string, options: Options) => act('show', id, options));
}

function wholeNumber(written: string): number {
  if (/^-?\d{1,9}$/.test(written)) return Number(written);
  throw new InvalidArgumentError('must be a whole number');
}

function withLimits(command: Command): Command {
  return withAmounts(command)
    .option('--max-balance <amount>', 'how much the peer may owe us, or none')
    .option('--min-balance <amount>', 'minus how much we may owe, or none');
}

const WAIT = 'how long to wait for the session to open, ms; default 10000';

function addInvitations(peer: Command, act: Act): void {
  withLimits(withCurrency(peer.command('invite')))
    .description('make a token, open a ledger, and say what to send to the other operator')
    .requiredOption('--id <id>', 'what the peer and its ledger shall be called')
    .requiredOption('--prefix <prefix>', 'ILP prefix of the ledger, ending in a dot')
    .option('--mode <mode>', 'asymmetric: we decide on the ledger; symmetric: both do')
    .option('--btp-version <version>', 'BTP/1.0 or BTP/alpha')
    .option('--username <name>', 'what the peer presents beside the token')
    .action((options: Options) => act('invite', '', options));
  withLimits(peer.command('accept'))
    .description('accept an invitation: try it, and add the peer if it lets us in')
    .argument('<invitation>', 'as it came: JSON or the one line; - reads it from standard input')
    .option('--id <id>', 'what the peer shall be called; default by its host and currency')
    .option('--currency <code>', 'refuse any other')
    .option('--scale <number>', 'refuse any other', wholeNumber)
    .option('--prefix <prefix>', 'refuse any other')
    .option('--wait-ms <count>', WAIT, wholeNumber)
    .action((invitation: string, options: Options) => act('accept', invitation, options));
}

function withCurrency(command: Command): Command {
  return command
    .requiredOption('--currency <code>', 'three letters, as USD')
    .requiredOption('--scale <number>', 'decimal places of the base unit, -9 to 18', wholeNumber);
}

function addProposals(peer: Command, act: Act): void {
  withOrder(withCurrency(peer.command('propose')))
    .description('propose to peer with the connector of a host, found by WebFinger')
    .requiredOption('--host <host>', 'host or host:port of the other connector')
    .action((options: Options) => act('propose', '', options));
  withLimits(peer.command('agree'))
    .description('agree with a proposal: look its host up, add the peer, and say what to answer')
    .argument('<proposal>', 'as it came: JSON or the one line; - reads it from standard input')
    .option('--id <id>', 'what the peer shall be called; default by its host and currency')
    .action((proposal: string, options: Options) => act('agree', proposal, options));
  withLimits(peer.command('confirm'))
    .description('add the peer that agreed with a proposal of ours')
    .argument('<answer>', 'as it came: JSON or the one line; - reads it from standard input')
    .option('--id <id>', 'what the peer shall be called; default by its host and currency')
    .option('--wait-ms <count>', WAIT, wholeNumber)
    .action((answer: string, options: Options) => act('confirm', answer, options));
}

function addChanges(peer: Command, act: Act): void {
  withOrder(peer.command('add'))
    .description('add a peer that is written out as in the configuration')
    .argument('<file>', 'YAML or JSON of one entry of `peers`; - reads it from standard input')
    .action((file: string, options: Options) => act('add', file, options));
  withOrder(peer.command('rotate-token'))
    .description('present another token; of a peer that dials us a fresh one, unless one is given')
    .argument(PEER.argument, PEER.meaning)
    .option('--new-token <token>', 'the token from now on; - reads it from standard input')
    .option('--uri <uri>', 'of a peer that we dial: the URI with it; - reads it so')
    .action((id: string, options: Options) => act('rotate', id, options));
  withAmounts(peer.command('remove'))
    .description('end the session, close the ledger, forget what is presented')
    .argument(PEER.argument, PEER.meaning)
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--balance <amount>', 'the balance that is left unsettled, unless it is 0')
    .option('--keep-ledger', 'leave the ledger paused, so that the peer can be added again')
    .action((id: string, options: Options) => act('remove', id, options));
}
