import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { proposalLine } from '#domain/peering';
import { type CommandRun, runCommand } from '../../test/command-run';
import { type ConsoleAnswer, ScriptedConsole } from '../../test/scripted-console';
import type { Shell } from '../shell';
import { ledgerActions } from './ledger';
import { giveOrder } from './ledger-order';
import { showLedger } from './ledger-show';
import { peerCommands } from './peer';
import * as actions from './peer-actions';

const recorded = { event: 'PeerAdded', version: 7 };
const peer = { peer: 'alice', authority: 'admin', address: null };
const session = { state: 'open', reason: '', gateway: 'gateway-1' };
const dealings = { prepared: '3', fulfilled: '2', rejected: '1', expired: '0', amount: '1500' };
const overview = {
  ...peer,
  origin: 'operator',
  addedBy: 'carol',
  addedAt: '2017-01-01T00:00:00.000Z',
  discovery: 'btp',
  transport: 'btp',
  btpVersion: 'BTP/1.0',
  socket: 'server',
  currencyCode: 'USD',
  currencyScale: 2,
  session: {
    ...session,
    since: '2017-01-01T00:00:01.000Z',
    lastSeen: '2017-01-01T00:00:02.000Z',
    heard: { prefix: 'test.alice.' },
    told: { balance: '1500' },
  },
  ledger: {
    prefix: 'test.alice.',
    standing: 'open',
    standingReason: null,
    balance: '1500',
    incomingPrepared: '7',
    outgoingPrepared: '0',
    maxBalance: '100000',
    minBalance: null,
    difference: null,
  },
  dealings: {
    incoming: dealings,
    outgoing: { ...dealings, amount: '0' },
    lastFulfilledAt: '2017-01-01T00:00:03.000Z',
    disagreements: '0',
  },
};

function addCommands(causeway: Command, shell: Shell): void {
  const ledger = ledgerActions(shell, {
    order: () => Promise.resolve({ giveOrder }),
    show: () => Promise.resolve({ showLedger }),
  });
  peerCommands(causeway, { shell, ledger }, { actions: () => Promise.resolve(actions) });
}

