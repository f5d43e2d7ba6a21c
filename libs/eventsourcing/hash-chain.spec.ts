import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { chainHash, GENESIS_HASH, type HashedEvent } from './hash-chain';

const event: HashedEvent = {
  ledgerId: 'alice',
  version: 3,
  type: 'TransferPrepared',
  schemaVersion: 1,
  transferId: 'b4c838f6-80b1-47f8-a82e-b1fcfbed89d5',
  occurredAtMs: 1503921600000,
  payload: '{"amount":"1000"}',
  packetDigest: Buffer.alloc(32, 0xab),
};

const oneLine = fc.string({ minLength: 1, maxLength: 30 });

const anEvent: fc.Arbitrary<HashedEvent> = fc.record({
  ledgerId: oneLine,
  version: fc.nat(),
  type: oneLine,
  schemaVersion: fc.nat(),
  transferId: fc.option(oneLine),
  occurredAtMs: fc.nat(),
  payload: oneLine,
  packetDigest: fc.option(
    fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes)),
  ),
});

/** Every event that differs from this one in a single bit of a single field. */
function* oneBitAway(from: HashedEvent): Generator<HashedEvent> {
  for (const [field, value] of Object.entries(from) as [keyof HashedEvent, unknown][]) {
    if (typeof value === 'number') {
      for (let bit = 0; bit < 31; bit += 1) yield { ...from, [field]: value ^ (1 << bit) };
    } else if (typeof value === 'string') {
      for (let bit = 0; bit < value.length * 7; bit += 1) {
        const at = Math.trunc(bit / 7);
        const changed = String.fromCharCode(value.charCodeAt(at) ^ (1 << (bit % 7)));
        yield { ...from, [field]: value.slice(0, at) + changed + value.slice(at + 1) };
      }
    } else if (Buffer.isBuffer(value)) {
      for (let bit = 0; bit < value.length * 8; bit += 1) {
        yield { ...from, [field]: flipped(value, bit) };
      }
    }
  }
}

function flipped(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  const at = Math.trunc(bit / 8);
  copy[at] = (copy[at] ?? 0) ^ (1 << (bit % 8));
  return copy;
}

test('a hash is what anybody can work out from the log', () => {
  const form = [
    'alice',
    '3',
    'TransferPrepared',
    '1',
    'b4c838f6-80b1-47f8-a82e-b1fcfbed89d5',
    '1503921600000',
    'ab'.repeat(32),
    '{"amount":"1000"}',
  ].join('\n');
  const expected = createHash('sha256')
    .update(Buffer.concat([GENESIS_HASH, Buffer.from(form)]))
    .digest();
  expect(chainHash(GENESIS_HASH, event)).toEqual(expected);
});

test('what there is not of an event is an empty line', () => {
  const form = 'alice\n3\nTransferPrepared\n1\n\n1503921600000\n\n{"amount":"1000"}';
  const bare = { ...event, transferId: null, packetDigest: null };
  const expected = createHash('sha256').update(GENESIS_HASH).update(form).digest();
  expect(chainHash(GENESIS_HASH, bare)).toEqual(expected);
});

test('the first hash before all others is 32 zero bytes', () => {
  expect(GENESIS_HASH).toEqual(Buffer.from('00'.repeat(32), 'hex'));
});

test('any bit of any field changes the hash', () => {
  fc.assert(
    fc.property(anEvent, (one) => {
      const hash = chainHash(GENESIS_HASH, one);
      for (const other of oneBitAway(one)) {
        if (chainHash(GENESIS_HASH, other).equals(hash)) throw new Error(JSON.stringify(other));
      }
    }),
    { numRuns: 50 },
  );
});

test('any bit of the previous hash changes the hash', () => {
  const hash = chainHash(GENESIS_HASH, event);
  for (let bit = 0; bit < 256; bit += 1) {
    expect(chainHash(flipped(GENESIS_HASH, bit), event)).not.toEqual(hash);
  }
});

test('text beyond ASCII counts byte by byte', () => {
  const hashes = ['é', 'e\u0301', 'e', '\u{1f600}', '\u{1f601}'].map((payload) =>
    chainHash(GENESIS_HASH, { ...event, payload }).toString('hex'),
  );
  expect(new Set(hashes).size).toBe(5);
});
