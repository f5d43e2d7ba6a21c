import type { ProtocolData } from '../btp/btp-packet';
import { jsonEntry } from '../btp/sub-protocols';
import vectors from '../../../test/vectors/vectors.json';
import { BROADCAST_LIMITS, type BroadcastLimits } from './broadcast-limits';
import { readRoutingBroadcast, type RoutingBroadcast } from './routing-broadcast';
import type { ReceivedRoutingUpdate } from './routing-update';
import { RoutingUpdateError } from './routing-update-error';

const SETTING = { ledger: 'peer.pjjQz.usd.9.', peerAccount: 'peer.pjjQz.usd.9.alice' };
const ROUTE = {
  source_ledger: 'peer.pjjQz.usd.9.',
  destination_ledger: 'g.us.bank.',
  min_message_window: 1,
  source_account: 'peer.pjjQz.usd.9.alice',
};
const HEARTBEAT = { new_routes: [], hold_down_time: 45000, unreachable_through_me: [] };

const custom = (json: string): ProtocolData => jsonEntry('custom', Buffer.from(json));
const envelope = (data: unknown): string => `{"method":"broadcast_routes","data":${text(data)}}`;
const text = (data: unknown): string => (typeof data === 'string' ? data : JSON.stringify(data));
const received = (
  entry: ProtocolData,
  limits: BroadcastLimits = BROADCAST_LIMITS,
): RoutingBroadcast | undefined => readRoutingBroadcast([entry], { ...SETTING, limits });

/** The update as an object, or as text where JavaScript could not say it. */
const read = (data: unknown, limits = BROADCAST_LIMITS): ReceivedRoutingUpdate => {
  const broadcast = received(custom(envelope(data)), limits);
  if (broadcast?.type !== 'update') throw new Error('not taken for an update');
  return broadcast.update;
};
const refusal = (data: unknown, limits = BROADCAST_LIMITS): string => {
  try {
    read(data, limits);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof RoutingUpdateError)) throw error;
    return `${error.member}: ${error.rule}`;
  }
};
const withRoute = (members: object): object => ({
  ...HEARTBEAT,
  new_routes: [{ ...ROUTE, ...members }],
});
const withPoints = (points: string): string =>
  text(withRoute({ points: '?' })).replace('"?"', points);

describe('the updates that historic validators were asked about', () => {
  /** What we say where it is not what either of them says, with the decision that it rests on. */
  const tolerated = new Map([
    ['points-base64url', 'D-32: the url-safe alphabet is read as well'],
    ['additional-info-in-route', 'D-32: additional_info is passed over'],
  ]);

  test.each(vectors.routing_updates.map((vector) => [vector.id, vector] as const))(
    '%s',
    (id, { update, seed_schema: seed, v21_schema: v21 }) => {
      const expected = seed === 'valid' || v21 === 'valid' || tolerated.has(id);
      expect(refusal(update) === 'accepted').toBe(expected);
    },
  );
});

