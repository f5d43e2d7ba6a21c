import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  encodePeerAnswer,
  readExplainReply,
  readHeardReply,
  readRoutesReply,
  readToldReply,
  subjectsOf,
} from '#contracts';
import { ControlListener } from '#messaging';
import { logDatabase, type LogDatabase } from '#testing';
import { aLedger, ScriptedLedgers } from '../../../test/support/scripted-ledgers';
import { ScriptedSessions } from '../../../test/support/scripted-sessions';
import { startRouter } from '../../../test/support/started-router';
import { startService, type StartedService } from '../../../test/support/started-service';
import { testNatsUrl } from '../../../test/support/test-nats';
import { consoleService } from './console-service';
import { consoleUrl } from './console-url';

const TOKEN = 'token-of-everybody';
const INTERVAL_MS = 500;
/** How long an operator waits for a router, and what the way may take beside it. */
const DEADLINE_MS = 5_000;
const SLACK_MS = 30_000;
/** Peers that were added at run time, as far as a router looks at them. */
const LISTED = ['a', 'b', 'c'].map((id) => {
  return { document: { id }, revision: 1, addedBy: 'test', addedAtMs: 0 };
});
const scope = `test-${randomBytes(6).toString('hex')}`;
const subjects = subjectsOf(scope);

let database: LogDatabase;
let ledgers: ScriptedLedgers;
let sessions: ScriptedSessions;
let console: StartedService;
let router: StartedService;

beforeAll(async () => {
  database = await logDatabase();
  ledgers = await ScriptedLedgers.connect(scope);
  ledgers.open([aLedger('a'), aLedger('b'), aLedger('c')], 'silently');
  sessions = await ScriptedSessions.connect(scope, ['a', 'b']);
  const listener = new ControlListener(sessions.bus);
  const agreed = encodePeerAnswer({ type: 'response', protocolData: [] });
  for (const peer of ['a', 'b']) {
    listener.listen(subjects.gatewayAsk(peer), () => Promise.resolve(agreed));
  }
  listener.listen(subjects.peersList, () => Promise.resolve({ version: 1, peers: LISTED }));
  await sessions.bus.roundTrip(10_000);
  router = await startRouter(scope, database.url, INTERVAL_MS);
  console = await startService(consoleService, {
    connector: { address: scope.replace('-', '.') },
    console: { listen: '127.0.0.1:0', token: TOKEN },
    databaseUrl: database.url,
    natsUrl: testNatsUrl(),
  });
  await told();
}, 60_000);

afterAll(async () => {
  await Promise.all([console, router].map((service) => service.stop()));
  await sessions.close();
  await ledgers.close();
  await database.drop();
});

/** b leads to far, by a curve, and to near, and says two things more that are of no use. */
async function told(): Promise<void> {
  const route = (destination: string, more: object = {}): object => ({
    source_ledger: 'test.b.',
    destination_ledger: destination,
    source_account: 'test.b.client',
    min_message_window: 2,
    ...more,
  });
  const points = [
    [0, 0],
    [100_000, 50_000],
  ];
  const update = {
    new_routes: [
      route('test.far.', { points, paths: [['test.between.']] }),
      route('test.near.', { points }),
      route('peer.secret.'),
      route('test.bad.', { points: 'AAAA' }),
    ],
    hold_down_time: 600_000,
    unreachable_through_me: [],
    request_full_table: true,
  };
  const message = { method: 'broadcast_routes', data: update };
  expect(await sessions.broadcast('b', message)).toEqual({ outcome: 'accepted' });
}

interface Answered {
  readonly status: number;
  readonly body: unknown;
}

async function ask(path: string, authorization = `Bearer ${TOKEN}`): Promise<Answered> {
  const url = `${consoleUrl(console.app)}/api/${path}`;
  const response = await fetch(url, { headers: authorization === '' ? {} : { authorization } });
  return { status: response.status, body: await response.json() };
}

async function answer<T>(path: string, read: (body: unknown) => T): Promise<T> {
  const { status, body } = await ask(path);
  expect(status).toBe(200);
  return read(body);
}

