import fc from 'fast-check';
import {
  AUTHORITIES,
  type LedgerEvent,
  ledgerId,
  type LedgerOpened,
  type Limits,
  MAX_AMOUNT,
  MAX_SUM,
  type PaymentOrder,
  type PaymentPlan,
  type PlanPricing,
  PRICED_BY,
  type Thresholds,
  transferId,
  type TransferPrepared,
} from '#domain/ledger';

/** Any events that a codec must carry, not only those that can follow one another. */
const bytes = (length?: number): fc.Arbitrary<Buffer> =>
  fc
    .uint8Array(length === undefined ? { maxLength: 80 } : { minLength: length, maxLength: length })
    .map((array) => Buffer.from(array));

const anAmount = fc.bigInt({ min: 0n, max: MAX_AMOUNT });
const aBalance = fc.bigInt({ min: -MAX_SUM, max: MAX_SUM });
const aMoment = fc.integer({ min: 0, max: 253_402_300_799_999 });
const aSlug = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/).map(ledgerId);
const aUuid = fc.uuid().map(transferId);
const text = fc.string({ unit: 'grapheme', maxLength: 30 });
const orNull = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> =>
  fc.option(value, { nil: null });

const someLimits: fc.Arbitrary<Limits> = fc.record({
  maxBalance: orNull(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n })),
  minBalance: orNull(fc.bigInt({ min: -(2n ** 70n), max: 0n })),
});

const anOpening: fc.Arbitrary<LedgerOpened> = fc.record({
  type: fc.constant('LedgerOpened'),
  prefix: text,
  currencyCode: text,
  currencyScale: fc.integer({ min: -64, max: 64 }),
  account: text,
  peerAccount: text,
  authority: fc.constantFrom(...AUTHORITIES),
  limits: someLimits,
});

const ppm = fc.integer({ min: 0, max: 1_000_000 });

const aPricing: fc.Arbitrary<PlanPricing> = fc
  .record(
    {
      pays: fc.constantFrom('asked' as const, 'brought' as const),
      spreadPpm: ppm,
      ratesVersion: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
      fee: anAmount,
      maxIn: anAmount,
      maxOut: anAmount,
      slippagePpm: ppm,
    },
    { requiredKeys: ['pays', 'spreadPpm'] },
  )
  .map(({ maxOut, ...pricing }) =>
    maxOut === undefined || pricing.maxIn !== undefined ? pricing : { ...pricing, maxOut },
  );

const aPlan: fc.Arbitrary<PaymentPlan> = fc.oneof(
  fc.record(
    {
      kind: fc.constant('forward' as const),
      ledgerId: aSlug,
      transferId: aUuid,
      amount: anAmount,
      expiresAtMs: aMoment,
      pricing: aPricing,
    },
    { requiredKeys: ['kind', 'ledgerId', 'transferId', 'amount', 'expiresAtMs'] },
  ),
  fc.record({ kind: fc.constant('refuse' as const), code: text, triggeredBy: text, message: text }),
);

const aCause = fc.record({ ledgerId: aSlug, transferId: aUuid, amount: anAmount });

const anOrderToPay: fc.Arbitrary<PaymentOrder> = fc.record({
  by: text,
  memo: orNull(text),
  pricedBy: fc.constantFrom(...PRICED_BY),
});

const agreed = {
  transferId: aUuid,
  amount: anAmount,
  condition: bytes(32),
  expiresAtMs: aMoment,
  packet: bytes(),
  sideDataDigest: orNull(bytes(32)),
};
const prepared = { type: fc.constant('TransferPrepared' as const), ...agreed };
const incoming = { direction: fc.constant('incoming' as const) };
const outgoing = { direction: fc.constant('outgoing' as const) };

const aPrepare: fc.Arbitrary<TransferPrepared> = fc.oneof(
  fc.record({ ...prepared, ...incoming }),
  fc.record({ ...prepared, ...outgoing }),
  fc.record({ ...prepared, ...incoming, plan: aPlan }),
  fc.record({ ...prepared, ...incoming, plan: aPlan, sideData: bytes() }),
  fc.record({ ...prepared, ...outgoing, cause: aCause }),
  fc.record({ ...prepared, ...outgoing, order: anOrderToPay }),
);

