import fc from 'fast-check';
import { readRpcCall, writeRpcCall } from '../rpc';
import type { CurvePoint } from '../ilp/ilp-packet';
import { UnwritableFieldError } from '../oer/unwritable-field-error';
import { broadcastEntry, fullTableRequestEntry, readRoutingBroadcast } from './routing-broadcast';
import type { AnnouncedRoute, RoutingUpdate } from './routing-update';
import { type BroadcastForm, writeRoute, writeRoutingUpdate } from './write-routing-update';

const V17: BroadcastForm = { dialect: 'v17', curvelessV17: 'omit' };
const V21: BroadcastForm = { dialect: 'v21', curvelessV17: 'omit' };
const SETTING = { ledger: 'peer.ab.', peerAccount: 'peer.ab.server' };
const curveless: AnnouncedRoute = {
  sourceLedger: 'peer.ab.',
  destinationLedger: 'test.b.',
  sourceAccount: 'peer.ab.server',
  minMessageWindowS: 1,
  paths: [['test.m.']],
};
const route: AnnouncedRoute = {
  ...curveless,
  points: [
    [1n, 0n],
    [1_000_001n, 998_000n],
  ],
};
const update: RoutingUpdate = {
  holdDownMs: 45_000,
  newRoutes: [route],
  unreachable: ['g.eu.bank.'],
  requestFullTable: true,
};
const written = (form: BroadcastForm, changes: Partial<RoutingUpdate> = {}): unknown =>
  JSON.parse(writeRoutingUpdate({ ...update, ...changes }, form));

describe('an update to a peer', () => {
  test('in v17 has JSON points, and neither paths nor a request', () => {
    expect(written(V17)).toEqual({
      new_routes: [
        {
          source_ledger: 'peer.ab.',
          destination_ledger: 'test.b.',
          source_account: 'peer.ab.server',
          min_message_window: 1,
          points: [
            [1, 0],
            [1000001, 998000],
          ],
        },
      ],
      hold_down_time: 45000,
      unreachable_through_me: ['g.eu.bank.'],
    });
  });

  test('in v21 has base64 points, paths and the request', () => {
    expect(written(V21)).toEqual({
      new_routes: [
        {
          source_ledger: 'peer.ab.',
          destination_ledger: 'test.b.',
          source_account: 'peer.ab.server',
          min_message_window: 1,
          points: 'AAAAAAEAAAAAAAAAAAAAAAAAAABBQg8AAAAAAHA6DwA=',
          paths: [['test.m.']],
        },
      ],
      hold_down_time: 45000,
      unreachable_through_me: ['g.eu.bank.'],
      request_full_table: true,
    });
  });

  test('without routes and without a request is the same in both', () => {
    const heartbeat = { newRoutes: [], unreachable: [], requestFullTable: false };
    const expected = { new_routes: [], hold_down_time: 45000, unreachable_through_me: [] };
    expect(written(V17, heartbeat)).toEqual(expected);
    expect(written(V21, heartbeat)).toEqual(expected);
  });

  test.each<[BroadcastForm, unknown]>([
    [V21, undefined],
    [V17, undefined],
    [
      { ...V17, curvelessV17: 'placeholder' },
      [
        [0, 0],
        [9007199254740991, 9007199254740991],
      ],
    ],
  ])('leaves points out where there is no curve, or stands in for them: %j', (form, points) => {
    const text = writeRoute(curveless, form);
    expect((JSON.parse(text ?? '') as { points?: unknown }).points).toEqual(points);
  });

  test('drops a route without a curve from v17 where that is wanted', () => {
    expect(writeRoute(curveless, { ...V17, curvelessV17: 'drop' })).toBeUndefined();
    expect(writeRoute(curveless, { ...V21, curvelessV17: 'drop' })).toBeDefined();
    expect(
      written({ ...V17, curvelessV17: 'drop' }, { newRoutes: [curveless, route] }),
    ).toMatchObject({ new_routes: [{ destination_ledger: 'test.b.' }] });
  });

  test('never holds a number in v17 that a double cannot', () => {
    const points: CurvePoint[] = [
      [0n, 0n],
      [2n ** 64n - 1n, 2n ** 64n - 1n],
    ];
    expect(written(V17, { newRoutes: [{ ...route, points }] })).toMatchObject({
      new_routes: [
        {
          points: [
            [0, 0],
            [9007199254740991, 9007199254740991],
          ],
        },
      ],
    });
    expect(writeRoute({ ...route, points: [[2n ** 60n, 0n]] }, V17)).toBeUndefined();
    expect(writeRoute({ ...route, points: [[2n ** 60n, 0n]] }, V21)).toBeDefined();
  });

  test.each<[string, Partial<RoutingUpdate>]>([
    ['hold_down_time', { holdDownMs: 0 }],
    ['hold_down_time', { holdDownMs: 1.5 }],
    ['unreachable_through_me', { unreachable: [''] }],
    ['destination_ledger', { newRoutes: [{ ...route, destinationLedger: '' }] }],
    ['source_account', { newRoutes: [{ ...route, sourceAccount: 'a b' }] }],
    ['min_message_window', { newRoutes: [{ ...route, minMessageWindowS: -1 }] }],
    ['min_message_window', { newRoutes: [{ ...route, minMessageWindowS: NaN }] }],
  ])('that no peer would accept is not written: %s', (field, changes) => {
    const attempt = (): unknown => written(V17, changes);
    expect(attempt).toThrow(UnwritableFieldError);
    expect(attempt).toThrow(field);
  });
});

