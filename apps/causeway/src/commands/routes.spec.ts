import type { Command } from 'commander';
import { type CommandRun, runCommand } from '../../test/command-run';
import { ScriptedConsole } from '../../test/scripted-console';
import type { Shell } from '../shell';
import { routesCommands } from './routes';
import { explainRoute, showHeard, showRoutes, showTold } from './routes-report';

const WAY = {
  kind: 'learnt',
  nextPrefix: 'test.b.',
  nextHop: 'test.b.peer',
  length: 3,
  points: [
    ['0', '0'],
    ['100', '99'],
  ],
  minMessageWindowS: 1,
  paths: [[]],
  expiresAt: '2026-11-20T12:00:00.000Z',
  connected: true,
};
const EXPLAINED = {
  from: 'a',
  to: 'g.x.carl',
  amount: '10',
  destinationAmount: null,
  verdict: 'route',
  matchedKey: 'g.x.',
  passedOver: [],
  ways: [
    {
      ...{ kind: 'learnt', nextPrefix: 'test.b.', nextHop: 'test.b.peer', length: 3, group: 1 },
      minMessageWindowMs: 2000,
      price: { brings: '9', leastSource: '0', mostSource: '101', mostBrought: '99' },
      quoted: { appliesTo: 'g.x.', expiresAt: '2026-11-20T12:00:45.000Z' },
      chosen: true,
    },
  ],
  refused: [{ kind: 'learnt', nextPrefix: 'test.c.', nextHop: 'test.c.peer', reason: 'loop' }],
  sections: [],
};

let theConsole: ScriptedConsole;

beforeEach(async () => {
  theConsole = await ScriptedConsole.listen();
});

afterEach(() => theConsole.close());

function run(...words: string[]): Promise<CommandRun> {
  const add = (causeway: Command, shell: Shell): void => {
    const actions = { explainRoute, showHeard, showRoutes, showTold };
    routesCommands(causeway, shell, () => Promise.resolve(actions));
  };
  return runCommand(add, ['routes', ...words, ...theConsole.options]);
}

it('all that leads somewhere is listed, page by page', async () => {
  const page = (destination: string, next: string | null) => ({
    status: 200,
    body: { routes: [{ destination, ways: [WAY] }], next },
  });
  theConsole.answers(page('g.x.', 'g.x.'), page('g.y.', null), page('g.x.', null));
  const { out } = await run('--prefix', 'g.');
  expect(theConsole.urls).toEqual(['/api/routes?prefix=g.', '/api/routes?prefix=g.&after=g.x.']);
  expect(out.slice(1).map((line) => line.split(/\s+/))).toEqual(
    ['g.x.', 'g.y.'].map((destination) => {
      return [destination, 'learnt', 'test.b.', 'test.b.peer', '3', '99', WAY.expiresAt];
    }),
  );
  const [json = ''] = (await run('--json')).out;
  expect(JSON.parse(json)).toEqual(page('g.x.', null).body);
});

it('an amount, or that it has to be asked for, is shown of ways beyond our own ledgers only', async () => {
  const ways = [
    { ...WAY, kind: 'local', nextHop: null, points: null, expiresAt: null },
    { ...WAY, kind: 'static', points: null, expiresAt: null },
  ];
  const routes = [{ destination: 'test.b.', ways }];
  theConsole.answers({ status: 200, body: { routes, next: null } });
  const { out } = await run();
  const [local, wired] = out.slice(1).map((line) => line.trim().split(/\s{2,}/));
  expect(local).toEqual(['test.b.', 'local', 'test.b.', '3']);
  expect(wired).toEqual(['test.b.', 'static', 'test.b.', 'test.b.peer', '3', 'to be asked']);
});

it('it is explained why a payment goes where it goes', async () => {
  const body = EXPLAINED;
  theConsole.answers({ status: 200, body }, { status: 200, body });
  const { out } = await run('explain', '--from', 'a', '--to', 'g.x.carl', '--amount', '10');
  expect(out[0]).toBe('10 from a to g.x.carl: there is a way (g.x.)');
  expect(out[2]?.split(/\s+/).slice(0, 6)).toEqual([
    '>',
    'learnt',
    'test.b.',
    'test.b.peer',
    '3',
    '9',
  ]);
  expect(out[2]).toContain('g.x. until 2026-11-20T12:00:45.000Z');
  expect(out[3]).toBe('not test.c.peer: loop');
  const words = ['explain', '--from', 'a', '--to', 'g.x.', '--destination-amount', '9', '--json'];
  expect((await run(...words)).out).toEqual([JSON.stringify(EXPLAINED)]);
  expect(theConsole.urls).toEqual([
    '/api/routes/explain?from=a&to=g.x.carl&amount=10',
    '/api/routes/explain?from=a&to=g.x.&destinationAmount=9',
  ]);
});

it('what a peer was told is shown', async () => {
  const told = {
    ...{ peer: 'alice', connected: true, dialect: 'v17', lastSentAt: null, acknowledgedAt: null },
    latest: { at: WAY.expiresAt, outcome: 'refused', reason: 'F00 no' },
    count: 2,
    routes: [
      {
        destination: 'g.x.',
        known: 'certain',
        route: { points: WAY.points, minMessageWindowS: 1, paths: [[]] },
      },
      { destination: 'g.y.', known: 'uncertain', route: null },
    ],
    unsaid: [{ destination: 'g.z.', reason: 'too-large' }],
    next: null,
  };
  theConsole.answers({ status: 200, body: told });
  const { out } = await run('told', 'alice');
  expect(theConsole.urls).toEqual(['/api/peers/alice/routes/told?prefix=']);
  expect(out).toEqual([
    'alice is connected, written to in v17',
    `knows 2 routes; sent never, latest: refused ${WAY.expiresAt} (F00 no)`,
    'destination  known            brings at most  window s',
    'g.x.         certain                      99         1',
    'g.y.         to be withdrawn',
    'cannot be told: g.z.: too-large',
  ]);
});

it('what a peer told is shown', async () => {
  const { points, minMessageWindowS, paths, expiresAt } = WAY;
  const heard = {
    ...{ peer: 'alice', connected: false, heardAt: null, holdDownMs: null, showsV21: false },
    ...{ fullTableAskedAt: null, updates: 3, skipped: { loop: 2 }, count: 1, next: null },
    unused: [{ destination: 'g.z.', reason: 'loop' }],
    refusal: { at: WAY.expiresAt, member: 'new_routes[3].points', rule: 'too-few' },
    routes: [{ destination: 'g.x.', points, minMessageWindowS, paths, expiresAt }],
  };
  theConsole.answers({ status: 200, body: heard });
  const { out } = await run('heard', 'alice');
  expect(theConsole.urls).toEqual(['/api/peers/alice/routes/heard?prefix=']);
  expect(out.slice(0, 5)).toEqual([
    'alice is not connected, last heard never',
    'told 1 routes that are kept, in 3 updates',
    'not used: 2 (loop)',
    `an update was refused ${WAY.expiresAt}: new_routes[3].points: too-few`,
    'of no use: g.z.: loop',
  ]);
});

it('what the console refuses is an exit code and a reason', async () => {
  const error = { kind: 'PeerNotFound', message: 'no such peer' };
  theConsole.answers({ status: 404, body: { error } });
  expect(await run('told', 'nobody')).toEqual({ out: [], notes: ['no such peer'], exitCode: 1 });
});

it('who does not say where a payment is to go asks nobody', async () => {
  await expect(run('explain', '--from', 'a')).rejects.toThrow('--to');
  expect(theConsole.asked).toEqual([]);
});