const QUESTIONS = [
  'routes',
  'routes/explain?from=a&to=test.far.x&amount=10',
  'peers/b/routes/told',
  'peers/b/routes/heard',
];

type Page = ReturnType<typeof readRoutesReply>;

describe('routes', () => {
  const list = (query = ''): Promise<[string, string[]][]> =>
    answer(`routes${query}`, readRoutesReply).then(({ routes }) =>
      routes.map(({ destination, ways }) => [destination, ways.map(({ kind }) => kind)]),
    );

  it('are everything that leads to a destination', async () => {
    expect(await list()).toEqual([
      ['test.a.', ['local']],
      ['test.b.', ['local']],
      ['test.c.', ['local']],
      ['test.far.', ['learnt']],
      ['test.near.', ['learnt']],
    ]);
    const { routes } = await answer('routes?prefix=test.far.', readRoutesReply);
    expect(routes).toMatchObject([
      {
        ways: [
          {
            nextPrefix: 'test.b.',
            nextHop: 'test.b.client',
            length: 4,
            points: [
              ['0', '0'],
              ['100000', '50000'],
            ],
            minMessageWindowS: 2,
            paths: [['test.between.']],
            connected: true,
          },
        ],
      },
    ]);
  });

  it('come in pages, each of which says where the next one begins', async () => {
    const seen: string[] = [];
    for (let after: string | null = ''; after !== null;) {
      const page: Page = await answer(`routes?limit=2&after=${after}`, readRoutesReply);
      expect(page.routes.length).toBeLessThanOrEqual(2);
      seen.push(...page.routes.map(({ destination }) => destination));
      after = page.next;
    }
    expect(seen).toEqual(['test.a.', 'test.b.', 'test.c.', 'test.far.', 'test.near.']);
  });

  it.each([
    ['?prefix=test.n', [['test.near.', ['learnt']]]],
    ['?prefix=g.', []],
    ['?prefix=test.&after=test.far.', [['test.near.', ['learnt']]]],
  ])('%s', async (query, expected) => {
    expect(await list(query)).toEqual(expected);
  });
});

describe('a payment is explained', () => {
  const explained = (query: string) => answer(`routes/explain?${query}`, readExplainReply);

  it('by what it spends', async () => {
    expect(await explained('from=a&to=test.far.x&amount=1000')).toMatchObject({
      verdict: 'route',
      matchedKey: 'test.far.',
      amount: '1000',
      destinationAmount: null,
      ways: [{ kind: 'learnt', nextHop: 'test.b.client', price: { brings: '500' } }],
    });
  });

  it('by what it is to bring', async () => {
    expect(await explained('from=a&to=test.far.x&destinationAmount=500')).toMatchObject({
      verdict: 'route',
      amount: '1000',
      destinationAmount: '500',
    });
    expect(await explained('from=a&to=test.far.x&destinationAmount=50001')).toMatchObject({
      amount: null,
      destinationAmount: '50001',
    });
  });

  it('where it cannot go on', async () => {
    const nowhere = await explained('from=a&to=g.nowhere.x&amount=1');
    expect(nowhere).toMatchObject({ verdict: 'no-route', matchedKey: null, ways: [] });
    const offline = await explained('from=a&to=test.c.x&amount=1');
    expect(offline.verdict).toBe('unusable');
    expect(offline.refused).toMatchObject([{ reason: 'next-ledger-disconnected' }]);
    const back = await explained('from=b&to=test.b.x&amount=1');
    expect(back.verdict).toBe('stays-on-source');
  });

  it('unless there is no such ledger', async () => {
    expect(await ask('routes/explain?from=x&to=test.far.x&amount=1')).toEqual({
      status: 404,
      body: { error: { kind: 'LedgerNotFound', message: 'there is no ledger x' } },
    });
  });
});

/** What the peer was told, as soon as it has agreed to so many routes. */
async function onceTold(peer: string, count: number): Promise<ReturnType<typeof readToldReply>> {
  const untilMs = Date.now() + 30_000;
  for (;;) {
    const { status, body } = await ask(`peers/${peer}/routes/told`);
    const said = status === 200 ? readToldReply(body) : undefined;
    if (said?.count === count && said.latest?.outcome === 'acknowledged') return said;
    if (Date.now() > untilMs) throw new Error(`not in time: ${JSON.stringify(body)}`);
    await sleep(50);
  }
}

