import fc from 'fast-check';
import type {
  BtpAlphaPacket,
  BtpPacket,
  CurvePoint,
  IlpError,
  IlpPacket,
  ProtocolData,
} from '../../libs/protocol';

/**
 * Random packets that every peer can express. Bounds of each value are over-represented by
 * fast-check itself; names, lengths and counts are chosen to cross the one-byte length limits.
 */

const FIRST_HISTORIC_MS = 1;
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
const MAX_UINT64 = 2n ** 64n - 1n;

export const uint64 = fc.bigInt({ min: 0n, max: MAX_UINT64 });
export const uint32 = fc.integer({ min: 0, max: 0xffffffff });

/** From 1970 on, without its first millisecond: ilp-packet takes that one for an invalid date. */
export const moment = fc.integer({ min: FIRST_HISTORIC_MS, max: LAST_MS });

export const bytes = (minLength: number, maxLength: number) =>
  fc.uint8Array({ minLength, maxLength, size: 'max' }).map((array) => Buffer.from(array));

/** Mostly short, now and then across 127 and 255 bytes. */
export const payload = fc.oneof(
  { weight: 6, arbitrary: bytes(0, 40) },
  { weight: 1, arbitrary: fc.integer({ min: 120, max: 300 }).map((size) => Buffer.alloc(size, 7)) },
);

const asciiText = (maxLength: number) =>
  fc
    .array(fc.integer({ min: 0x20, max: 0x7e }), { maxLength })
    .map((codes) => String.fromCharCode(...codes));

const addressCharacters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._~-';

export const address = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .array(fc.constantFrom(...Array.from(addressCharacters)), { minLength: 1, maxLength: 30 })
      .map((characters) => characters.join('')),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 120, max: 300 }).map((size) => 'g.'.padEnd(size, 'x')),
  },
  { weight: 1, arbitrary: fc.constant('g.'.padEnd(1023, 'y')) },
);

export const transferId = fc.uuid();

const protocolEntry: fc.Arbitrary<ProtocolData> = fc.record(
  {
    protocolName: fc.oneof(
      fc.constantFrom('ilp', 'custom', 'info', 'auth', 'to', 'from'),
      asciiText(12),
    ),
    contentType: fc.oneof(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 255 })),
    data: payload,
  },
  { noNullPrototype: true },
);

export const protocolData: fc.Arbitrary<ProtocolData[]> = fc.oneof(
  { weight: 20, arbitrary: fc.array(protocolEntry, { maxLength: 3 }) },
  // 255 and 256 entries: the count takes a second byte.
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(127, 128, 255, 256), protocolEntry)
      .map(([count, entry]) => Array.from({ length: count }, () => entry)),
  },
);

const frame = { requestId: uint32, protocolData };
const fixed = { noNullPrototype: true } as const;
const type = <Name extends string>(name: Name) => fc.constant(name);

const response = fc.record({ type: type('response'), ...frame }, fixed);
const message = fc.record({ type: type('message'), ...frame }, fixed);

const prepare = fc.record(
  {
    type: type('prepare'),
    ...frame,
    transferId,
    amount: uint64,
    executionCondition: bytes(32, 32),
    expiresAtMs: moment,
  },
  fixed,
);

const fulfill = fc.record(
  { type: type('fulfill'), ...frame, transferId, fulfillment: bytes(32, 32) },
  fixed,
);

const btpError = fc.record(
  {
    type: type('error'),
    ...frame,
    code: fc.oneof(fc.constantFrom('F00', 'F01', 'T00'), fc.stringMatching(/^[A-Z][0-9]{2}$/)),
    name: asciiText(30),
    triggeredAtMs: moment,
    data: fc.string({ unit: 'grapheme-composite', maxLength: 60 }).map((text) => Buffer.from(text)),
  },
  fixed,
);

const reject = fc.record({ type: type('reject'), ...frame, transferId }, fixed);

