import { z } from 'zod';
import { BesiegedConnector, STARTED_WITHIN_MS } from '../support/bad-input/besieged-connector';
import { aRoute, anUpdate, broadcastOf, tells, written } from '../support/bad-input/told-routes';
import vectors from '../vectors/vectors.json';
import { jsonEntry, octetEntry } from '#protocol';
import type { BtpPeer } from '#testing';

/** All limits of a connector as it comes. */
let connector: BesiegedConnector;
/** What a peer has told is forgotten once it leaves one of our own updates unanswered. */
let mallory: BtpPeer;

const heardReply = z.object({
  heardAt: z.string().nullable(),
  updates: z.number(),
  count: z.number(),
  skipped: z.record(z.string(), z.number()),
  routes: z.array(z.object({ destination: z.string() })),
  refusal: z.object({ member: z.string(), rule: z.string() }).nullable(),
});

type Heard = z.infer<typeof heardReply>;

/** As an operator sees it. */
async function heard(): Promise<Heard> {
  const { body } = await connector.console.get('/api/peers/mallory/routes/heard');
  return heardReply.loose().parse(body);
}

/** To which of the ways from that ledger an operator is told that a payment would go. */
async function verdictFrom(ledger: string, to: string): Promise<unknown> {
  const query = `from=${ledger}&to=${to}&amount=10`;
  const { body } = await connector.console.get(`/api/routes/explain?${query}`);
  return z.object({ verdict: z.string() }).parse(body).verdict;
}

const route = (destination: string, more: object = {}): object =>
  aRoute('mallory', destination, more);
const destinationsOf = ({ routes }: Heard): string[] =>
  routes.map(({ destination }) => destination);
/** What an operator is told of the latest update that was refused. */
const refusedFor = ({ refusal }: Heard): string =>
  `${refusal?.member ?? ''}: ${refusal?.rule ?? ''}`;
const besideRefusal = (heard: Heard): object => ({ ...heard, refusal: undefined });
const withdrawn = (...destinations: string[]): object =>
  anUpdate([], { unreachable_through_me: destinations });

beforeAll(async () => {
  connector = await BesiegedConnector.start();
  mallory = await connector.dial('mallory');
}, STARTED_WITHIN_MS);

afterAll(async () => {
  await mallory.close();
  await connector.stop();
});