describe('the examples of the syntax', () => {
  test('a route with JSON points and everything that v17 allows', () => {
    const update = {
      ...HEARTBEAT,
      new_routes: [
        {
          ...ROUTE,
          points: [
            [1, 0],
            [1000001, 998000],
          ],
          destination_account: 'g.us.bank.alice',
          destination_precision: 10,
          destination_scale: 2,
        },
      ],
      unreachable_through_me: ['g.eu.bank.'],
    };
    expect(read(update)).toEqual({
      holdDownMs: 45_000,
      newRoutes: [
        {
          sourceLedger: 'peer.pjjQz.usd.9.',
          destinationLedger: 'g.us.bank.',
          sourceAccount: 'peer.pjjQz.usd.9.alice',
          minMessageWindowS: 1,
          points: [
            [1n, 0n],
            [1_000_001n, 998_000n],
          ],
          paths: [[]],
        },
      ],
      skipped: [],
      unreachable: ['g.eu.bank.'],
      requestFullTable: false,
      showsV21: false,
    });
  });

  test('a route with base64 points as v21 has it', () => {
    const points = 'AAAAAAEAAAAAAAAAAAAAAAAAAABBQg8AAAAAAHA6DwA=';
    const update = read({
      ...withRoute({ points, paths: [[]] }),
      request_full_table: false,
    });
    expect(update).toMatchObject({ showsV21: true, requestFullTable: false });
    expect(update.newRoutes).toMatchObject([
      {
        points: [
          [1n, 0n],
          [1_000_001n, 998_000n],
        ],
        paths: [[]],
      },
    ]);
  });

  test('a route without a curve', () => {
    const paths = [['peer.Abcde.eur.9.'], ['x.', 'y.']];
    const update = read({ ...withRoute({ paths }), request_full_table: true });
    expect(update).toMatchObject({ showsV21: true, requestFullTable: true });
    expect(update.newRoutes[0]).not.toHaveProperty('points');
    expect(update.newRoutes[0]?.paths).toEqual(paths);
  });

  test('what 21.1.10 really sends', () => {
    const broadcast = received(
      custom(
        '{"method":"broadcast_routes","data":{"new_routes":[{"source_ledger":"peer.ab.","destination_ledger":"test.b.","points":"AAAAAAEAAAAAAAAAAAAAAPNaAAABQHoQCloAAAAw1Ts=","min_message_window":1,"paths":[[]],"source_account":"peer.ab.client"}],"hold_down_time":7000,"unreachable_through_me":[],"request_full_table":true}}',
      ),
    );
    expect(broadcast).toMatchObject({
      type: 'update',
      update: {
        holdDownMs: 7000,
        requestFullTable: true,
        newRoutes: [
          {
            points: [
              [1n, 0n],
              [100_000_000_000_001n, 99_000_000_000_000n],
            ],
          },
        ],
      },
    });
  });

  test('no paths at all are one direct path, as is an empty list of them', () => {
    expect(read(withRoute({})).newRoutes[0]?.paths).toEqual([[]]);
    expect(read(withRoute({ paths: [] })).newRoutes[0]?.paths).toEqual([[]]);
  });
});

