import type { PaymentPlan } from '#domain/ledger';
import { Curve } from '#domain/liquidity';
import { RoutingTables } from '#domain/routing';
import { planAtOnce } from '../../../test/support/at-once';
import { BEYOND, NOW, packet, planRequest, SETTINGS } from '../../../test/support/plan-requests';
import vectors from '../../../test/vectors/vectors.json';
import type { PlanRequest } from './plan-payment';

describe('a payment that another connector takes on, who told us what it brings', () => {
  const NOTHING: readonly never[] = [];
  const learnt = (): RoutingTables => {
    const tables = RoutingTables.build(
      [
        { ledgerId: 'ledger-a', prefix: 'a.', currencyScale: 2, account: 'mark' },
        { ledgerId: 'ledger-b', prefix: 'b.', currencyScale: 4, account: 'mark' },
      ],
      { spreadPpm: 2000n, minMessageWindowMs: 1000, staticRoutes: NOTHING },
    );
    const route = {
      destination: 'c.',
      sourceLedger: 'b.',
      sourceAccount: 'b.bob',
      minMessageWindowS: 1,
      curve: BEYOND,
      paths: NOTHING,
    };
    const teller = { ledgerId: 'ledger-b', account: 'b.bob' };
    expect(tables.learn(teller, [route], { holdDownMs: 45_000, nowMs: NOW })).toEqual([]);
    return tables;
  };
  const planOver = (change: Partial<PlanRequest>): PaymentPlan =>
    planAtOnce(learnt(), planRequest(change));
  const vector = (id: string): (typeof vectors.payments.results)[number] => {
    const found = vectors.payments.results.find((each) => each.id === id);
    if (found === undefined) throw new Error(`no vector ${id}`);
    return found;
  };

  test('goes on as connector 21.1.10 has it', () => {
    const { destination_transfer: to } = vector('next-hop');
    expect(planOver({})).toEqual({
      kind: 'forward',
      ledgerId: 'ledger-b',
      transferId: to?.id,
      amount: BigInt(to?.amount ?? ''),
      expiresAtMs: Date.parse(to?.expires_at ?? ''),
      pricing: { pays: 'brought', spreadPpm: 2000 },
    });
  });

  test('is refused here if it does not suffice there, which history did not check', () => {
    const { source_transfer: source } = vector('next-hop-underpaid-not-checked-historically');
    const asked = packet(source.packet_account, BigInt(source.packet_amount));
    expect(planOver({ packet: asked })).toMatchObject({ kind: 'refuse', code: 'R01' });
    // 4989 arrive: within the tolerance of one per mille up to 4993.
    expect(planOver({ packet: packet('c.carl', 4993n) })).toMatchObject({ kind: 'forward' });
    expect(planOver({ packet: packet('c.carl', 4995n) })).toMatchObject({ code: 'R01' });
  });

  test('loses by rounding once, which the next connector has allowed for', () => {
    const tables = RoutingTables.build(
      [
        { ledgerId: 'ledger-a', prefix: 'a.', currencyScale: 2, account: 'mark' },
        { ledgerId: 'ledger-b', prefix: 'b.', currencyScale: 1, account: 'mark' },
      ],
      { spreadPpm: 0n, minMessageWindowMs: 1000, staticRoutes: NOTHING },
    );
    // One for one, told with the shift of SPEC §10.7: 6 of 7.
    const curve = Curve.of([
      [1n, 0n],
      [1001n, 1000n],
    ]);
    const from = { sourceLedger: 'b.', sourceAccount: 'b.bob', minMessageWindowS: 1 };
    const route = { destination: 'c.', ...from, curve, paths: NOTHING };
    const teller = { ledgerId: 'ledger-b', account: 'b.bob' };
    tables.learn(teller, [route], { holdDownMs: 45_000, nowMs: NOW });
    const paying = (amount: bigint): PaymentPlan =>
      planAtOnce(
        tables,
        planRequest({
          amount,
          packet: packet('c.carl', 6n),
          settings: { ...SETTINGS, slippagePpm: 0n },
        }),
      );
    expect(paying(60n)).toMatchObject({ code: 'R01' });
    expect(paying(61n)).toMatchObject({ kind: 'forward', amount: 6n });
  });

  test('goes on with all that the pair makes of it, whatever little it asks for', () => {
    expect(planOver({ packet: packet('c.carl', 1n) })).toMatchObject({ amount: 9980n });
    expect(planOver({ packet: packet('c.carl') })).toMatchObject({ amount: 9980n });
  });

  test('is refused if nothing of it would arrive', () => {
    expect(planOver({ amount: 0n, packet: packet('c.carl') })).toMatchObject({ code: 'R01' });
  });

  test('is unreachable once what was told has expired', () => {
    const late = { nowMs: NOW + 45_000, expiresAtMs: NOW + 51_000 };
    expect(planOver(late)).toMatchObject({ kind: 'refuse', code: 'F02' });
  });
});

test('the way that was quoted counts where the tolerance would choose a shorter one', () => {
  const tables = RoutingTables.build(
    ['a', 'b', 'c'].map((ledgerId) => ({
      ledgerId,
      prefix: `${ledgerId}.`,
      currencyScale: 2,
      account: 'mark',
    })),
    { spreadPpm: 0n, minMessageWindowMs: 1000, staticRoutes: [] },
  );
  const tell = (
    ledgerId: string,
    end: readonly [bigint, bigint],
    path: readonly string[],
  ): void => {
    const account = `${ledgerId}.peer`;
    const told = { destination: 'x.', sourceLedger: `${ledgerId}.`, sourceAccount: account };
    const curve = Curve.of([[0n, 0n], end]);
    const route = { ...told, minMessageWindowS: 1, curve, paths: [path] };
    tables.learn({ ledgerId, account }, [route], { holdDownMs: 45_000, nowMs: NOW });
  };
  tell('b', [20_000n, 10_000n], []);
  tell('c', [20_000n, 20_000n], ['y.']);
  const pay = (amount: bigint, wanted: bigint): PaymentPlan =>
    planAtOnce(tables, planRequest({ ledgerId: 'a', amount, packet: packet('x.carl', wanted) }));
  // The short way ends at 10,000; a quote for more is one of the long way, which is cheaper.
  expect(pay(10_005n, 10_005n)).toMatchObject({ kind: 'forward', ledgerId: 'c' });
  expect(pay(10_000n, 10_000n)).toMatchObject({ kind: 'refuse', code: 'R01' });
});
