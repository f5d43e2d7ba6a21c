import fc from 'fast-check';
import {
  ledgerId,
  type LedgerEvent,
  type LedgerOpened,
  type Limits,
  MAX_AMOUNT,
  type PaymentPlan,
  type TransferPrepared,
  transferId,
} from '#domain/ledger';

/** Any events that a codec must carry, not only those that can follow one another. */
const bytes = (length?: number): fc.Arbitrary<Buffer> =>
  fc
    .uint8Array(length === undefined ? { maxLength: 80 } : { minLength: length, maxLength: length })
    .map((array) => Buffer.from(array));

const anAmount = fc.bigInt({ min: 0n, max: MAX_AMOUNT });
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
  authority: fc.constantFrom('admin', 'shadow'),
  limits: someLimits,
});

const aPlan: fc.Arbitrary<PaymentPlan> = fc.oneof(
  fc.record({
    kind: fc.constant('forward' as const),
    ledgerId: aSlug,
    transferId: aUuid,
    amount: anAmount,
    expiresAtMs: aMoment,
  }),
  fc.record({ kind: fc.constant('refuse' as const), code: text, triggeredBy: text, message: text }),
);

const aCause = fc.record({ ledgerId: aSlug, transferId: aUuid, amount: anAmount });

const agreed = {
  type: fc.constant('TransferPrepared' as const),
  transferId: aUuid,
  amount: anAmount,
  condition: bytes(32),
  expiresAtMs: aMoment,
  packet: bytes(),
  sideDataDigest: orNull(bytes(32)),
};

const aPrepare: fc.Arbitrary<TransferPrepared> = fc.oneof(
  fc.record({ ...agreed, direction: fc.constantFrom('incoming' as const, 'outgoing' as const) }),
  fc.record({ ...agreed, direction: fc.constant('incoming' as const), plan: aPlan }),
  fc.record({ ...agreed, direction: fc.constant('outgoing' as const), cause: aCause }),
);

const anEnd: fc.Arbitrary<LedgerEvent> = fc.oneof(
  fc.record({
    type: fc.constant('TransferFulfilled' as const),
    transferId: aUuid,
    fulfillment: bytes(32),
    data: orNull(bytes()),
  }),
  fc.record({
    type: fc.constantFrom('TransferRejected' as const, 'TransferExpired' as const),
    transferId: aUuid,
    reason: bytes(),
  }),
);

export const anEvent: fc.Arbitrary<LedgerEvent> = fc.oneof(
  anOpening,
  fc.record({ type: fc.constant('LimitsChanged' as const), limits: someLimits }),
  aPrepare,
  anEnd,
);
