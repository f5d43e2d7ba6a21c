import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Command } from 'commander';
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

let server: Server;
let url: string;
let asked: (string | undefined)[];
let answers: { status: number; body: unknown }[];
let printed: string[];
let noted: string[];

beforeEach(async () => {
  [asked, answers, printed, noted] = [[], [], [], []];
  server = createServer((request, response) => {
    asked.push(request.url);
    const { status, body } = answers.shift() ?? { status: 500, body: {} };
    response.writeHead(status).end(JSON.stringify(body));
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
  const load = () => Promise.resolve({ explainRoute, showHeard, showRoutes, showTold });
  routesCommands(causeway, shell, load);
  for (const command of causeway.commands.flatMap((one) => [one, ...one.commands])) {
    command.exitOverride().configureOutput({ writeErr: () => undefined });
  }
  const where = ['--console-url', url, '--token', 'x'];
  await causeway.parseAsync(['node', 'causeway', 'routes', ...args, ...where]);
}

it('all that leads somewhere is listed, page by page', async () => {
  const page = (destination: string, next: string | null) => ({
    status: 200,
    body: { routes: [{ destination, ways: [WAY] }], next },
  });
  answers = [page('g.x.', 'g.x.'), page('g.y.', null)];
  await run('--prefix', 'g.');
  expect(asked).toEqual(['/api/routes?prefix=g.', '/api/routes?prefix=g.&after=g.x.']);
  expect(printed.slice(1).map((line) => line.split(/\s+/))).toEqual(
    ['g.x.', 'g.y.'].map((destination) => {
      return [destination, 'learnt', 'test.b.', 'test.b.peer', '3', '99', WAY.expiresAt];
    }),
  );
  answers = [page('g.x.', null)];
  printed = [];
  await run('--json');
  expect(JSON.parse(printed[0] ?? '')).toEqual(page('g.x.', null).body);
});

it('an amount, or that it has to be asked for, is shown of ways beyond our own ledgers only', async () => {
  const ways = [
    { ...WAY, kind: 'local', nextHop: null, points: null, expiresAt: null },
    { ...WAY, kind: 'static', points: null, expiresAt: null },
  ];
  answers = [{ status: 200, body: { routes: [{ destination: 'test.b.', ways }], next: null } }];
  await run();
  const [local, wired] = printed.slice(1).map((line) => line.trim().split(/\s{2,}/));
  expect(local).toEqual(['test.b.', 'local', 'test.b.', '3']);
  expect(wired).toEqual(['test.b.', 'static', 'test.b.', 'test.b.peer', '3', 'to be asked']);
});

it('it is explained why a payment goes where it goes', async () => {
  answers = [{ status: 200, body: EXPLAINED }];
  await run('explain', '--from', 'a', '--to', 'g.x.carl', '--amount', '10');
  expect(asked).toEqual(['/api/routes/explain?from=a&to=g.x.carl&amount=10']);
  expect(printed[0]).toBe('10 from a to g.x.carl: there is a way (g.x.)');
  expect(printed[2]?.split(/\s+/).slice(0, 6)).toEqual([
    '>',
    'learnt',
    'test.b.',
    'test.b.peer',
    '3',
    '9',
  ]);
  expect(printed[2]).toContain('g.x. until 2026-11-20T12:00:45.000Z');
  expect(printed[3]).toBe('not test.c.peer: loop');
  answers = [{ status: 200, body: EXPLAINED }];
  printed = [];
  await run('explain', '--from', 'a', '--to', 'g.x.', '--destination-amount', '9', '--json');
  expect(asked[1]).toBe('/api/routes/explain?from=a&to=g.x.&destinationAmount=9');
  expect(printed).toEqual([JSON.stringify(EXPLAINED)]);
});

it('what a peer was told, and what it told, is shown', async () => {
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
  answers = [{ status: 200, body: told }];
  await run('told', 'alice');
  expect(asked).toEqual(['/api/peers/alice/routes/told?prefix=']);
  expect(printed).toEqual([
    'alice is connected, written to in v17',
    `knows 2 routes; sent never, latest: refused ${WAY.expiresAt} (F00 no)`,
    'destination  known            brings at most  window s',
    'g.x.         certain                      99         1',
    'g.y.         to be withdrawn',
    'cannot be told: g.z.: too-large',
  ]);
  const { points, minMessageWindowS, paths, expiresAt } = WAY;
  const heard = {
    ...{ peer: 'alice', connected: false, heardAt: null, holdDownMs: null, showsV21: false },
    ...{ fullTableAskedAt: null, updates: 3, skipped: { loop: 2 }, count: 1, next: null },
    unused: [{ destination: 'g.z.', reason: 'loop' }],
    refusal: { at: WAY.expiresAt, member: 'new_routes[3].points', rule: 'too-few' },
    routes: [{ destination: 'g.x.', points, minMessageWindowS, paths, expiresAt }],
  };
  answers = [{ status: 200, body: heard }];
  printed = [];
  await run('heard', 'alice');
  expect(asked[1]).toBe('/api/peers/alice/routes/heard?prefix=');
  expect(printed.slice(0, 5)).toEqual([
    'alice is not connected, last heard never',
    'told 1 routes that are kept, in 3 updates',
    'not used: 2 (loop)',
    `an update was refused ${WAY.expiresAt}: new_routes[3].points: too-few`,
    'of no use: g.z.: loop',
  ]);
});

it('what the console refuses is an exit code and a reason', async () => {
  answers = [{ status: 404, body: { error: { kind: 'PeerNotFound', message: 'no such peer' } } }];
  await run('told', 'nobody');
  expect([noted, process.exitCode]).toEqual([['no such peer'], 1]);
  await expect(run('explain', '--from', 'a')).rejects.toThrow();
});