describe('what a peer', () => {
  it('has told us, and what was of no use', async () => {
    const heard = await answer('peers/b/routes/heard', readHeardReply);
    expect(heard).toMatchObject({
      peer: 'b',
      connected: true,
      holdDownMs: 600_000,
      showsV21: true,
      updates: 1,
      skipped: { 'peer-prefix': 1, 'wrong-length': 1 },
      unused: [
        { destination: 'test.bad.', reason: 'wrong-length' },
        { destination: 'peer.secret.', reason: 'peer-prefix' },
      ],
      refusal: null,
      count: 2,
      next: null,
    });
    expect(heard.fullTableAskedAt).not.toBeNull();
    expect(heard.routes.map(({ destination }) => destination)).toEqual(['test.far.', 'test.near.']);
    const page = await answer('peers/b/routes/heard?limit=1', readHeardReply);
    expect([page.count, page.routes.length, page.next]).toEqual([2, 1, 'test.far.']);
    expect(await answer('peers/a/routes/heard', readHeardReply)).toMatchObject({
      heardAt: null,
      count: 0,
      routes: [],
    });
  });

  it('has told us that was refused whole, and why', async () => {
    const data = { new_routes: [], hold_down_time: 0, unreachable_through_me: [] };
    const flawed = { method: 'broadcast_routes', data };
    const refused = { outcome: 'refused', code: 'F00' };
    expect(await sessions.broadcast('a', flawed)).toMatchObject(refused);
    const heard = await answer('peers/a/routes/heard', readHeardReply);
    expect(heard).toMatchObject({
      heardAt: null,
      holdDownMs: null,
      updates: 0,
      refusal: { member: 'hold_down_time', rule: 'out-of-range' },
    });
    expect(heard.refusal?.at).not.toBeNull();
  });

  it('was told by us, as soon as it agreed', async () => {
    const destinations = ['test.b.', 'test.far.', 'test.near.'];
    const said = await onceTold('a', destinations.length);
    expect(said).toMatchObject({ peer: 'a', connected: true, dialect: 'v17', next: null });
    expect(said.routes).toMatchObject(
      destinations.map((destination) => ({ destination, known: 'certain' })),
    );
    const page = await answer('peers/a/routes/told?prefix=test.f', readToldReply);
    expect(page.routes.map(({ destination }) => destination)).toEqual(['test.far.']);
  });

  it.each(['told', 'heard'])('nobody knows is not known: %s', async (what) => {
    expect(await ask(`peers/nobody/routes/${what}`)).toMatchObject({
      status: 404,
      body: { error: { kind: 'PeerNotFound' } },
    });
  });
});