describe('an update is refused whole, and the member named, for', () => {
  test.each<[unknown, string]>([
    [[], 'update: not-an-object'],
    ['null', 'update: not-an-object'],
    [{ ...HEARTBEAT, hold_down_time: undefined }, 'hold_down_time: missing'],
    [{ ...HEARTBEAT, hold_down_time: 0 }, 'hold_down_time: out-of-range'],
    [{ ...HEARTBEAT, hold_down_time: 1.5 }, 'hold_down_time: not-an-integer'],
    [{ ...HEARTBEAT, hold_down_time: '45000' }, 'hold_down_time: not-a-number'],
    [{ ...HEARTBEAT, unreachable_through_me: undefined }, 'unreachable_through_me: missing'],
    [{ ...HEARTBEAT, unreachable_through_me: {} }, 'unreachable_through_me: not-a-list'],
    [
      { ...HEARTBEAT, unreachable_through_me: ['g.', 'g.us bank.'] },
      'unreachable_through_me[1]: not-an-address',
    ],
    [{ ...HEARTBEAT, unreachable_through_me: [7] }, 'unreachable_through_me[0]: not-text'],
    [{ ...HEARTBEAT, new_routes: undefined }, 'new_routes: missing'],
    [{ ...HEARTBEAT, new_routes: {} }, 'new_routes: not-a-list'],
    [{ ...HEARTBEAT, new_routes: [[]] }, 'new_routes[0]: not-an-object'],
    [{ ...HEARTBEAT, foo: 1 }, 'foo: unknown-member'],
    [{ ...HEARTBEAT, '<script>': 1 }, '?: unknown-member'],
    [{ ...HEARTBEAT, request_full_table: 'yes' }, 'request_full_table: not-a-boolean'],
    [withRoute({ foo: 1 }), 'new_routes[0].foo: unknown-member'],
    [withRoute({ source_account: undefined }), 'new_routes[0].source_account: missing'],
    [withRoute({ source_ledger: undefined }), 'new_routes[0].source_ledger: missing'],
    [withRoute({ min_message_window: undefined }), 'new_routes[0].min_message_window: missing'],
    [withRoute({ min_message_window: -1 }), 'new_routes[0].min_message_window: out-of-range'],
    [withRoute({ min_message_window: '1' }), 'new_routes[0].min_message_window: not-a-number'],
    [withRoute({ destination_ledger: '' }), 'new_routes[0].destination_ledger: not-an-address'],
    [
      withRoute({ destination_ledger: 'x'.repeat(1024) }),
      'new_routes[0].destination_ledger: not-an-address',
    ],
    [withRoute({ destination_account: '' }), 'new_routes[0].destination_account: not-an-address'],
    [withRoute({ destination_scale: '2' }), 'new_routes[0].destination_scale: not-a-number'],
    [
      withRoute({ destination_precision: null }),
      'new_routes[0].destination_precision: not-a-number',
    ],
    [withRoute({ destination_ledger: undefined }), 'new_routes[0].destination_ledger: missing'],
    [withRoute({ source_ledger: 'a b.' }), 'new_routes[0].source_ledger: not-an-address'],
    [withRoute({ source_account: '' }), 'new_routes[0].source_account: not-an-address'],
    [withRoute({ paths: null }), 'new_routes[0].paths: not-a-list'],
    [{ ...HEARTBEAT, request_full_table: null }, 'request_full_table: not-a-boolean'],
    [{ ...HEARTBEAT, hold_down_time: null }, 'hold_down_time: not-a-number'],
    [withRoute({ points: [] }), 'new_routes[0].points: too-few'],
    [withRoute({ points: {} }), 'new_routes[0].points: not-a-list'],
    [withRoute({ points: null }), 'new_routes[0].points: not-a-list'],
    [withRoute({ points: [7] }), 'new_routes[0].points[0]: not-a-list'],
    [withRoute({ points: [[0, 0, 0]] }), 'new_routes[0].points[0]: not-a-pair'],
    [
      withRoute({
        points: [
          [0, -1],
          [1, 1],
        ],
      }),
      'new_routes[0].points[0][1]: out-of-range',
    ],
    [
      withRoute({
        points: [
          [0, 0],
          ['1', '1'],
        ],
      }),
      'new_routes[0].points[1][0]: not-a-number',
    ],
    [withRoute({ points: 'AAA*' }), 'new_routes[0].points: not-base64'],
    [withRoute({ points: 'AAAAA' }), 'new_routes[0].points: not-base64'],
    [withRoute({ points: 'AA=' }), 'new_routes[0].points: not-base64'],
    [withRoute({ paths: ['x.'] }), 'new_routes[0].paths[0]: not-a-list'],
    [withRoute({ paths: [[], [1]] }), 'new_routes[0].paths[1][0]: not-text'],
    [withRoute({ paths: 'x.' }), 'new_routes[0].paths: not-a-list'],
  ])('%j', (update, expected) => {
    expect(refusal(update)).toBe(expected);
  });

  test('one bad route among good ones', () => {
    const good = { ...ROUTE };
    expect(
      refusal({ ...HEARTBEAT, new_routes: [good, good, { ...ROUTE, points: [[1, 'x']] }] }),
    ).toBe('new_routes[2].points[0][1]: not-a-number');
  });

  test.each<[string, Partial<BroadcastLimits>, unknown, string]>([
    ['too many bytes', { maxBytes: 100 }, HEARTBEAT, 'message: too-large'],
    [
      'too many routes',
      { maxRoutes: 1 },
      { ...HEARTBEAT, new_routes: [ROUTE, ROUTE] },
      'new_routes: too-many',
    ],
    [
      'too many withdrawals',
      { maxRoutes: 1 },
      { ...HEARTBEAT, unreachable_through_me: ['a.', 'b.'] },
      'unreachable_through_me: too-many',
    ],
    ['too much depth', { maxDepth: 5 }, withRoute({ paths: [['x.']] }), 'message: too-deep'],
  ])('%s', (_what, limits, update, expected) => {
    expect(refusal(update, { ...BROADCAST_LIMITS, ...limits })).toBe(expected);
  });
});