const proposed = { type: fc.constant('TransferProposed' as const), ...agreed, ...outgoing };

const aProposal: fc.Arbitrary<LedgerEvent> = fc.oneof(
  fc.record(proposed),
  fc.record({ ...proposed, cause: aCause }),
  fc.record({ ...proposed, order: anOrderToPay }),
);

const aProgress: fc.Arbitrary<LedgerEvent> = fc.oneof(
  fc.record({
    type: fc.constantFrom('TransferFulfilled' as const, 'FulfillmentSubmitted' as const),
    transferId: aUuid,
    fulfillment: bytes(32),
    data: orNull(bytes()),
  }),
  fc.record({
    type: fc.constantFrom('TransferRejected' as const, 'TransferExpired' as const),
    transferId: aUuid,
    reason: bytes(),
  }),
  fc.record({ type: fc.constant('ProposalAccepted' as const), transferId: aUuid }),
);

const compared = { ours: aBalance, theirs: aBalance };

const aComparison: fc.Arbitrary<LedgerEvent> = fc.oneof(
  fc.record({
    type: fc.constantFrom('BalanceCompared' as const, 'ShadowDiverged' as const),
    ...compared,
  }),
  fc.record({
    type: fc.constant('LedgerDisputed' as const),
    cause: fc.constantFrom('balance' as const, 'outcome' as const),
    about: orNull(aUuid),
    ...compared,
  }),
  fc.record({
    type: fc.constantFrom('DisputeResolved' as const, 'ShadowReconciled' as const),
    how: fc.constantFrom('agreed' as const, 'adopted' as const),
    by: text,
    note: text,
    ...compared,
  }),
);

const anOrder: fc.Arbitrary<LedgerEvent> = fc.oneof(
  fc.record({ type: fc.constant('LimitsChanged' as const), limits: someLimits, by: text }),
  fc.record({
    type: fc.constantFrom(
      'LedgerPaused' as const,
      'LedgerResumed' as const,
      'LedgerDraining' as const,
    ),
    by: text,
    reason: text,
  }),
  fc.record({
    type: fc.constant('LedgerClosed' as const),
    balance: aBalance,
    by: text,
    reason: text,
  }),
);

const someThresholds: fc.Arbitrary<Thresholds> = fc.record({
  low: orNull(aBalance),
  high: orNull(aBalance),
  settleTo: orNull(aBalance),
});

const aThreshold: fc.Arbitrary<LedgerEvent> = fc.oneof(
  fc.record({
    type: fc.constant('ThresholdsChanged' as const),
    thresholds: someThresholds,
    by: text,
  }),
  fc.record({
    type: fc.constant('ThresholdCrossed' as const),
    threshold: fc.constantFrom('low' as const, 'high' as const),
    change: fc.constantFrom('reached' as const, 'left' as const),
    limit: aBalance,
    balance: aBalance,
  }),
);

const settled = {
  direction: fc.constantFrom('paid' as const, 'received' as const),
  amount: anAmount,
};

const aSettlement: fc.Arbitrary<LedgerEvent> = fc.oneof(
  fc.record({
    type: fc.constant('SettlementRequested' as const),
    direction: fc.constantFrom('pay' as const, 'collect' as const),
    amount: anAmount,
    balance: aBalance,
  }),
  fc.record({
    type: fc.constant('SettlementRecorded' as const),
    reference: text,
    ...settled,
    by: text,
  }),
  fc.record({
    type: fc.constant('SettlementReversed' as const),
    reference: text,
    reverses: text,
    ...settled,
    reason: text,
    by: text,
  }),
);

/** An event of any type there is. */
export const anEvent: fc.Arbitrary<LedgerEvent> = fc.oneof(
  { arbitrary: anOpening, weight: 1 },
  { arbitrary: aPrepare, weight: 3 },
  { arbitrary: aProposal, weight: 1 },
  { arbitrary: aProgress, weight: 3 },
  { arbitrary: aComparison, weight: 3 },
  { arbitrary: anOrder, weight: 3 },
  { arbitrary: aThreshold, weight: 2 },
  { arbitrary: aSettlement, weight: 2 },
);
