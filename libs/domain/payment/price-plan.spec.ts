import fc from 'fast-check';
import type { JsonObject } from '#eventsourcing';
import {
  decodeEvent,
  encodeEvent,
  type ForwardPlan,
  type PlanPricing,
  type TransferPrepared,
} from '#domain/ledger';
import { Curve, MAX_AMOUNT, type Rate } from '#domain/liquidity';
import { RoutingTables } from '#domain/routing';
import { encodeIlp, peekPayment } from '#protocol';
import { anIncoming, aTransferId, transferPrepared } from '#testing';
import { planAtOnce } from '../../../test/support/at-once';
import { type ForwardedPayment, priceAgain } from './price-plan';

const NOW = Date.parse('2017-08-28T09:32:00.000Z');
const CONNECTED = { account: 'mark', isConnected: true };

/** A world in which one payment is planned. */
interface Scene {
  readonly rate: Rate;
  readonly ratesVersion: number | undefined;
  readonly spreadPpm: bigint;
  readonly fixedFee: bigint;
  readonly sourceScale: number;
  readonly destinationScale: number;
  readonly maxIn: bigint | undefined;
  readonly maxOut: bigint | undefined;
  readonly slippagePpm: bigint;
  readonly sourceAmount: bigint;
  readonly to: 'b.bob' | 'c.wired' | 'd.learnt';
  /** What the packet asks for, beside what arrives; undefined = it names no amount. */
  readonly askedMore: bigint | undefined;
}

const magnitude = (most: bigint): fc.Arbitrary<bigint> =>
  fc.oneof(
    fc.bigInt({ min: 1n, max: 50n }),
    fc.bigInt({ min: 1n, max: 2_000_000n }),
    fc.bigInt({ min: 1n, max: most }),
  );
const perhaps = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(value, { nil: undefined, freq: 2 });

const anyScene: fc.Arbitrary<Scene> = fc.record({
  rate: fc.record({ numerator: magnitude(10n ** 30n), denominator: magnitude(10n ** 30n) }),
  ratesVersion: perhaps(fc.integer({ min: 1, max: 1_000_000 })),
  spreadPpm: fc.oneof(fc.constantFrom(0n, 2_000n), fc.bigInt({ min: 0n, max: 1_000_000n })),
  fixedFee: fc.constantFrom(0n, 0n, 1n, 5n, 1_000_000n, MAX_AMOUNT),
  sourceScale: fc.integer({ min: 0, max: 18 }),
  destinationScale: fc.integer({ min: 0, max: 18 }),
  maxIn: perhaps(magnitude(MAX_AMOUNT)),
  maxOut: perhaps(magnitude(MAX_AMOUNT)),
  slippagePpm: fc.constantFrom(0n, 1_000n, 100_000n, 1_000_000n),
  sourceAmount: magnitude(MAX_AMOUNT),
  to: fc.constantFrom('b.bob' as const, 'c.wired' as const, 'd.learnt' as const),
  askedMore: perhaps(fc.bigInt({ min: -20n, max: 5n })),
});

/** The same, of amounts such as people pay: some of every kind come through. */
const usualScene: fc.Arbitrary<Scene> = anyScene.map((scene) => ({
  ...scene,
  rate: { numerator: 1_0592n, denominator: 10_000n },
  fixedFee: scene.fixedFee % 4n,
  spreadPpm: scene.spreadPpm % 10_000n,
  sourceScale: 4,
  destinationScale: 4,
  sourceAmount: (scene.sourceAmount % 1_000_000n) + 1n,
  maxIn: scene.maxIn && (scene.maxIn % 1_000_000n) + 1n,
  maxOut: scene.maxOut && (scene.maxOut % 1_000_000n) + 1n,
}));

function tablesOf(scene: Scene): RoutingTables {
  const { rate, ratesVersion, spreadPpm, fixedFee, maxIn, maxOut } = scene;
  const a = { ledgerId: 'a', prefix: 'a.', currencyScale: scene.sourceScale, ...CONNECTED };
  const b = { ledgerId: 'b', prefix: 'b.', currencyScale: scene.destinationScale, ...CONNECTED };
  const tables = RoutingTables.build(
    [
      { ...a, ...(maxIn !== undefined && { maxIn }) },
      { ...b, ...(maxOut !== undefined && { maxOut }) },
    ],
    {
      spreadPpm: 0n,
      minMessageWindowMs: 1000,
      staticRoutes: [{ targetPrefix: 'c.', connectorLedger: 'b.', connectorAccount: 'b.carl' }],
      pricing: () => ({ rate, ratesVersion, spreadPpm, fixedFee }),
    },
  );
  const curve = Curve.of([
    [0n, 0n],
    [MAX_AMOUNT, MAX_AMOUNT],
  ]);
  const wired = { ledgerId: 'b', account: 'b.carl', routeKey: 'c.' };
  tables.quote(wired, { key: 'c.', curve, windowMs: 1_000, expiresAtMs: NOW + 9_000 });
  const route = {
    destination: 'd.',
    sourceLedger: 'b.',
    sourceAccount: 'b.dora',
    minMessageWindowS: 1,
    curve,
    paths: [[]],
  };
  tables.learn({ ledgerId: 'b', account: 'b.dora' }, [route], { holdDownMs: 9_000, nowMs: NOW });
  return tables;
}