const LIMIT = 'must be a whole number from 1 to 200';
const AMOUNT = 'must be a whole number of base units from 1 to 2^64 - 1';
const ONE_AMOUNT = 'must be given, or destinationAmount, and not both';
const UNKNOWN = 'is not known in this question';
const BEGINNING = 'must be the beginning of an ILP address';
const PAGES: readonly (readonly [query: string, field: string, rule: string])[] = [
  ['limit=0', 'limit', LIMIT],
  ['limit=201', 'limit', LIMIT],
  ['limit=-1', 'limit', LIMIT],
  ['limit=1.5', 'limit', LIMIT],
  ['limit=', 'limit', LIMIT],
  ['limit=1&limit=2', 'limit', LIMIT],
  ['prefix=g%20us', 'prefix', BEGINNING],
  [`prefix=${'x'.repeat(1_024)}`, 'prefix', BEGINNING],
  ['prefix=a&prefix=b', 'prefix', 'must be a text'],
  ['after=%00', 'after', 'must be an ILP address'],
  ['after[x]=1', 'after[x]', UNKNOWN],
  ['order=desc', 'order', UNKNOWN],
  ['__proto__=1', '__proto__', UNKNOWN],
];
const EXPLAIN: typeof PAGES = [
  ['to=g.x&amount=1', 'from', 'must be the id of a ledger'],
  ['from=A&to=g.x&amount=1', 'from', 'must be the id of a ledger'],
  ['from=a&from=b&to=g.x&amount=1', 'from', 'must be the id of a ledger'],
  ['from=a&amount=1', 'to', 'must be an ILP address'],
  ['from=a&to=&amount=1', 'to', 'must be an ILP address'],
  ['from=a&to=g%2Fx&amount=1', 'to', 'must be an ILP address'],
  ['from=a&to=g.x', 'amount', ONE_AMOUNT],
  ['from=a&to=g.x&amount=1&destinationAmount=1', 'amount', ONE_AMOUNT],
  ['from=a&to=g.x&amount=0', 'amount', AMOUNT],
  ['from=a&to=g.x&amount=-1', 'amount', AMOUNT],
  ['from=a&to=g.x&amount=1e3', 'amount', AMOUNT],
  ['from=a&to=g.x&amount=01', 'amount', AMOUNT],
  ['from=a&to=g.x&amount=18446744073709551616', 'amount', AMOUNT],
  ['from=a&to=g.x&destinationAmount=x', 'destinationAmount', AMOUNT],
  ['from=a&to=g.x&amount=1&limit=1', 'limit', UNKNOWN],
];

describe('a bad question is refused for its member and rule', () => {
  const everyPage = ['routes', 'peers/b/routes/told', 'peers/b/routes/heard'].flatMap((path) =>
    PAGES.map(([query, field, rule]) => [`${path}?${query}`, field, rule] as const),
  );
  const explain = EXPLAIN.map(
    ([query, field, rule]) => [`routes/explain?${query}`, field, rule] as const,
  );

  it.each([...everyPage, ...explain])('%.60s: %s', async (path, field, rule) => {
    const { status, body } = await ask(path);
    expect(status).toBe(422);
    expect(body).toMatchObject({ error: { kind: 'InvalidQuestion', problems: [{ field, rule }] } });
  });

  it.each(['peers/B%20b/routes/told', `peers/${'b'.repeat(65)}/routes/heard`])(
    '%.30s: peerId',
    async (path) => {
      const { status, body } = await ask(path);
      expect(status).toBe(422);
      const rule = 'must be the id of a peer';
      expect(body).toMatchObject({ error: { problems: [{ field: 'peerId', rule }] } });
    },
  );

  it('and for all of them at once', async () => {
    const { body } = await ask('routes/explain?from=A&to=&amount=0&x=1');
    expect(body).toMatchObject({ error: { problems: { length: 4 } } });
  });
});

test.each(QUESTIONS)('nobody is told %s who does not say who he is', async (path) => {
  for (const authorization of ['', 'Bearer wrong', `Basic ${TOKEN}`]) {
    expect((await ask(path, authorization)).status).toBe(401);
  }
});

/** Stops the router, so it comes last. */
describe('without a router', () => {
  const unavailable = (why: string | RegExp): object => {
    const message = expect.stringMatching(why) as string;
    return { status: 503, body: { error: { kind: 'RoutesUnavailable', message } } };
  };

  beforeAll(() => router.stop());

  it.each(QUESTIONS)('%s is answered at once that nobody knows', async (path) => {
    // As the bus says at once, and not as it comes out when the time is over.
    expect(await ask(path)).toMatchObject(unavailable(/no router (runs|broadcasts)/));
  });

  it('that answers, within the deadline', async () => {
    const { routerRoutes, routerExplain, routerTold, routerHeard } = subjects;
    for (const subject of [routerRoutes, routerExplain, routerTold, routerHeard]) {
      sessions.bus.nats.subscribe(subject);
    }
    await sessions.bus.roundTrip(10_000);
    const beganMs = Date.now();
    const answers = await Promise.all(QUESTIONS.map((path) => ask(path)));
    const late = unavailable(`no router answers within ${DEADLINE_MS} ms`);
    for (const each of answers) expect(each).toMatchObject(late);
    expect(Date.now() - beganMs).toBeLessThan(DEADLINE_MS + SLACK_MS);
  });
});
