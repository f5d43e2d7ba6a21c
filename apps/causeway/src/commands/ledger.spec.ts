import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { type CommandRun, runCommand } from '../../test/command-run';
import { type ConsoleAnswer, ScriptedConsole } from '../../test/scripted-console';
import type { Shell } from '../shell';
import { writeRunningConnector } from '../supervisor/run-files';
import { ledgerActions, ledgerCommands } from './ledger';
import { giveOrder } from './ledger-order';
import { showLedger } from './ledger-show';
import { settleCommands } from './settle';

const ledger = {
  ledger: 'alice',
  currencyCode: 'USD',
  currencyScale: 2,
  standing: 'paused',
  balance: '-1500',
  incomingPrepared: '7',
  outgoingPrepared: '0',
  maxBalance: '100000',
  minBalance: null,
  thresholds: { low: '-1000', high: null, settleTo: null },
  beyond: { low: true, high: false },
  difference: { ours: '-1500', theirs: '-1400' },
};
const view = {
  ...ledger,
  prefix: 'test.alice.',
  account: 'server',
  peerAccount: 'client',
  authority: 'shadow',
  standingBy: 'carol',
  standingReason: 'maintenance',
  standingSince: '2017-01-01T00:00:00.000Z',
  settledPaid: '0',
  settledReceived: '1500',
  adjusted: '0',
  agreedBalance: null,
  agreedAt: null,
  asOf: { partition: 3, position: '12' },
};

function addCommands(causeway: Command, shell: Shell): void {
  const actions = ledgerActions(shell, {
    order: () => Promise.resolve({ giveOrder }),
    show: () => Promise.resolve({ showLedger }),
  });
  ledgerCommands(causeway, actions);
  settleCommands(causeway, actions);
}