function planned(scene: Scene): { plan: ForwardPlan; packet: Buffer } | undefined {
  const { sourceAmount, to, askedMore, slippagePpm } = scene;
  const tables = tablesOf(scene);
  const query = { sourceLedgerId: 'a', destination: 'b.bob', nowMs: NOW, sourceAmount };
  const route = tables.routeFor(query);
  const brings = route?.kind === 'local' ? route.head.local.amountAt(sourceAmount) : 0n;
  const asked = askedMore === undefined ? undefined : brings + askedMore;
  if (asked !== undefined && (asked < 0n || asked > MAX_AMOUNT)) return undefined;
  const packet = encodeIlp(
    asked === undefined
      ? { type: 'forwarded-payment', account: to, data: Buffer.alloc(0) }
      : { type: 'payment', amount: asked, account: to, data: Buffer.alloc(0) },
  );
  const plan = planAtOnce(tables, {
    ledgerId: 'a',
    transferId: aTransferId(1),
    amount: sourceAmount,
    expiresAtMs: NOW + 5_000,
    packet,
    nowMs: NOW,
    secret: Buffer.alloc(32, 1),
    settings: {
      connectorAddress: 'test.causeway',
      slippagePpm,
      minMessageWindowMs: 1_000,
      maxHoldTimeMs: 10_000,
    },
  });
  return plan.kind === 'forward' ? { plan, packet } : undefined;
}

/** What the log says of the payment: written, stored as text, and read again. */
function logged(scene: Scene, plan: ForwardPlan, packet: Buffer): ForwardedPayment {
  const { rate, sourceScale, destinationScale, sourceAmount: amount } = scene;
  const encoded = encodeEvent(transferPrepared(anIncoming({ amount, packet, plan })));
  const payload = JSON.parse(JSON.stringify(encoded.payload)) as JsonObject;
  const read = decodeEvent({ ...encoded, payload }) as TransferPrepared;
  if (read.plan?.kind !== 'forward' || read.plan.pricing === undefined) throw new Error('no price');
  return {
    pricing: read.plan.pricing,
    ...{ rate, sourceScale, destinationScale },
    sourceAmount: read.amount,
    amount: read.plan.amount,
    asked: peekPayment(read.packet).amount,
  };
}

test.each([
  ['any', anyScene],
  ['usual', usualScene],
])('whatever is planned prices the same from what the log says: %s amounts', (kind, scenes) => {
  const seen = { forwarded: 0, cut: 0, asked: 0, short: 0 };
  fc.assert(
    fc.property(scenes, (scene) => {
      const found = planned(scene);
      if (found === undefined) return;
      const payment = logged(scene, found.plan, found.packet);
      const { pricing, amount } = payment;
      const priced = priceAgain(payment);
      expect(priced.fault).toBeUndefined();
      expect(priced.due).toBe(amount);
      expect(pricing.ratesVersion).toBe(scene.ratesVersion);
      const other = priceAgain({ ...payment, amount: amount + 1n });
      expect(other.fault).toBe('amount');
      expect(priceAgain({ ...payment, asked: undefined }).fault).toBeUndefined();
      seen.forwarded += 1;
      seen.cut += 'maxIn' in pricing || 'maxOut' in pricing ? 1 : 0;
      seen.asked += pricing.pays === 'asked' ? 1 : 0;
      seen.short += 'slippagePpm' in pricing ? 1 : 0;
    }),
    { numRuns: 6_000 },
  );
  const least = kind === 'usual' ? 20 : 0;
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(least);
});

const EXCHANGE: ForwardedPayment = {
  pricing: { pays: 'asked', ratesVersion: 12, spreadPpm: 2_000 },
  rate: { numerator: 662n, denominator: 625n },
  sourceScale: 4,
  destinationScale: 4,
  sourceAmount: 1_000n,
  amount: 1_050n,
  asked: 1_050n,
};
const price = (more: Partial<ForwardedPayment>, pricing: Partial<PlanPricing> = {}) =>
  priceAgain({ ...EXCHANGE, ...more, pricing: { ...EXCHANGE.pricing, ...pricing } });

describe('a payment priced again', () => {
  it('tells what the exchange brought, and what of it we kept', () => {
    expect(price({})).toEqual({ brought: 1_057n, due: 1_050n, surplus: 7n, fault: undefined });
    expect(price({ amount: 1_057n }, { pays: 'brought' })).toMatchObject({ surplus: 0n });
  });

  it('takes off the fee before, and heeds what cut the amount short', () => {
    expect(price({}, { fee: 5n })).toMatchObject({ brought: 1_051n });
    expect(price({}, { maxIn: 500n })).toMatchObject({ brought: 528n, fault: 'shortfall' });
    expect(price({}, { maxOut: 1_050n })).toMatchObject({ brought: 1_050n, surplus: 0n });
  });

  it.each<[string, Partial<ForwardedPayment>, Partial<PlanPricing>, string | undefined]>([
    ['more was forwarded than was asked for', { amount: 1_051n }, {}, 'amount'],
    ['less was forwarded', { amount: 1_049n }, {}, 'amount'],
    ['all is due, and something was kept', {}, { pays: 'brought' }, 'amount'],
    ['more was asked for than came', { amount: 1_058n, asked: 1_058n }, {}, 'shortfall'],
    ['within the tolerance', { amount: 1_058n, asked: 1_058n }, { slippagePpm: 1_000 }, undefined],
    ['beyond it', { amount: 1_060n, asked: 1_060n }, { slippagePpm: 1_000 }, 'shortfall'],
    ['the spread was another', {}, { spreadPpm: 50_000 }, 'shortfall'],
    ['the rate was another', { rate: { numerator: 1n, denominator: 1n } }, {}, 'shortfall'],
    ['it makes no sense', {}, { spreadPpm: 1_000_001 }, 'no-price'],
    ['the packet is gone', { asked: undefined }, {}, undefined],
    ['the packet is gone and too much went', { asked: undefined, amount: 1_058n }, {}, 'shortfall'],
  ])('is judged: %s', (_, payment, pricing, fault) => {
    expect(price(payment, pricing).fault).toBe(fault);
  });
});
