import fc from 'fast-check';
import { Curve, MAX_AMOUNT } from '#domain/liquidity';
import { answerQuotePacket, type QuotePacketAnswer, RoutingTables } from '#domain/routing';
import { type CurvePoint, decodeIlp, encodeIlp, type IlpPacket } from '#protocol';
import { planPayment } from './plan-payment';

const NOW = 1_000_000;
const HOLD = { holdDownMs: 45_000, nowMs: NOW };
const account = fc.constantFrom('b.x', 'far.y', 'far.x.y', 'wired.q');

const amount = fc.oneof(
  fc.bigInt({ min: 0n, max: 300n }),
  fc.bigInt({ min: 0n, max: MAX_AMOUNT }),
  fc.constantFrom(MAX_AMOUNT, MAX_AMOUNT - 1n, 10n ** 14n, 10n ** 14n + 1n),
);
const ascending = (a: bigint, b: bigint): number => (a < b ? -1 : 1);
const curve = fc.array(fc.tuple(amount, amount), { minLength: 1, maxLength: 6 }).map((drawn) => {
  const sources = [...new Set(drawn.map(([x]) => x))].sort(ascending);
  const brought = drawn.map(([, y]) => y).sort(ascending);
  return Curve.of(sources.map((x, index): CurvePoint => [x, brought[index] ?? 0n]));
});
const factor = fc.bigInt({ min: 1n, max: 10n ** 6n });
const told = fc.record({
  curve,
  destination: fc.constantFrom('far.', 'far.x.'),
  minMessageWindowS: fc.double({ min: 0, max: 86_400, noNaN: true }),
  paths: fc.constantFrom([[]], [['z.']]),
});
const world = fc.record({
  rate: fc.record({ numerator: factor, denominator: factor }),
  spreadPpm: fc.constantFrom(0n, 2_000n, 999_999n),
  fixedFee: fc.constantFrom(0n, 1n, 100n),
  maxIn: amount,
  maxOut: amount,
  currencyScale: fc.constantFrom(0, 2, 9),
  told: fc.array(told, { maxLength: 4 }),
  quoted: curve,
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

function tablesOf(drawn: World): RoutingTables {
  const { rate, spreadPpm, fixedFee, currencyScale, maxIn, maxOut } = drawn;
  const wired = { targetPrefix: 'wired.', connectorLedger: 'b.', connectorAccount: 'b.bob' };
  const tables = RoutingTables.build(
    [
      { ledgerId: 'a', prefix: 'a.', currencyScale: 9, account: 'us', maxIn },
      { ledgerId: 'b', prefix: 'b.', currencyScale, account: 'us', maxOut },
    ],
    {
      ...{ spreadPpm, minMessageWindowMs: 1_000, staticRoutes: [wired] },
      pricing: () => ({ rate, spreadPpm, fixedFee }),
    },
  );
  for (const [n, route] of drawn.told.entries()) {
    const sourceAccount = `b.hop${n}`;
    const teller = { ledgerId: 'b', account: sourceAccount };
    tables.learn(teller, [{ sourceLedger: 'b.', sourceAccount, ...route }], HOLD);
  }
  const tail = { key: 'wired.', curve: drawn.quoted, windowMs: 10, expiresAtMs: NOW + 1_000 };
  tables.quote({ ledgerId: 'b', account: 'b.bob', routeKey: 'wired.' }, tail);
  return tables;
}

function ask(tables: RoutingTables, request: IlpPacket): IlpPacket {
  const answer: QuotePacketAnswer | { readonly type: string } = answerQuotePacket(tables, {
    ...{ ledgerId: 'a', packet: encodeIlp(request), nowMs: NOW, connectorAddress: 'c' },
    rules: { maxHoldTimeMs: 10_000, quoteExpiryMs: 45_000 },
  });
  if ('type' in answer) throw new Error('nobody else has to be asked');
  return decodeIlp(answer.packet);
}

/** A payment of the amount for what it is to bring, with no tolerance. */
function plan(
  tables: RoutingTables,
  to: string,
  { source, brings }: { readonly source: bigint; readonly brings: bigint },
): unknown {
  const settings = { connectorAddress: 'c', minMessageWindowMs: 1_000, maxHoldTimeMs: 10_000 };
  return planPayment(tables, {
    ...{ ledgerId: 'a', transferId: 'b4c838f6-80b1-47f8-a82e-b1fcfbed89d5', amount: source },
    ...{ expiresAtMs: NOW + 5_000, nowMs: NOW, secret: Buffer.alloc(32) },
    packet: encodeIlp({ type: 'payment', amount: brings, account: to, data: Buffer.alloc(0) }),
    settings: { ...settings, slippagePpm: 0n },
  });
}

test('whoever pays what was quoted, by either amount, gets through; whatever peers tell', () => {
  fc.assert(
    fc.property(world, account, amount, (drawn, destinationAccount, asked) => {
      const tables = tablesOf(drawn);
      const about = { destinationAccount, destinationHoldDurationMs: 3_000 };
      const bySource = ask(tables, { type: 'by-source-request', sourceAmount: asked, ...about });
      if (bySource.type === 'by-source-response') {
        const paid = { source: asked, brings: bySource.destinationAmount };
        expect(plan(tables, destinationAccount, paid)).toMatchObject({ kind: 'forward' });
      } else expect(bySource).toMatchObject({ type: 'error' });
      const byDestination = ask(tables, {
        ...{ type: 'by-destination-request', destinationAmount: asked },
        ...about,
      });
      if (byDestination.type === 'by-destination-response') {
        const paid = { source: byDestination.sourceAmount, brings: asked };
        expect(plan(tables, destinationAccount, paid)).toMatchObject({ kind: 'forward' });
      } else expect(byDestination).toMatchObject({ type: 'error' });
      const { type } = ask(tables, { type: 'liquidity-request', ...about });
      expect(['liquidity-response', 'error']).toContain(type);
    }),
    { numRuns: 300 },
  );
});
