import fc from 'fast-check';
import { MAX_AMOUNT } from '#domain/ledger';
import type { Leg, LegLink } from './leg';
import { DamagedRecordError, LEG_RECORD_BYTES, LegCodec } from './leg-codec';

const anAmount = fc.bigInt({ min: 0n, max: MAX_AMOUNT });
const aName = fc.stringMatching(/^[a-z0-9]{1,8}$/);
const aTime = fc.integer({ min: 0, max: 253_402_300_799_999 });
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((array) => Buffer.from(array));

const aLink: fc.Arbitrary<LegLink> = fc.oneof(
  fc.record({ kind: fc.constantFrom('none' as const, 'refuse' as const) }),
  fc.record({
    kind: fc.constant('forward' as const),
    ledger: aName,
    transfer: fc.uuid(),
    amount: anAmount,
    expiresAtMs: aTime,
  }),
  fc.constant({ kind: 'ordered' as const }),
  fc.record({
    kind: fc.constant('cause' as const),
    ledger: aName,
    transfer: fc.uuid(),
    amount: anAmount,
  }),
);

const aLeg: fc.Arbitrary<Leg> = fc.record({
  ledger: aName,
  transfer: fc.uuid(),
  direction: fc.constantFrom('incoming' as const, 'outgoing' as const),
  status: fc.constantFrom(
    ...(['proposed', 'prepared', 'submitted', 'fulfilled', 'rejected', 'expired'] as const),
  ),
  amount: anAmount,
  condition: bytes32,
  expiresAtMs: aTime,
  beganVersion: fc.maxSafeNat(),
  lastVersion: fc.maxSafeNat(),
  packetDigest: fc.option(bytes32, { nil: null }),
  link: aLink,
});

test('any leg comes back as it was, in a record of one size', () => {
  const codec = new LegCodec();
  fc.assert(
    fc.property(aLeg, fc.nat(255), (leg, tag) => {
      // What lay there before must not shine through.
      const record = Buffer.alloc(LEG_RECORD_BYTES, 0xff);
      codec.encode(leg, tag, record);
      expect(codec.decode(record)).toEqual({ leg, tag });
    }),
  );
});

test.each([
  ['a ledger that nobody named', 7],
  ['a status that there is not', 2],
  ['a link that there is not', 3],
])('%s is damage', (_what, at) => {
  const codec = new LegCodec();
  const [leg] = fc.sample(aLeg, 1);
  if (leg === undefined) throw new Error('no leg');
  const record = Buffer.alloc(LEG_RECORD_BYTES);
  codec.encode(leg, 0, record);
  record.writeUInt8(255, at);
  expect(() => codec.decode(record)).toThrow(DamagedRecordError);
});
