import type { Command } from 'commander';
import { conditionOf } from '#protocol';
import { type CommandRun, runCommand } from '../../test/command-run';
import { ScriptedConsole } from '../../test/scripted-console';
import type { Shell } from '../shell';
import { paymentCommands } from './pay';
import { pay, showPayment } from './pay-order';
import { quote } from './quote';

const ID = 'b4c838f6-80b1-47f8-a82e-b1fcfbed89d5';
const FULFILLMENT = Buffer.alloc(32, 0xfb);
const PREPARED = {
  ...{ id: ID, from: 'emil', to: 'g.far.carl', sourceAmount: '111', destinationAmount: '100' },
  ...{ pricedBy: 'quote', by: 'carol', memo: 'trial', orderedAt: '2026-11-23T12:00:00.000Z' },
  ...{ expiresAt: '2126-11-23T12:00:09.000Z', status: 'prepared', isFinal: false },
  ...{ finishedAt: null, fulfillment: null, fulfillmentData: null, rejection: null },
};
const ENDED = { isFinal: true, finishedAt: '2026-11-23T12:00:01.000Z' };
const FULFILLED = { ...PREPARED, ...ENDED, status: 'fulfilled', fulfillment: '-_v7' };
const REJECTED = {
  ...PREPARED,
  ...ENDED,
  status: 'rejected',
  rejection: {
    ...{ code: 'F05', name: 'Wrong Condition', message: 'no', triggeredBy: 'g.far.carl' },
    forwardedBy: ['g.near.connie'],
  },
};
const end = (currency: string | null, units: string | null, amount: string | null) => ({
  ...{ ledger: null, scale: currency === null ? null : 2, currency, units, amount },
});
const QUOTED = {
  ...{ from: 'dora', to: 'g.far.carl', asked: 'source', refused: null },
  source: end('EUR', '1234', '12.34'),
  destination: end(null, '9999', null),
  ...{ destinationHoldMs: 5000, sourceHoldMs: 7000, appliesToPrefix: 'g.far.' },
  curve: [
    ['1', '0'],
    ['10', '9'],
  ],
  expiresAt: '2026-11-23T12:00:00.000Z',
  exchange: {
    ...{ source: 'EUR', destination: 'USD', spreadPpm: 2000, fee: '3' },
    rate: { numerator: '1', denominator: '3' },
  },
  rates: { state: 'fresh', version: 7 },
  route: {
    ...{ kind: 'curve-less', matchedKey: '', nextPrefix: 'test.b.', nextHop: 'test.b.client' },
    ...{ length: 3, minMessageWindowMs: 2000 },
  },
  answeredBy: { kind: 'peer', peer: 'b', until: '2026-11-23T12:00:45.000Z' },
};

let theConsole: ScriptedConsole;

beforeEach(async () => {
  theConsole = await ScriptedConsole.listen();
});

afterEach(() => theConsole.close());

function run(...words: string[]): Promise<CommandRun> {
  const add = (causeway: Command, shell: Shell): void => {
    paymentCommands(causeway, shell, () => Promise.resolve({ quote, pay, showPayment }));
  };
  return runCommand(add, [...words, ...theConsole.options]);
}

const PAY = ['pay', '--from', 'emil', '--to', 'g.far.carl', '--destination-amount', '100'];
const SHOWN = ['--fulfillment', FULFILLMENT.toString('hex')];
const QUOTE = ['quote', '--from', 'dora', '--to', 'g.far.carl'];
const QUOTE_URL = '/api/quote?from=dora&to=g.far.carl&unit=base';
const ordered = (payment: object, more: object = {}) => ({
  status: 202,
  body: { outcome: 'ordered', payment, instead: null, ...more },
});

test.each([FULFILLMENT.toString('hex'), FULFILLMENT.toString('base64url')])(
  'of the fulfillment %s only its hash leaves the process',
  async (text) => {
    theConsole.answers(ordered(FULFILLED));
    const more = ['--id', ID, '--expires-in', '5000', '--by', 'carol'];
    const { out, notes, exitCode } = await run(...PAY, `--fulfillment=${text}`, ...more);
    expect(theConsole.asked[0]?.body).toEqual({
      ...{ id: ID, from: 'emil', to: 'g.far.carl', destinationAmount: '100', unit: 'base' },
      condition: conditionOf(FULFILLMENT).toString('base64url'),
      ...{ expiresInMs: 5000, by: 'carol' },
    });
    expect({ notes, exitCode }).toEqual({ notes: [`payment ${ID}`], exitCode: undefined });
    expect(out[0]).toBe(`payment     ${ID}, fulfilled`);
  },
);