describe('peers on the command line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-spec-'));
  let theConsole: ScriptedConsole;
  let answer: ConsoleAnswer;

  const run = (...words: readonly string[]): Promise<CommandRun> =>
    runCommand(addCommands, ['peer', ...words, ...theConsole.options]);
  const split = (line: string): string[] => line.split(' ');

  beforeEach(async () => {
    theConsole = await ScriptedConsole.listen();
    answer = { status: 409, body: { error: { kind: 'X', message: 'no' } } };
    theConsole.script = () => answer;
  });

  afterEach(() => theConsole.close());

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const text = proposalLine({ currencyCode: 'USD', currencyScale: 2 });

  it.each<[string, string, object]>([
    [
      'invite --id alice --currency USD --scale 9 --prefix test.alice. --max-balance 500 --by carol',
      '/api/peers/invitations',
      {
        id: 'alice',
        currencyCode: 'USD',
        currencyScale: 9,
        prefix: 'test.alice.',
        maxBalance: '500',
        by: 'carol',
      },
    ],
    [
      'invite --id a --currency USD --scale -2 --prefix p. --max-balance none --min-balance -5 ' +
        '--mode symmetric --btp-version BTP/alpha --username a',
      '/api/peers/invitations',
      {
        id: 'a',
        currencyCode: 'USD',
        currencyScale: -2,
        prefix: 'p.',
        maxBalance: 'unlimited',
        minBalance: '-5',
        mode: 'symmetric',
        btpVersion: 'BTP/alpha',
        username: 'a',
      },
    ],
    [
      'invite --id a --currency USD --scale 2 --prefix p. --max-balance 12.5 --in-currency',
      '/api/peers/invitations',
      { id: 'a', currencyCode: 'USD', currencyScale: 2, prefix: 'p.', maxBalance: '1250' },
    ],
    [`accept ${text}`, '/api/peers/acceptances', { invitation: text }],
    [
      `accept ${text} --id a --max-balance 0.05 --in-currency --currency USD --scale 2 ` +
        '--prefix p. --wait-ms 50',
      '/api/peers/acceptances',
      {
        invitation: text,
        id: 'a',
        maxBalance: '5',
        currencyCode: 'USD',
        currencyScale: 2,
        prefix: 'p.',
        waitMs: 50,
      },
    ],
    [
      'propose --host wallet2.com --currency USD --scale 9',
      '/api/peers/proposals',
      { hostname: 'wallet2.com', currencyCode: 'USD', currencyScale: 9 },
    ],
    [
      `agree ${text} --max-balance 5 --id w`,
      '/api/peers/agreements',
      { proposal: text, maxBalance: '5', id: 'w' },
    ],
    [
      `confirm ${text} --max-balance 5 --in-currency --wait-ms 0`,
      '/api/peers/confirmations',
      { answer: text, maxBalance: '500', waitMs: 0 },
    ],
    ['rotate-token alice', '/api/peers/alice/token', {}],
    ['rotate-token alice --new-token x', '/api/peers/alice/token', { token: 'x' }],
    ['rotate-token alice --uri btp+ws://:x@y', '/api/peers/alice/token', { uri: 'btp+ws://:x@y' }],
    ['remove alice --reason gone', '/api/peers/alice/removal', { reason: 'gone' }],
    [
      'remove alice --reason gone --balance -5 --keep-ledger',
      '/api/peers/alice/removal',
      { reason: 'gone', balance: '-5', keepLedger: true },
    ],
    ['pause alice --reason x', '/api/ledgers/alice/pause', { reason: 'x' }],
    ['resume alice --reason x', '/api/ledgers/alice/resume', { reason: 'x' }],
    ['drain alice --reason x', '/api/ledgers/alice/drain', { reason: 'x' }],
    ['limits alice --max-balance none', '/api/ledgers/alice/limits', { maxBalance: null }],
  ])('%s: is one order to the console, and what it refuses is told', async (line, path, body) => {
    const { exitCode, notes } = await run(...split(line));
    expect(theConsole.asked).toMatchObject([{ method: 'POST', url: path }]);
    expect(theConsole.asked[0]?.body).toEqual(body);
    expect(notes).toEqual(['no']);
    expect(exitCode).toBe(1);
  });

  it.each<[string, string]>([
    ['yaml', 'id: alice\nauthority: admin\n'],
    ['list', '- id: alice\n  authority: admin\n'],
    ['json', '{"id":"alice","authority":"admin"}'],
  ])('add a peer from %s', async (name, content) => {
    const file = join(folder, name);
    writeFileSync(file, content);
    await run('add', file);
    const body = { peer: { id: 'alice', authority: 'admin' } };
    expect(theConsole.asked).toMatchObject([{ method: 'POST', url: '/api/peers', body }]);
  });

  it.each<[string, string, string]>([
    ['nothing', '[]', 'must be one entry'],
    ['two', '[{"id":"a"},{"id":"b"}]', 'must be one entry'],
    ['neither', '{"token": "sesame', 'is neither YAML nor JSON'],
  ])('add no peer from a file with %s', async (name, content, message) => {
    const file = join(folder, name);
    writeFileSync(file, content);
    await expect(run('add', file)).rejects.toThrow(`${file}: ${message}`);
    await expect(run('add', `${file}-that-is-not`)).rejects.toThrow('cannot be read');
    expect(theConsole.asked).toEqual([]);
  });

  it.each(['1.5', 'nine'])('take no scale of %s', async (scale) => {
    const line = `propose --host x.com --currency USD --scale ${scale}`;
    await expect(run(...split(line))).rejects.toThrow('must be a whole number');
    expect(theConsole.asked).toEqual([]);
  });

  it('tell the invitation once in each form, and what to do with it', async () => {
    const invitation = { intent: 'peer' };
    answer = { status: 200, body: { ...recorded, peer, invitation, line: 'causeway-peer:x' } };
    const words = 'invite --id alice --currency USD --scale 9 --prefix test.alice. --max-balance 5';
    const { out, notes, exitCode } = await run(...split(words));
    expect(out).toEqual([
      'PeerAdded is on record as _connector:7',
      'peer        alice, admin, it dials us',
      '{"intent":"peer"}',
      'causeway-peer:x',
    ]);
    expect(notes.join()).toContain('which is not shown again');
    expect(exitCode).toBeUndefined();
  });

  it('tell what a peer said that lets us in, and how its session stands', async () => {
    const said = { prefix: 'test.alice.', currencyCode: 'USD', currencyScale: 2, limit: '5' };
    const dialled = { ...peer, authority: 'shadow', address: 'ws://alice.example' };
    answer = { status: 200, body: { ...recorded, peer: dialled, said, session } };
    expect((await run('accept', text)).out).toEqual([
      'PeerAdded is on record as _connector:7',
      'peer        alice, shadow, ws://alice.example',
      'ledger      test.alice., USD with scale 2',
      'it says     limit 5, balance unknown',
      'session     open at gateway-1',
    ]);
    answer = { status: 200, body: { ...recorded, peer: dialled, said, session: null } };
    expect((await run('accept', text)).out.at(-1)).toBe('session     not known to any gateway yet');
  });

  it.each<[string, object, string]>([
    ['propose --host w.com --currency USD --scale 9', { proposal: {} }, 'operator of w.com'],
    [`agree ${text} --max-balance 5`, { answer: {}, publicKey: 'k' }, 'back as the answer'],
  ])('tell what to send: %s', async (line, members, remark) => {
    const said = { ...recorded, peer, hostname: 'w.com', line: 'causeway-peer:y', ...members };
    answer = { status: 200, body: said };
    const { out, notes } = await run(...split(line));
    expect(out.slice(-2)).toEqual(['{}', 'causeway-peer:y']);
    expect(notes.join()).toContain(remark);
  });

  it('tell a new token once, and what became of a ledger', async () => {
    answer = { status: 200, body: { ...recorded, token: 'sesame', uri: 'btp+ws://:sesame@x' } };
    const { out, notes } = await run('rotate-token', 'alice');
    expect(out.slice(1)).toEqual(['token       sesame', 'uri         btp+ws://:sesame@x']);
    expect(notes.join()).toContain('which is not shown again');
    answer = { status: 200, body: { ...recorded, ledger: 'kept' } };
    const removed = await run('remove', 'alice', '--reason', 'gone');
    expect(removed.out.at(-1)).toBe('ledger      paused, and kept for the same peer');
  });

  it('tell in JSON what the console says', async () => {
    const body = { ...recorded, anything: true };
    answer = { status: 200, body };
    const { out, notes } = await run('accept', text, '--json');
    expect({ out, notes }).toEqual({ out: [JSON.stringify(body)], notes: [] });
  });

  it('exit 2 when nobody can find out about a peer', async () => {
    answer = { status: 503, body: { error: { message: 'no gateway' } } };
    const { notes, exitCode } = await run('accept', text);
    expect({ notes, exitCode }).toEqual({ notes: ['no gateway'], exitCode: 2 });
  });

  const list = (more: object = {}) => ({
    gateways: 1,
    peers: [overview, { ...overview, peer: 'bob', socket: 'client', session: null, ledger: null }],
    unusable: [],
    proposals: [],
    ...more,
  });
  const columns = (line: string | undefined): string[] => (line ?? '').split(/ {2,}/);

  it('list every peer in a line', async () => {
    answer = { status: 200, body: list() };
    const { out, notes } = await run('list');
    expect(theConsole.asked).toMatchObject([{ method: 'GET', url: '/api/peers' }]);
    expect(columns(out[1])).toEqual([
      'alice',
      'operator',
      'btp, it dials',
      'admin',
      'open',
      'test.alice.',
      'USD 2',
      'open',
      '1500',
      '7',
      '0',
      'none',
      '100000',
    ]);
    expect(columns(out[2]).slice(2, 7)).toEqual([
      'btp, we dial',
      'admin',
      'none',
      'not open yet',
      'USD 2',
    ]);
    expect(notes).toEqual([]);
    const inCurrency = await run('list', '--in-currency');
    expect(columns(inCurrency.out[1]).slice(8)).toEqual([
      '15.00',
      '0.07',
      '0.00',
      'none',
      '1000.00',
    ]);
  });

  it('list what is proposed, what is of no use, and that no gateway answers', async () => {
    const proposal = {
      hostname: 'w.com',
      currencyCode: 'USD',
      currencyScale: 9,
      by: 'carol',
      proposedAt: '2017-01-01T00:00:00.000Z',
    };
    const unusable = [{ peerId: 'zoe', problem: 'its secrets are gone' }];
    answer = { status: 200, body: list({ gateways: 0, proposals: [proposal], unusable }) };
    const { out, notes } = await run('list');
    expect(out.at(-1)).toBe(
      'proposed to w.com: USD with scale 9 (carol, 2017-01-01T00:00:00.000Z)',
    );
    expect(columns(out[2])[4]).toBe('not known');
    expect(notes).toEqual([
      'zoe is of no use: its secrets are gone',
      'no gateway answers, so nobody knows how the sessions stand',
    ]);
  });

  it('show everything about one', async () => {
    answer = { status: 200, body: { gateways: 1, peer: overview } };
    const { out } = await run('show', 'alice', '--in-currency');
    expect(theConsole.asked).toMatchObject([{ method: 'GET', url: '/api/peers/alice' }]);
    expect(out).toEqual([
      'peer        alice, admin',
      'origin      added by carol at 2017-01-01T00:00:00.000Z',
      'reached     btp, it dials (BTP/1.0)',
      'session     open since 2017-01-01T00:00:01.000Z, says gateway-1',
      'last seen   2017-01-01T00:00:02.000Z',
      'it told     prefix test.alice.',
      'we told     balance 1500',
      'ledger      test.alice., USD with scale 2, open',
      'balance     15.00',
      'on hold     0.07 coming in, 0.00 going out',
      'limits      from none to 1000.00',
      'incoming    2 of 3 fulfilled, 1 rejected, 0 expired, 15.00 in all',
      'outgoing    2 of 3 fulfilled, 1 rejected, 0 expired, 0.00 in all',
      'last        2017-01-01T00:00:03.000Z',
      'disagreed   0 times',
    ]);
  });
});