describe('a route that is of no use costs only itself (SPEC §11.3)', () => {
  const points = (...pairs: readonly (readonly [number, number])[]): object => ({ points: pairs });
  const bytes = (length: number): string => Buffer.alloc(length, 1).toString('base64');
  const many = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);
  const everyOther = ['alf', 'rita', 'sam'].map((id) => `test.${id}.`);

  it.each<[string, object, string]>([
    ['another account', { source_account: 'test.mallory.other' }, 'source-account-not-senders'],
    [
      'the account of a neighbour',
      { source_account: 'test.rita.client' },
      'source-account-not-senders',
    ],
    [
      'an account on another ledger',
      { source_ledger: 'test.rita.' },
      'source-account-not-on-ledger',
    ],
    ['a ledger that is not the shared one', { source_ledger: 'test.' }, 'source-ledger-not-shared'],
    ['a ledger between two peers', { destination_ledger: 'peer.secret.' }, 'peer-prefix'],
    ['our ledger', { destination_ledger: 'test.mallory.' }, 'loop'],
    ['a way through our ledger', { paths: [['test.mallory.']] }, 'loop'],
    ['a way through its destination', { paths: [['g.x.'], ['g.y.', 'test.bad.']] }, 'loop'],
    ['amounts that fall', points([0, 10], [5, 3]), 'not-a-curve'],
    ['an amount that repeats', points([5, 3], [5, 4]), 'not-a-curve'],
    ['points of three bytes', { points: 'AAAA' }, 'wrong-length'],
    ['points of no bytes', { points: '' }, 'no-points'],
    ['more than 1,000 points', { points: many(1_001, [0, 0]) }, 'too-many-points'],
    ['10,000 points', { points: many(10_000, [0, 0]) }, 'too-many-points'],
    ['more than 1,000 points in bytes', { points: bytes(16_016) }, 'too-many-points'],
    ['a window of more than a day', { min_message_window: 86_401 }, 'window-too-long'],
    ['a window without end', { min_message_window: '1e999' }, 'window-too-long'],
    ['more than 100 paths', { paths: many(101, []) }, 'too-many-paths'],
    ['more than 100 ledgers on the way', { paths: [many(101, 'g.x.')] }, 'path-too-long'],
    ['a ledger of 1,024 characters on the way', { paths: [['x'.repeat(1_024)]] }, 'path-too-long'],
  ])('%s', async (_what, flaw, reason) => {
    await tells(mallory, broadcastOf(withdrawn('test.good.', 'test.fine.')));
    const bad = route('test.bad.', flaw);
    const update = anUpdate([route('test.good.'), bad, route('test.fine.')]);
    expect(await tells(mallory, written(infinite(JSON.stringify(update))))).toBe('accepted');
    const after = await heard();
    expect(destinationsOf(after)).toEqual(['test.fine.', 'test.good.']);
    expect(after.skipped).toEqual({ [reason]: 1 });
  });

  it('reasons are counted each, and not added up with those of earlier updates', async () => {
    const flaws = [{ points: 'AAAA' }, { points: 'AAAA' }, { source_account: 'x.y' }];
    const bad = flaws.map((flaw, n) => route(`test.bad.${n}.`, flaw));
    await tells(mallory, broadcastOf(anUpdate([route('peer.x.'), ...bad])));
    expect((await heard()).skipped).toEqual({
      'peer-prefix': 1,
      'wrong-length': 2,
      'source-account-not-senders': 1,
    });
    await tells(mallory, broadcastOf(anUpdate([route('test.good.')])));
    expect((await heard()).skipped).toEqual({});
  });

  it('a way through a ledger that a peer and we have for ourselves leads back to us from anywhere', async () => {
    const through = route('test.around.', { paths: [['test.rita.']] });
    const at = route('test.rita.');
    await tells(mallory, broadcastOf(anUpdate([through, at])));
    const { skipped, ...after } = await heard();
    expect(destinationsOf(after as Heard)).toEqual(
      expect.arrayContaining(['test.around.', 'test.rita.']),
    );
    expect(skipped).toEqual({ loop: 1 });
    for (const from of ['sam', 'rita']) {
      expect(await verdictFrom(from, 'test.around.x')).toBe('no-route');
    }
    await tells(mallory, broadcastOf(withdrawn('test.around.', 'test.rita.')));
  });

  it.each<[string, object, string]>([
    ['through every ledger of ours', { paths: [everyOther] }, 'loop'],
    [
      'that takes more than we can pay',
      {
        points: [
          [10 ** 12, 0],
          [10 ** 13, 1],
        ],
      },
      'no-common-amounts',
    ],
  ])('a way %s is counted, and kept: ours may change', async (_what, flaw, reason) => {
    await tells(mallory, broadcastOf(anUpdate([route('test.later.', flaw), route('test.good.')])));
    const after = await heard();
    expect(after.skipped).toEqual({ [reason]: 1 });
    expect(destinationsOf(after)).toContain('test.later.');
    for (const from of ['alf', 'rita', 'sam']) {
      expect(await verdictFrom(from, 'test.later.x')).toBe('no-route');
    }
    await tells(mallory, broadcastOf(withdrawn('test.later.')));
  });

  it('what was told before of a destination is gone when it loops now', async () => {
    const turns = broadcastOf(anUpdate([route('test.turns.')]));
    expect(await tells(mallory, turns)).toBe('accepted');
    expect(await verdictFrom('rita', 'test.turns.x')).toBe('route');
    const looping = route('test.turns.', { paths: [['test.mallory.']] });
    await tells(mallory, broadcastOf(anUpdate([looping])));
    expect(destinationsOf(await heard())).not.toContain('test.turns.');
    expect(await verdictFrom('rita', 'test.turns.x')).toBe('no-route');
  });
});

/** Numbers that JavaScript would not write. */
function infinite(json: string): string {
  return json.replace('"1e999"', '1e999');
}

