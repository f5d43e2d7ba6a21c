import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
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

interface Heard {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly token: string | undefined;
  readonly body: unknown;
}

interface Ran {
  readonly out: string[];
  readonly notes: string[];
  readonly exitCode: typeof process.exitCode;
}

describe('orders on the command line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-spec-'));
  const heard: Heard[] = [];
  let server: Server;
  let url: string;
  let answer: { status: number; body: unknown };

  async function run(line: string, more: readonly string[] = []): Promise<Ran> {
    const out: string[] = [];
    const notes: string[] = [];
    const shell = {
      env: {},
      print: (text: string) => void out.push(text),
      note: (text: string) => void notes.push(text),
    };
    const causeway = new Command('causeway').exitOverride();
    const actions = ledgerActions(shell, {
      order: () => Promise.resolve({ giveOrder }),
      show: () => Promise.resolve({ showLedger }),
    });
    ledgerCommands(causeway, actions);
    settleCommands(causeway, actions);
    process.exitCode = undefined;
    await causeway.parseAsync([...line.split(' '), ...more], { from: 'user' });
    const { exitCode } = process;
    process.exitCode = undefined;
    return { out, notes, exitCode };
  }

  const at = (): string[] => ['--console-url', url, '--token', 'secret', '--data', folder];

  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const { method, headers } = request;
        const body: unknown = text === '' ? undefined : JSON.parse(text);
        heard.push({ method, url: request.url, token: headers.authorization, body });
        const isShow = method === 'GET';
        response.statusCode = isShow ? 200 : answer.status;
        response.end(JSON.stringify(isShow ? { ledger: view } : answer.body));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  beforeEach(() => {
    heard.length = 0;
    answer = { status: 200, body: { outcome: 'done', event: 'X', version: 3, ledger } };
  });

  afterAll(async () => {
    server.close();
    await once(server, 'close');
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
  ])('%s %j', async (line, more, path, body) => {
    const { exitCode, notes } = await run(line, [...more, ...at()]);
    expect(heard).toEqual([{ method: 'POST', url: path, token: 'Bearer secret', body }]);
    expect(notes).toEqual([]);
    expect(exitCode).toBeUndefined();
  });

  it('take amounts in the currency of the ledger, exactly', async () => {
    const settle = 'settle --ledger alice --direction paid --reference R1 --in-currency --amount';
    await run(settle, ['12.5', ...at()]);
    expect(heard.map(({ method }) => method)).toEqual(['GET', 'POST']);
    expect(heard[1]?.body).toMatchObject({ amount: '1250' });
    await expect(run(settle, ['12.505', ...at()])).rejects.toThrow(
      '--amount: 12.505 has more decimals (3) than the scale of the ledger, 2',
    );
    expect(heard).toHaveLength(3);
  });

  it('tell what is on record and how the ledger stands', async () => {
    const { out } = await run('ledger pause alice --reason x', at());
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
    answer.body = { outcome: 'repeated', ledger };
    const { out, exitCode } = await run('ledger pause alice --reason x', at());
    expect(out[0]).toBe('nothing to do: this was done before, or is so already');
    expect(exitCode).toBeUndefined();
  });

  it('tell in JSON what the console says', async () => {
    const { out } = await run('ledger pause alice --reason x --json', at());
    expect(out.map((line) => JSON.parse(line) as unknown)).toEqual([answer.body]);
  });

  it('exit 1 when the ledger refuses', async () => {
    answer = { status: 409, body: { error: { kind: 'X', message: 'amount: 0 must be from 1' } } };
    const { out, notes, exitCode } = await run('ledger pause alice --reason x --json', at());
    expect(notes).toEqual(['amount: 0 must be from 1']);
    expect(out.map((line) => JSON.parse(line) as unknown)).toEqual([answer.body]);
    expect(exitCode).toBe(1);
  });

  it('exit 1 when the token is not known', async () => {
    answer = { status: 401, body: { message: 'Unauthorized' } };
    const { notes, exitCode } = await run('ledger pause alice --reason x', at());
    expect(notes).toEqual([`the console at ${url} does not know this token`]);
    expect(exitCode).toBe(1);
  });

  it.each([503, 504])('exit 2 when the ledger cannot be reached: %i', async (status) => {
    answer = { status, body: { error: { kind: 'X', message: 'ask again' } } };
    const { notes, exitCode } = await run('ledger pause alice --reason x', at());
    expect(notes).toEqual(['ask again']);
    expect(exitCode).toBe(2);
  });

  it('exit 2 when nobody is there', async () => {
    const nobody = ['--console-url', 'http://127.0.0.1:1', '--token', 'x'];
    const { notes, exitCode } = await run('ledger show alice', nobody);
    expect(notes.join()).toMatch(/^the console at http:\/\/127.0.0.1:1 cannot be reached: /);
    expect(exitCode).toBe(2);
  });

  it('exit 2 when they do not know where to ask, or with what', async () => {
    const nowhere = await run('ledger show alice', ['--data', folder]);
    expect(nowhere.notes.join()).toMatch(/^no console found: no connector runs on /);
    const tokenless = await run('ledger show alice', ['--data', folder, '--console-url', url]);
    expect(tokenless.notes.join()).toContain('give --token or CAUSEWAY_CONSOLE_TOKEN');
    expect([nowhere.exitCode, tokenless.exitCode]).toEqual([2, 2]);
  });

  it('find the console of the connector that runs on the data directory', async () => {
    const data = join(folder, 'data');
    const { pid } = process;
    const run1 = { pid, databaseUrl: '', natsUrl: '', btp: '', console: url };
    writeRunningConnector(data, { ...run1, consoleToken: 'of-the-run-file' });
    const { out } = await run('ledger show alice', ['--data', data]);
    expect(heard).toMatchObject([{ token: 'Bearer of-the-run-file', url: '/api/ledgers/alice' }]);
    expect(out).toContain('standing    maintenance (carol, 2017-01-01T00:00:00.000Z)');
    expect(out.at(-1)).toBe('as of       position 12 of partition 3');
  });
});
