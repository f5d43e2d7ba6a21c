import { RoutingTables } from '#domain/routing';
import { NOW, packet, planRequest, QUOTED } from '../../../test/support/plan-requests';
import { planPayment } from './plan-payment';

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

  test('waits for that, the remaining time being what it is to be held there', () => {
    expect(planPayment(tables(), planRequest())).toMatchObject({
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
    expect(planPayment(tables(), planRequest(change))).toMatchObject({ kind: 'refuse', code });
  });

  test('goes on by the quote, is refused beyond it, and asks again when that has expired', () => {
    const quoted = tables();
    quoted.quote({ ledgerId: 'ledger-b', account: 'b.bob', routeKey: '' }, QUOTED);
    const decided = (asks: bigint, nowMs = NOW): unknown => {
      const expiresAtMs = nowMs + 6000;
      return planPayment(
        quoted,
        planRequest({ packet: packet('c.carl', asks), nowMs, expiresAtMs }),
      );
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
        planRequest({
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
