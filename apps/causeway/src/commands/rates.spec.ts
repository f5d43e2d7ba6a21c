import type { Command } from 'commander';
import { type CommandRun, runCommand } from '../../test/command-run';
import { ScriptedConsole } from '../../test/scripted-console';
import type { Shell } from '../shell';
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

let theConsole: ScriptedConsole;

beforeEach(async () => {
  theConsole = await ScriptedConsole.listen();
});

afterEach(() => theConsole.close());

function run(...words: string[]): Promise<CommandRun> {
  const add = (causeway: Command, shell: Shell): void => {
    ratesCommands(causeway, shell, () => Promise.resolve({ setRates, showRates }));
  };
  return runCommand(add, ['rates', ...words, ...theConsole.options]);
}

it('rates are shown with where they come from and how old they are', async () => {
  theConsole.answers({ status: 200, body: rates }, { status: 200, body: rates });
  expect((await run('show')).out).toEqual([
    'version 3 from https://rates.example/daily, of 2026-11-20, too old to be used',
    'fetched 2026-11-20T12:00:00.000Z, confirmed 2026-11-20T13:00:00.000Z',
    'currency  for one EUR',
    'JPY            163.24',
    'USD            1.0592',
  ]);
  expect((await run('show', '--json')).out).toEqual([JSON.stringify(rates)]);
  const asked = { method: 'GET', url: '/api/rates', authorization: 'Bearer secret' };
  expect(theConsole.asked).toEqual([asked, asked]);
});

it.each([
  ['one-to-one', 'one to one: a unit of any currency is one of any other'],
  ['unknown', 'there are no rates yet'],
])('it is said where there are none: %s', async (state, line) => {
  const body = { ...rates, state, source: null, base: null, rates: null };
  theConsole.answers({ status: 200, body });
  expect((await run('show')).out).toEqual([line]);
});

it('rates are set as they are written, and taken away by none', async () => {
  const done = { outcome: 'done', event: 'RatesSet', rates };
  const repeated = { outcome: 'repeated', rates };
  theConsole.answers({ status: 200, body: done }, { status: 200, body: repeated });
  const { out } = await run('set', 'usd=1.0592', 'XYZ=none', '--by', 'carol');
  expect(out[0]).toBe('RatesSet is on record: version 3 of the rates');
  const body = { rates: { USD: '1.0592', XYZ: null }, by: 'carol' };
  expect(theConsole.asked).toMatchObject([{ method: 'PUT', url: '/api/rates', body }]);
  expect((await run('set', 'USD=1.0592')).out[0]).toBe('nothing to do: the rates are so already');
});

it.each([[['USD']], [['USD=']], [['US=1']], [['USD=1', 'usd=2']], [[]]])(
  '%j is refused before anybody is asked',
  async (args) => {
    await expect(run('set', ...args)).rejects.toThrow();
    expect(theConsole.asked).toEqual([]);
  },
);

it('what the console refuses is an exit code and a reason', async () => {
  const error = { kind: 'InvalidOrder', message: 'rates.USD: no' };
  theConsole.answers({ status: 422, body: { error } });
  expect(await run('set', 'USD=-1')).toEqual({ out: [], notes: ['rates.USD: no'], exitCode: 1 });
});