describe('an update that is flawed changes nothing (SPEC §11.8)', () => {
  /** What neither validator of old lets pass, and we do (D-32). */
  const tolerated = ['points-base64url', 'additional-info-in-route'];
  /** What is syntax to them, and of no use to us. */
  const skipped: Readonly<Record<string, string>> = {
    'points-not-monotonic': 'not-a-curve',
    'points-base64-wrong-length': 'wrong-length',
    'points-base64url': 'wrong-length',
  };
  const MISSING = 'g.us.bank.';

  /** The example, of mallory. */
  const hers = (update: unknown): object =>
    JSON.parse(
      JSON.stringify(update).replaceAll(
        /"source_(ledger|account)":"[^"]*"/g,
        (_all, which) => `"source_${which}":"test.mallory.${which === 'account' ? 'client' : ''}"`,
      ),
    ) as object;

  /** What is known of mallory before anything is said. */
  async function before(): Promise<Heard> {
    const known = anUpdate([route('test.known.')], { unreachable_through_me: [MISSING] });
    expect(await tells(mallory, broadcastOf(known))).toBe('accepted');
    return heard();
  }

  const examples = vectors.routing_updates.map((vector) => [vector.id, vector] as const);
  const isAccepted = (id: string, seed: string, v21: string): boolean =>
    seed === 'valid' || v21 === 'valid' || tolerated.includes(id);

  it.each(examples)('%s', async (id, { update, seed_schema: seed, v21_schema: v21 }) => {
    const known = await before();
    const verdict = await tells(mallory, broadcastOf(hers(update)));
    const after = await heard();
    if (!isAccepted(id, seed, v21)) {
      expect(verdict).toMatch(/^refused F00 no valid [\w.[\]]+: [a-z-]+$/);
      expect(verdict).toContain(refusedFor(after));
      expect(besideRefusal(after)).toEqual(besideRefusal(known));
      return;
    }
    expect(verdict).toBe('accepted');
    const reason = skipped[id];
    const leads = destinationsOf(after).includes(MISSING);
    expect(leads).toBe(
      'new_routes' in update && update.new_routes.length > 0 && reason === undefined,
    );
    expect(after.skipped).toEqual(reason === undefined ? {} : { [reason]: 1 });
    expect(after.updates).toBe(known.updates + 1);
  });

  const withRoute = (flaw: object): object => anUpdate([route('test.one.'), route(MISSING, flaw)]);

  it.each<[string, object, string]>([
    [
      'hold_down_time as text',
      anUpdate([], { hold_down_time: '45000' }),
      'hold_down_time: not-a-number',
    ],
    ['new_routes as an object', anUpdate([], { new_routes: {} }), 'new_routes: not-a-list'],
    [
      'no source_account',
      withRoute({ source_account: undefined }),
      'new_routes[1].source_account: missing',
    ],
    [
      'no destination',
      withRoute({ destination_ledger: '' }),
      'new_routes[1].destination_ledger: not-an-address',
    ],
    [
      'a destination of 1,024 characters',
      withRoute({ destination_ledger: `${'x'.repeat(1_023)}.` }),
      'new_routes[1].destination_ledger: not-an-address',
    ],
    ['points of three', withRoute({ points: [[0, 0, 0]] }), 'new_routes[1].points[0]: not-a-pair'],
    ['paths in no lists', withRoute({ paths: ['x.'] }), 'new_routes[1].paths[0]: not-a-list'],
    [
      'request_full_table as text',
      anUpdate([], { request_full_table: 'yes' }),
      'request_full_table: not-a-boolean',
    ],
    [
      '10,001 withdrawals',
      withdrawn(...Array.from({ length: 10_001 }, () => 'a.')),
      'unreachable_through_me: too-many',
    ],
  ])('%s', async (_what, update, rule) => {
    const known = await before();
    expect(await tells(mallory, broadcastOf(update))).toBe(`refused F00 no valid ${rule}`);
    const after = await heard();
    expect(refusedFor(after)).toBe(rule);
    expect(besideRefusal(after)).toEqual(besideRefusal(known));
  });

  const text = JSON.stringify(anUpdate([], { hold_down_time: 1 }));

  it.each([
    ['JSON that ends early', jsonEntry('ccp', Buffer.from('{"data":[}')), 'message: not-json'],
    ['something that is no object', written('[]'), 'update: not-an-object'],
    [
      'lists within each other',
      written(`${'['.repeat(30_000)}${']'.repeat(30_000)}`),
      'message: too-deep',
    ],
    [
      'bytes that are no UTF-8',
      jsonEntry(
        'custom',
        Buffer.from(`{"method":"broadcast_routes","data":${text},"a":"\xff"}`, 'latin1'),
      ),
      'message: not-utf8',
    ],
    ['octets cut short', octetEntry('ccp', Buffer.from([0, 50, 0x7b])), 'message: truncated'],
    ['a length cut short', octetEntry('ccp', Buffer.from([0, 0x82, 1])), 'message: truncated'],
    ['octets of nothing', octetEntry('ccp', Buffer.from([0, 0])), 'message: not-json'],
    [
      'the same cut short as custom',
      octetEntry('custom', Buffer.from([0, 50, 0x7b])),
      'message: truncated',
    ],
  ])('%s', async (_what, entry, rule) => {
    const known = await before();
    expect(await tells(mallory, entry)).toBe(`refused F00 no valid ${rule}`);
    const after = await heard();
    expect(refusedFor(after)).toBe(rule);
    expect(besideRefusal(after)).toEqual(besideRefusal(known));
  });

  it('what cannot be read and may be about anything is refused as such', async () => {
    const known = await before();
    const verdict = await tells(mallory, written('{'));
    expect(verdict).toBe('refused F00 the custom method is not supported');
    expect(await heard()).toEqual(known);
  });

  it('of members that repeat the last one counts, as everywhere in JSON', async () => {
    const known = await before();
    const twice = text.replace('"hold_down_time":1', '"hold_down_time":0,"hold_down_time":45000');
    expect(await tells(mallory, written(twice))).toBe('accepted');
    const wrong = text.replace('"hold_down_time":1', '"hold_down_time":45000,"hold_down_time":0');
    const verdict = await tells(mallory, written(wrong));
    expect(verdict).toBe('refused F00 no valid hold_down_time: out-of-range');
    expect(await heard()).toMatchObject({ updates: known.updates + 1, count: known.count });
  });

  it('a destination of 1,023 characters is one', async () => {
    const longest = `g.${'x'.repeat(1_020)}.`;
    expect(longest).toHaveLength(1_023);
    expect(await tells(mallory, broadcastOf(anUpdate([route(longest)])))).toBe('accepted');
    expect(destinationsOf(await heard())).toContain(longest);
    expect(await tells(mallory, broadcastOf(withdrawn(longest)))).toBe('accepted');
  });
});