describe('orders on the command line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-spec-'));
  let theConsole: ScriptedConsole;
  let answer: ConsoleAnswer;

  const run = (line: string, ...more: readonly string[]): Promise<CommandRun> =>
    runCommand(addCommands, [...line.split(' '), ...more]);
  const runThere = (line: string, ...more: readonly string[]): Promise<CommandRun> =>
    run(line, ...more, ...theConsole.options);

  beforeEach(async () => {
    theConsole = await ScriptedConsole.listen();
    answer = { status: 200, body: { outcome: 'done', event: 'X', version: 3, ledger } };
    theConsole.script = ({ method }) =>
      method === 'GET' ? { status: 200, body: { ledger: view } } : answer;
  });

  afterEach(() => theConsole.close());

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it.each<[string, readonly string[], string, object]>([
    [
      'settle --ledger alice --amount 500 --direction paid --reference R1 --by carol',
      [],
      '/api/ledgers/alice/settlements',
      { amount: '500', direction: 'paid', reference: 'R1', by: 'carol' },
    ],
    [
      'settle reverse --ledger alice --reference R2 --reverses',
      ['R 1/2', '--reason', 'it bounced'],
      '/api/ledgers/alice/settlements/R%201%2F2/reversal',
      { reference: 'R2', reason: 'it bounced' },
    ],
    [
      'ledger limits alice --max-balance 5 --min-balance -7',
      [],
      '/api/ledgers/alice/limits',
      { maxBalance: '5', minBalance: '-7' },
    ],
    [
      'ledger limits alice --max-balance none',
      [],
      '/api/ledgers/alice/limits',
      { maxBalance: null },
    ],
    [
      'ledger thresholds alice --low -5 --settle-to none',
      [],
      '/api/ledgers/alice/thresholds',
      { low: '-5', settleTo: null },
    ],
    ['ledger pause alice --reason x', [], '/api/ledgers/alice/pause', { reason: 'x' }],
    ['ledger resume alice --reason x', [], '/api/ledgers/alice/resume', { reason: 'x' }],
    ['ledger drain alice --reason x', [], '/api/ledgers/alice/drain', { reason: 'x' }],
    [
      'ledger close alice --reason x --balance -3',
      [],
      '/api/ledgers/alice/close',
      { reason: 'x', balance: '-3' },
    ],
    [
      'ledger reconcile alice --theirs -3 --note x',
      [],
      '/api/ledgers/alice/reconciliation',
      { theirs: '-3', note: 'x' },
    ],
  ])('%s %j: is one order to the console', async (line, more, path, body) => {
    const { exitCode, notes } = await runThere(line, ...more);
    const authorization = 'Bearer secret';
    expect(theConsole.asked).toEqual([{ method: 'POST', url: path, authorization, body }]);
    expect({ notes, exitCode }).toEqual({ notes: [], exitCode: undefined });
  });

  it('take amounts in the currency of the ledger, exactly', async () => {
    const settle = 'settle --ledger alice --direction paid --reference R1 --in-currency --amount';
    await runThere(settle, '12.5');
    expect(theConsole.asked.map(({ method }) => method)).toEqual(['GET', 'POST']);
    expect(theConsole.asked[1]?.body).toMatchObject({ amount: '1250' });
    await expect(runThere(settle, '12.505')).rejects.toThrow(
      '--amount: 12.505 has more decimals (3) than the scale of the ledger, 2',
    );
    expect(theConsole.asked).toHaveLength(3);
  });

  it('tell what is on record and how the ledger stands', async () => {
    const { out } = await runThere('ledger pause alice --reason x');
    expect(out).toEqual([
      'X is on record as alice:3',
      'ledger      alice, paused',
      'balance     -1500 (-15.00 USD)',
      'on hold     7 (0.07 USD) coming in, 0 (0.00 USD) going out',
      'limits      from no limit to 100000 (1000.00 USD)',
      'thresholds  low -1000 (-10.00 USD), high none, settle to none',
      'reached     the low threshold',
      'difference  ours -1500 (-15.00 USD), theirs -1400 (-14.00 USD)',
    ]);
  });

  it('tell when there was nothing to do', async () => {
    answer = { status: 200, body: { outcome: 'repeated', ledger } };
    const { out, exitCode } = await runThere('ledger pause alice --reason x');
    expect(out[0]).toBe('nothing to do: this was done before, or is so already');
    expect(exitCode).toBeUndefined();
  });

  it('tell in JSON what the console says', async () => {
    const body = { outcome: 'done', anything: true };
    answer = { status: 200, body };
    const { out } = await runThere('ledger pause alice --reason x --json');
    expect(out).toEqual([JSON.stringify(body)]);
  });

  it('exit 1 when the ledger refuses', async () => {
    const body = { error: { kind: 'X', message: 'amount: 0 must be from 1' } };
    answer = { status: 409, body };
    const { out, notes, exitCode } = await runThere('ledger pause alice --reason x --json');
    expect(notes).toEqual(['amount: 0 must be from 1']);
    expect(out).toEqual([JSON.stringify(body)]);
    expect(exitCode).toBe(1);
  });

  it('exit 1 when the token is not known', async () => {
    answer = { status: 401, body: { message: 'Unauthorized' } };
    const { notes, exitCode } = await runThere('ledger pause alice --reason x');
    expect(notes).toEqual([`the console at ${theConsole.url} does not know this token`]);
    expect(exitCode).toBe(1);
  });

  it.each([503, 504])('exit 2 when the ledger cannot be reached: %i', async (status) => {
    answer = { status, body: { error: { kind: 'X', message: 'ask again' } } };
    const { notes, exitCode } = await runThere('ledger pause alice --reason x');
    expect(notes).toEqual(['ask again']);
    expect(exitCode).toBe(2);
  });

  it('exit 2 when nobody is there', async () => {
    const nobody = ['--console-url', 'http://127.0.0.1:1', '--token', 'x'];
    const { notes, exitCode } = await run('ledger show alice', ...nobody);
    expect(notes.join()).toMatch(/^the console at http:\/\/127.0.0.1:1 cannot be reached: /);
    expect(exitCode).toBe(2);
  });

  it('exit 2 when they do not know where to ask, or with what', async () => {
    const nowhere = await run('ledger show alice', '--data', folder);
    expect(nowhere.notes.join()).toMatch(/^no console found: no connector runs on /);
    const where = ['--console-url', theConsole.url];
    const tokenless = await run('ledger show alice', '--data', folder, ...where);
    expect(tokenless.notes.join()).toContain('give --token or CAUSEWAY_CONSOLE_TOKEN');
    expect([nowhere.exitCode, tokenless.exitCode]).toEqual([2, 2]);
  });

  it('find the console of the connector that runs on the data directory', async () => {
    const data = join(folder, 'data');
    writeRunningConnector(data, {
      ...{ pid: process.pid, databaseUrl: '', natsUrl: '', btp: '' },
      console: theConsole.url,
      consoleToken: 'of-the-run-file',
    });
    const { out } = await run('ledger show alice', '--data', data);
    expect(theConsole.asked).toMatchObject([
      { authorization: 'Bearer of-the-run-file', url: '/api/ledgers/alice' },
    ]);
    expect(out).toContain('standing    maintenance (carol, 2017-01-01T00:00:00.000Z)');
    expect(out.at(-1)).toBe('as of       position 12 of partition 3');
  });
});