export const btpPacket: fc.Arbitrary<BtpPacket> = fc.oneof(
  response,
  btpError,
  prepare,
  fulfill,
  reject,
  message,
);

const errorParts = {
  type: type('error'),
  code: fc.stringMatching(/^[A-Z][0-9]{2}$/),
  triggeredAtMs: moment,
};

/** Data in ASCII: ilp-packet drops the high bit of every other byte. */
export const ilpError: fc.Arbitrary<IlpError> = fc.record(
  {
    ...errorParts,
    name: asciiText(31),
    triggeredBy: address,
    forwardedBy: fc.array(address, { maxLength: 4 }),
    data: fc
      .oneof(asciiText(60), fc.constantFrom('', 'expired', 'x'.repeat(8192)))
      .map((text) => Buffer.from(text)),
  },
  fixed,
);

/** Fewer than 128 content bytes, which is all that the historic alpha codec reads correctly. */
export const inlineError: fc.Arbitrary<IlpError> = fc.record(
  {
    ...errorParts,
    name: asciiText(20),
    triggeredBy: asciiText(20).map((text) => `g${text.replace(/[^a-z.]/g, '')}`),
    forwardedBy: fc.array(fc.constantFrom('g.a', 'test.b.client'), { maxLength: 1 }),
    data: asciiText(20).map((text) => Buffer.from(text)),
  },
  fixed,
);

export const btpAlphaPacket: fc.Arbitrary<BtpAlphaPacket> = fc.oneof(
  fc.record({ type: type('ack'), ...frame }, fixed),
  response,
  fc.record({ type: type('error'), ...frame, rejectionReason: inlineError }, fixed),
  prepare,
  fulfill,
  fc.record({ type: type('reject'), ...frame, transferId, rejectionReason: inlineError }, fixed),
  message,
);

export const curve: fc.Arbitrary<CurvePoint[]> = fc
  .tuple(
    fc.uniqueArray(uint64, { maxLength: 9, size: 'max' }),
    fc.array(uint64, { minLength: 9, maxLength: 9 }),
  )
  .map(([xs, ys]) => {
    const ascending = (a: bigint, b: bigint) => (a < b ? -1 : Number(a > b));
    const sortedYs = ys.sort(ascending);
    return xs.sort(ascending).map((x, index) => [x, sortedYs[index] ?? 0n] as const);
  });

const hold = { destinationAccount: address, destinationHoldDurationMs: uint32 };

export const ilpPacket: fc.Arbitrary<IlpPacket> = fc.oneof(
  fc.record({ type: type('payment'), amount: uint64, account: address, data: payload }, fixed),
  fc.record({ type: type('forwarded-payment'), account: address, data: payload }, fixed),
  fc.record({ type: type('fulfillment-data'), data: payload }, fixed),
  fc.record(
    {
      type: type('rejection'),
      code: fc.stringMatching(/^[A-Z][0-9]{2}$/),
      triggeredBy: address,
      message: fc.string({ unit: 'grapheme-composite', maxLength: 40 }),
      data: payload,
    },
    fixed,
  ),
  ilpError,
  fc.record({ type: type('liquidity-request'), ...hold }, fixed),
  fc.record(
    {
      type: type('liquidity-response'),
      points: curve,
      appliesToPrefix: fc.oneof(address, fc.constant('')),
      sourceHoldDurationMs: uint32,
      expiresAtMs: moment,
    },
    fixed,
  ),
  fc.record({ type: type('by-source-request'), ...hold, sourceAmount: uint64 }, fixed),
  fc.record(
    {
      type: type('by-source-response'),
      destinationAmount: uint64,
      sourceHoldDurationMs: uint32,
    },
    fixed,
  ),
  fc.record({ type: type('by-destination-request'), ...hold, destinationAmount: uint64 }, fixed),
  fc.record(
    { type: type('by-destination-response'), sourceAmount: uint64, sourceHoldDurationMs: uint32 },
    fixed,
  ),
);