describe('only the one route is skipped, and the reason told, for', () => {
  const long = Array.from({ length: 1001 }, (_, index) => [index, index]);
  const curve = (bytes: number): string => Buffer.alloc(bytes, 1).toString('base64');

  test.each<[string, object, string]>([
    ['points of three bytes', { points: 'AAAA' }, 'wrong-length'],
    ['points of no bytes', { points: '' }, 'no-points'],
    [
      'amounts that fall',
      {
        points: [
          [0, 10],
          [5, 3],
        ],
      },
      'not-a-curve',
    ],
    [
      'an amount that repeats',
      {
        points: [
          [5, 3],
          [5, 4],
        ],
      },
      'not-a-curve',
    ],
    ['bytes of a point that repeats', { points: curve(32) }, 'not-a-curve'],
    ['more than a thousand points', { points: long }, 'too-many-points'],
    ['more than a thousand points in bytes', { points: curve(16_016) }, 'too-many-points'],
    ['a message window of more than a day', { min_message_window: 86_401 }, 'window-too-long'],
    [
      'more than a hundred paths',
      { paths: Array.from({ length: 101 }, () => []) },
      'too-many-paths',
    ],
    [
      'more than a hundred ledgers',
      { paths: [Array.from({ length: 101 }, () => 'x.')] },
      'path-too-long',
    ],
    ['a ledger of 1024 characters', { paths: [[], ['x'.repeat(1024)]] }, 'path-too-long'],
  ])('%s', (_what, members, rule) => {
    const other = { ...ROUTE, destination_ledger: 'g.other.' };
    const update = read({ ...HEARTBEAT, new_routes: [{ ...ROUTE, ...members }, other] });
    expect(update.skipped).toEqual([{ destinationLedger: 'g.us.bank.', rule }]);
    expect(update.newRoutes.map((route) => route.destinationLedger)).toEqual(['g.other.']);
  });

  test.each(
    vectors.curve_invalid.flatMap(({ reason, points }) => (points ? [[reason, points]] : [])),
  )('or the update refused, for a curve where %s', (_reason, points) => {
    const update = withRoute({ points });
    const isSkipped = refusal(update) === 'accepted' && read(update).skipped.length === 1;
    expect(isSkipped || refusal(update).endsWith('out-of-range')).toBe(true);
  });
});

describe('points', () => {
  const pointsOf = (points: string): unknown => read(withPoints(points)).newRoutes[0]?.points;

  test.each(
    vectors.curve_encoding.filter(({ points }) => points.length > 0).map((v) => [v.id, v] as const),
  )(
    'of the vector %s are read as base64 of either alphabet, padded or not, broken in lines or not',
    (_id, { points, base64 }) => {
      const expected = points.map(([x = '', y = '']) => [BigInt(x), BigInt(y)]);
      const urlSafe = base64.replaceAll('+', '-').replaceAll('/', '_');
      expect(pointsOf(`"${base64}"`)).toEqual(expected);
      expect(pointsOf(`"${urlSafe}"`)).toEqual(expected);
      expect(pointsOf(`"${urlSafe.replaceAll('=', '')}"`)).toEqual(expected);
      expect(pointsOf(JSON.stringify(base64.replace(/.{4}/g, '$&\n')))).toEqual(expected);
    },
  );

  test('of a peer with another byte order are understood where there is only one way to (D-22)', () => {
    const bytes = Buffer.alloc(32);
    bytes.writeBigUInt64BE(255n, 0);
    bytes.writeBigUInt64BE(256n, 16);
    expect(pointsOf(`"${bytes.toString('base64')}"`)).toEqual([
      [255n, 0n],
      [256n, 0n],
    ]);
  });

  test.each([
    [
      'beyond doubles',
      '[[9007199254740993,9007199254740995]]',
      [[9007199254740993n, 9007199254740995n]],
    ],
    [
      'up to 64 bits',
      '[[0,0],[18446744073709551615,18446744073709551615]]',
      [
        [0n, 0n],
        [2n ** 64n - 1n, 2n ** 64n - 1n],
      ],
    ],
    ['with exponents', '[[1e2,1.5E3],[12e+10,13000e-1]]', 'falls'],
    [
      'with exponents',
      '[[1e2,1.5E3],[12e+10,1600e0]]',
      [
        [100n, 1500n],
        [120000000000n, 1600n],
      ],
    ],
    [
      'with fractions, x up and y down',
      '[[0.1,0.9],[1000000.5,998000.5]]',
      [
        [1n, 0n],
        [1000001n, 998000n],
      ],
    ],
  ])('%s are exact', (_what, points, expected) => {
    expect(pointsOf(points)).toEqual(expected === 'falls' ? undefined : expected);
  });

  test.each([
    '[[0,0],[1.7976931348623157e+308,1.7976931348623157e+308]]',
    '[[0,0],[18446744073709551616,5]]',
  ])('beyond 64 bits are a placeholder for no curve: %s', (points) => {
    const update = read(withPoints(points));
    expect(update.skipped).toEqual([]);
    expect(update.newRoutes).toHaveLength(1);
    expect(update.newRoutes[0]).not.toHaveProperty('points');
  });
});

test('no error repeats what the peer wrote', () => {
  const secret = 'hunter2 hunter2';
  expect(refusal({ ...HEARTBEAT, [secret]: 1 })).not.toContain('hunter2');
  expect(refusal(withRoute({ destination_ledger: secret }))).not.toContain('hunter2');
});