test.each(['', 'abcd', 'x'.repeat(64), FULFILLMENT.toString('hex').slice(1), 'A'.repeat(44)])(
  'the fulfillment "%s" is none, and nobody is asked',
  async (text) => {
    await expect(run(...PAY, `--fulfillment=${text}`)).rejects.toThrow('must be 32 bytes');
    expect(theConsole.asked).toEqual([]);
  },
);

test('it is asked until the payment ends, through whatever happens to the console', async () => {
  theConsole.answers(
    ordered(PREPARED, { instead: 'emil does not quote' }),
    { status: 200, body: { payment: PREPARED } },
    'cut',
    { status: 503, body: { message: 'not yet' } },
    { status: 200, body: { payment: REJECTED } },
  );
  const { out, notes, exitCode } = await run(...PAY, ...SHOWN);
  expect(theConsole.urls.slice(1)).toEqual(Array(4).fill(`/api/payments/${ID}?waitMs=5000`));
  expect(exitCode).toBe(1);
  expect(notes[1]).toBe('the price is not a quote: emil does not quote');
  expect(out.slice(-3)).toEqual([
    'error       F05 Wrong Condition: no',
    'raised by   g.far.carl',
    'relayed by  g.near.connie',
  ]);
});

test('who orders it again is told so, and what became of it', async () => {
  theConsole.answers(ordered(FULFILLED, { outcome: 'repeated' }));
  const { out, notes } = await run(...PAY, ...SHOWN, '--id', ID, '--json');
  expect(notes).toContain('this was ordered before: nothing more is paid');
  expect(JSON.parse(out[0] ?? '')).toEqual(FULFILLED);
});

test.each<[object, number | undefined]>([
  [FULFILLED, undefined],
  [REJECTED, 1],
  [PREPARED, 2],
])('a payment is shown, and its outcome is the exit code', async (payment, code) => {
  theConsole.answers({ status: 200, body: { payment } });
  const { exitCode } = await run('payment', ID);
  expect(theConsole.urls).toEqual([`/api/payments/${ID}?waitMs=0`]);
  expect(exitCode).toBe(code);
});

test('a quote is asked for and told, with what is exact and what goes on for ever', async () => {
  theConsole.answers({ status: 200, body: QUOTED });
  const { out } = await run(...QUOTE, '--source-amount', '1234');
  expect(theConsole.urls).toEqual([`${QUOTE_URL}&sourceAmount=1234`]);
  expect(out).toEqual([
    'from        dora: 1234 base units (12.34 EUR)',
    'to          g.far.carl: 9999 base units',
    'on hold     5000 ms at the destination, 7000 ms here',
    'holds until 2026-11-23T12:00:00.000Z',
    'exchange    0.333333333333333333… USD for one EUR, spread 0.2 %, fee 3 base units (0.03 EUR)',
    'rates       fresh, version 7',
    'route       over test.b., to test.b.client: 3 ledgers, 2000 ms, by the default route',
    'known from  a quote of b, kept until 2026-11-23T12:00:45.000Z',
    'for         g.far.',
    'curve, base units: what comes in, and what it brings',
    '  1 -> 0',
    '  10 -> 9',
  ]);
});

test('a quote that is refused is told, and is exit code 1', async () => {
  const refused = {
    ...{ code: 'F02', name: 'Unreachable', message: 'no way', triggeredBy: 'test.dora.server' },
    forwardedBy: [],
  };
  const body = { ...QUOTED, refused };
  theConsole.answers({ status: 200, body }, { status: 200, body });
  const { out, exitCode } = await run(...QUOTE, '--hold', '7');
  expect([out[2], exitCode]).toEqual(['refused     F02 Unreachable: no way', 1]);
  const asJson = await run(...QUOTE, '--json');
  expect(JSON.parse(asJson.out.join())).toEqual(body);
  expect(asJson.exitCode).toBe(1);
  expect(theConsole.urls).toEqual([`${QUOTE_URL}&hold=7`, QUOTE_URL]);
});
