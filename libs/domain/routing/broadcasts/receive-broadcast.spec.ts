import { Curve } from '#domain/liquidity';
import type { AnnouncedRoute, ReceivedRoutingUpdate } from '#protocol';
import { MAX_HOLD_DOWN_MS, receiveBroadcast, type RouteListener } from './receive-broadcast';

const NOW = Date.parse('2026-11-22T09:32:00.000Z');
const SENDER = { ledgerId: 'ab', account: 'test.ab.client' };

const announced = (
  destinationLedger: string,
  more: Partial<AnnouncedRoute> = {},
): AnnouncedRoute => ({
  sourceLedger: 'test.ab.',
  destinationLedger,
  sourceAccount: 'test.ab.client',
  minMessageWindowS: 1,
  paths: [[]],
  ...more,
});
const updateOf = (more: Partial<ReceivedRoutingUpdate>): ReceivedRoutingUpdate => ({
  holdDownMs: 45_000,
  newRoutes: [],
  unreachable: [],
  requestFullTable: false,
  skipped: [],
  showsV21: false,
  ...more,
});

/** Tables that note what they are asked for. */
class NotedTables implements RouteListener {
  readonly calls: unknown[][] = [];

  extend(...call: Parameters<RouteListener['extend']>): void {
    this.calls.push(['extend', ...call]);
  }

  withdraw(...call: Parameters<RouteListener['withdraw']>): number {
    this.calls.push(['withdraw', ...call]);
    return 1;
  }

  learn(...call: Parameters<RouteListener['learn']>): ReturnType<RouteListener['learn']> {
    this.calls.push(['learn', ...call]);
    return call[1]
      .filter(({ destination }) => destination === 'test.loop.')
      .map(({ destination }) => ({ destination, reason: 'loop' }));
  }
}

describe('an update', () => {
  const tables = new NotedTables();
  const heard = receiveBroadcast(
    updateOf({
      newRoutes: [
        announced('test.c.', { points: [[1n, 1n]] }),
        announced('test.loop.'),
        announced('test.odd.', {
          points: [
            [5n, 5n],
            [4n, 4n],
          ],
        }),
      ],
      skipped: [{ destinationLedger: 'test.bad.', rule: 'not-a-curve' }],
      unreachable: ['test.x.', 'test.c.'],
      requestFullTable: true,
      showsV21: true,
    }),
    { sender: SENDER, nowMs: NOW },
    tables,
  );

  test('extends, then withdraws, then teaches', () => {
    const at = { nowMs: NOW, holdDownMs: 45_000 };
    const { minMessageWindowS, sourceAccount, sourceLedger, paths } = announced('');
    const facts = { minMessageWindowS, sourceAccount, sourceLedger, paths };
    expect(tables.calls).toEqual([
      ['extend', SENDER, at],
      ['withdraw', SENDER, ['test.x.', 'test.c.']],
      [
        'learn',
        SENDER,
        [
          { ...facts, destination: 'test.c.', curve: Curve.of([[1n, 1n]]) },
          { ...facts, destination: 'test.loop.' },
          { ...facts, destination: 'test.odd.', curve: 'invalid' },
        ],
        at,
      ],
    ]);
  });

  test('is reported with what was not used of it, and why', () => {
    expect(heard).toEqual({
      atMs: NOW,
      holdDownMs: 45_000,
      used: ['test.c.', 'test.odd.'],
      unused: [
        { destination: 'test.bad.', reason: 'not-a-curve' },
        { destination: 'test.loop.', reason: 'loop' },
      ],
      unreachable: ['test.x.', 'test.c.'],
      withdrawn: 1,
      requestFullTable: true,
      showsV21: true,
    });
  });

  test('that says nothing only extends', () => {
    const quiet = new NotedTables();
    receiveBroadcast(updateOf({}), { sender: SENDER, nowMs: NOW }, quiet);
    expect(quiet.calls).toEqual([['extend', SENDER, { nowMs: NOW, holdDownMs: 45_000 }]]);
  });

  test.each([MAX_HOLD_DOWN_MS + 1, 1e300, Infinity])('is not good for as long as %d ms', (ms) => {
    const quiet = new NotedTables();
    const from = { sender: SENDER, nowMs: NOW };
    expect(receiveBroadcast(updateOf({ holdDownMs: ms }), from, quiet).holdDownMs).toBe(
      MAX_HOLD_DOWN_MS,
    );
    expect(quiet.calls).toEqual([['extend', SENDER, { nowMs: NOW, holdDownMs: MAX_HOLD_DOWN_MS }]]);
  });
});