describe('carriage', () => {
  test('over BTP/1.0 is the bytes that were captured between historic peers', () => {
    const { protocolName, contentType, data } = broadcastEntry(
      { ...update, newRoutes: [], unreachable: [], requestFullTable: false },
      V21,
      'custom',
    );
    expect({ protocolName, contentType }).toEqual({ protocolName: 'custom', contentType: 2 });
    expect(data.toString()).toBe(
      '{"method":"broadcast_routes","data":{"new_routes":[],"hold_down_time":45000,"unreachable_through_me":[]}}',
    );
  });

  test('over BTP/alpha is another name', () => {
    expect(broadcastEntry(update, V17, 'ccp')).toMatchObject({
      protocolName: 'ccp',
      contentType: 2,
    });
    expect(readRoutingBroadcast([fullTableRequestEntry()], SETTING)).toEqual({
      type: 'full-table-request',
    });
  });

  test.each(['send_request', 'send_message'] as const)(
    'over RPC by %s is read as sent',
    (method) => {
      const ledger = {
        prefix: 'peer.ab.',
        account: 'peer.ab.server',
        peerAccount: 'peer.ab.client',
      };
      const setting = { ledger, nowMs: 0 };
      const entry = broadcastEntry(update, V17, 'custom');
      const call = writeRpcCall({ type: 'message', requestId: 1, protocolData: [entry] }, setting);
      const [message] = call?.params ?? [];
      const { custom, ...rest } = message as { custom: unknown };
      // 17.0.2 had no `custom` yet.
      const sent = method === 'send_message' ? { ...rest, data: custom } : message;
      const peer = { ...ledger, account: ledger.peerAccount, peerAccount: ledger.account };
      const request = readRpcCall({ method, params: [sent] }, 1, { ledger: peer, nowMs: 0 });
      expect(readRoutingBroadcast(request.protocolData, SETTING)).toMatchObject({
        type: 'update',
        update: { newRoutes: [{ points: route.points }], unreachable: ['g.eu.bank.'] },
      });
    },
  );

  const address = fc.stringMatching(/^[A-Za-z0-9._~-]{1,30}$/);
  const amount = fc.bigInt(0n, 2n ** 53n - 1n);
  const ascending = (a: bigint, b: bigint): number => (a < b ? -1 : Number(a > b));
  const points = fc
    .tuple(
      fc.uniqueArray(amount, { minLength: 1, maxLength: 8 }),
      fc.array(amount, { minLength: 8, maxLength: 8 }),
    )
    .map(([xs, ys]): CurvePoint[] => {
      const rising = ys.sort(ascending);
      return xs.sort(ascending).map((x, index) => [x, rising[index] ?? 0n]);
    });
  const announced: fc.Arbitrary<AnnouncedRoute> = fc.record(
    {
      sourceLedger: address,
      destinationLedger: address,
      sourceAccount: address,
      minMessageWindowS: fc.double({ min: 0, max: 86_400, noNaN: true }),
      points,
      paths: fc.array(fc.array(fc.string({ maxLength: 20 }), { maxLength: 3 }), {
        minLength: 1,
        maxLength: 3,
      }),
    },
    {
      requiredKeys: [
        'sourceLedger',
        'destinationLedger',
        'sourceAccount',
        'minMessageWindowS',
        'paths',
      ],
    },
  );
  const anyUpdate: fc.Arbitrary<RoutingUpdate> = fc.record({
    holdDownMs: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    newRoutes: fc.array(announced, { maxLength: 4 }),
    unreachable: fc.array(address, { maxLength: 4 }),
    requestFullTable: fc.boolean(),
  });

  test('brings over in v21 all that was said, and in v17 all but paths and the request', () => {
    fc.assert(
      fc.property(anyUpdate, fc.constantFrom(V17, V21), (said, form) => {
        const heard = readRoutingBroadcast([broadcastEntry(said, form, 'custom')], SETTING);
        const expected =
          form === V21
            ? said
            : {
                ...said,
                requestFullTable: false,
                newRoutes: said.newRoutes.map((each) => ({ ...each, paths: [[]] })),
              };
        expect(heard).toMatchObject({ type: 'update', update: { ...expected, skipped: [] } });
      }),
    );
  });
});
