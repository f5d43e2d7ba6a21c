import { Curve } from '#domain/liquidity';
import { RoutingTables } from '#domain/routing';
import { encodeIlp } from '#protocol';
import vectors from '../../../test/vectors/vectors.json';
import { planPayment, type PlanRequest, type PlanSettings } from './plan-payment';

const NOW = Date.parse('2017-08-28T09:32:00.000Z');
const ID = 'b4c838f6-80b1-47f8-a82e-b1fcfbed89d5';
const SETTINGS: PlanSettings = {
  connectorAddress: 'test.causeway',
  slippagePpm: 1000n,
  minMessageWindowMs: 1000,
  maxHoldTimeMs: 10_000,
};

const [beyond] = vectors.quotes.environment.remote_routes;
const BEYOND = Curve.of(beyond?.points.map(([x = 0, y = 0]) => [BigInt(x), BigInt(y)]) ?? []);
const QUOTED = { key: 'c.', curve: BEYOND, windowMs: 1000, expiresAtMs: NOW + 45_000 };

const packet = (account: string, amount: bigint): Buffer =>
  encodeIlp({ type: 'payment', amount, account, data: Buffer.from('x') });

describe('a payment that another connector takes on, who has to be asked what it brings', () => {
  const HOPS = ['b.bob', 'b.bill'];
  const tables = (): RoutingTables =>
    RoutingTables.build(
      [
        { ledgerId: 'ledger-a', prefix: 'a.', currencyScale: 2, account: 'mark' },
        { ledgerId: 'ledger-b', prefix: 'b.', currencyScale: 4, account: 'mark' },
      ],
      {
        spreadPpm: 2000n,
        minMessageWindowMs: 1000,
        staticRoutes: HOPS.map((connectorAccount) => ({
          targetPrefix: '',
          connectorLedger: 'b.',
          connectorAccount,
        })),
      },
    );
  const request = (change: Partial<PlanRequest> = {}): PlanRequest => ({
    ledgerId: 'ledger-a',
    transferId: ID,
    amount: 100n,
    expiresAtMs: NOW + 6000,
    packet: packet('c.carl', 4989n),
    nowMs: NOW,
    secret: Buffer.alloc(32, 1),
    settings: SETTINGS,
    ...change,
  });

  test('waits for that, the remaining time being what it is to be held there', () => {
    expect(planPayment(tables(), request())).toMatchObject({
      type: 'remote-quote-needed',
      destination: 'c.carl',
      holdDurationMs: 5000,
      wanted: { by: 'source', amount: 100n },
      route: { nextHop: 'b.bob', matchedKey: '', others: [{ nextHop: 'b.bill' }] },
    });
  });

  test.each([
    ['it is too late anyway', { expiresAtMs: NOW + 1000 }, 'R02'],
    ['there is too much time', { expiresAtMs: NOW + 11_001 }, 'R02'],
    ['nothing would reach the next hop', { amount: 0n }, 'R01'],
  ])('is refused without asking where %s', (_why, change, code) => {
    expect(planPayment(tables(), request(change))).toMatchObject({ kind: 'refuse', code });
  });

  test('goes on by the quote, is refused beyond it, and asks again when that has expired', () => {
    const quoted = tables();
    quoted.quote({ ledgerId: 'ledger-b', account: 'b.bob', routeKey: '' }, QUOTED);
    const decided = (asks: bigint, nowMs = NOW): unknown => {
      const expiresAtMs = nowMs + 6000;
      return planPayment(quoted, request({ packet: packet('c.carl', asks), nowMs, expiresAtMs }));
    };
    expect(decided(4989n)).toMatchObject({ kind: 'forward', ledgerId: 'ledger-b', amount: 9980n });
    expect(decided(4993n)).toMatchObject({ kind: 'forward' });
    expect(decided(4995n)).toMatchObject({ kind: 'refuse', code: 'R01' });
    expect(decided(4989n, NOW + 44_999)).toMatchObject({ kind: 'forward' });
    expect(decided(4989n, NOW + 45_000)).toMatchObject({ type: 'remote-quote-needed' });
  });

  test('goes on by the amount that a next hop quoted that knows no curves (D-37)', () => {
    const told = (change: object = {}): unknown =>
      planPayment(
        tables(),
        request({
          quotedAmount: {
            ledgerId: 'ledger-b',
            nextHop: 'b.bill',
            by: 'source',
            asked: 9980n,
            told: 4989n,
            sourceHoldDurationMs: 6000,
            ...change,
          },
        }),
      );
    expect(told()).toMatchObject({ kind: 'forward', amount: 9980n });
    expect(told({ told: 4983n })).toMatchObject({ kind: 'refuse', code: 'R01' });
    // Of another amount, or of somebody else, it says nothing.
    expect(told({ asked: 9981n })).toMatchObject({ type: 'remote-quote-needed' });
    expect(told({ nextHop: 'b.zoe' })).toMatchObject({ type: 'remote-quote-needed' });
    expect(told({ by: 'destination' })).toMatchObject({ type: 'remote-quote-needed' });
  });
});
