import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Command } from 'commander';
import { ratesCommands } from './rates';
import { setRates, showRates } from './rates-order';

const rates = {
  version: 3,
  state: 'stale',
  source: 'https://rates.example/daily',
  base: 'EUR',
  rates: { JPY: '163.24', USD: '1.0592' },
  fetchedAt: '2026-11-20T12:00:00.000Z',
  confirmedAt: '2026-11-20T13:00:00.000Z',
  staleAt: '2026-11-21T13:00:00.000Z',
  publishedAt: '2026-11-20',
};

let server: Server;
let url: string;
let heard: unknown[];
let answer: { status: number; body: unknown };
let printed: string[];
let noted: string[];

beforeEach(async () => {
  heard = [];
  printed = [];
  noted = [];
  answer = { status: 200, body: rates };
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const body: unknown = text === '' ? undefined : JSON.parse(text);
      heard.push([request.method, request.url, request.headers.authorization, body]);
      response.writeHead(answer.status).end(JSON.stringify(answer.body));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  process.exitCode = undefined;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function run(...args: string[]): Promise<void> {
  const causeway = new Command('causeway').exitOverride();
  const shell = {
    env: {},
    print: (line: string) => void printed.push(line),
    note: (line: string) => void noted.push(line),
  };
  ratesCommands(causeway, shell, () => Promise.resolve({ setRates, showRates }));
  for (const command of causeway.commands.flatMap((one) => [one, ...one.commands])) {
    command.exitOverride().configureOutput({ writeErr: () => undefined });
  }
  const where = ['--console-url', url, '--token', 'x'];
  await causeway.parseAsync(['node', 'causeway', 'rates', ...args, ...where]);
}

it('rates are shown with where they come from and how old they are', async () => {
  await run('show');
  expect(heard).toEqual([['GET', '/api/rates', 'Bearer x', undefined]]);
  expect(printed).toEqual([
    'version 3 from https://rates.example/daily, of 2026-11-20, too old to be used',
    'fetched 2026-11-20T12:00:00.000Z, confirmed 2026-11-20T13:00:00.000Z',
    'currency  for one EUR',
    'JPY            163.24',
    'USD            1.0592',
  ]);
  printed = [];
  await run('show', '--json');
  expect(printed).toEqual([JSON.stringify(rates)]);
});

it('it is said where there are none', async () => {
  answer.body = { ...rates, state: 'one-to-one', source: null, base: null, rates: null };
  await run('show');
  answer.body = { ...rates, state: 'unknown', source: null, base: null, rates: null };
  await run('show');
  expect(printed).toEqual([
    'one to one: a unit of any currency is one of any other',
    'there are no rates yet',
  ]);
});

it('rates are set as they are written, and taken away by none', async () => {
  answer.body = { outcome: 'done', event: 'RatesSet', rates };
  await run('set', 'usd=1.0592', 'XYZ=none', '--by', 'carol');
  const body = { rates: { USD: '1.0592', XYZ: null }, by: 'carol' };
  expect(heard).toEqual([['PUT', '/api/rates', 'Bearer x', body]]);
  expect(printed[0]).toBe('RatesSet is on record: version 3 of the rates');
  answer.body = { outcome: 'repeated', rates };
  printed = [];
  await run('set', 'USD=1.0592');
  expect(printed[0]).toBe('nothing to do: the rates are so already');
});

it.each([[['USD']], [['USD=']], [['US=1']], [['USD=1', 'usd=2']], [[]]])(
  '%j is refused before anybody is asked',
  async (args) => {
    await expect(run('set', ...args)).rejects.toThrow();
    expect(heard).toEqual([]);
  },
);

it('what the console refuses is an exit code and a reason', async () => {
  answer = { status: 422, body: { error: { kind: 'InvalidOrder', message: 'rates.USD: no' } } };
  await run('set', 'USD=-1');
  expect(noted).toEqual(['rates.USD: no']);
  expect(process.exitCode).toBe(1);
});
