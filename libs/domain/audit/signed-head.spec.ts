import { createHash, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import {
  headText,
  isSignedBy,
  type LedgerHeadClaim,
  publicKeyOf,
  publicKeyText,
  readPublicKey,
  signText,
  UnusableKeyError,
} from './signed-head';

const claim: LedgerHeadClaim = {
  connector: 'test.causeway',
  ledgerId: 'alice',
  version: 17,
  hash: Buffer.alloc(32, 0xab),
  signedAtMs: Date.UTC(2026, 0, 31, 12),
};
const { privateKey } = generateKeyPairSync('ed25519');
const key = publicKeyOf(privateKey);

test('what is signed is a text that anybody can put together', () => {
  const lines = [
    'causeway signed head 1',
    'test.causeway',
    'alice',
    '17',
    'ab'.repeat(32),
    '2026-01-31T12:00:00.000Z',
  ];
  expect(headText(claim)).toBe(lines.join('\n'));
  const signature = signText(headText(claim), privateKey);
  const others = createPublicKey(publicKeyText(key));
  expect(verify(null, Buffer.from(lines.join('\n')), others, signature)).toBe(true);
});

test.each<[string, Partial<LedgerHeadClaim>]>([
  ['connector', { connector: 'test.other' }],
  ['ledger', { ledgerId: 'alicf' }],
  ['version', { version: 18 }],
  ['hash', { hash: Buffer.alloc(32, 0xaa) }],
  ['time', { signedAtMs: claim.signedAtMs + 1 }],
])('a signature does not hold for another %s', (_what, change) => {
  const signature = signText(headText(claim), privateKey);
  expect(isSignedBy(headText(claim), signature, key)).toBe(true);
  expect(isSignedBy(headText({ ...claim, ...change }), signature, key)).toBe(false);
});

test('a signature of another key, of another length, or with one bit changed does not hold', () => {
  const text = headText(claim);
  const signature = signText(text, privateKey);
  const other = publicKeyOf(generateKeyPairSync('ed25519').privateKey);
  expect(isSignedBy(text, signature, other)).toBe(false);
  expect(isSignedBy(text, signature.subarray(1), key)).toBe(false);
  for (let bit = 0; bit < signature.length * 8; bit += 7) {
    const changed = Buffer.from(signature);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(isSignedBy(text, changed, key)).toBe(false);
  }
});

test('a key is known by its fingerprint, in whatever form it comes', () => {
  const der = key.key.export({ type: 'spki', format: 'der' });
  const id = createHash('sha256').update(der).digest('hex');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  for (const form of [der, publicKeyText(key), pem]) expect(readPublicKey(form).id).toBe(id);
});

test.each([
  ['no key', 'hello'],
  ['no DER', Buffer.from('hello')],
  ['another kind', generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'der' })],
])('%s is refused', (_what, form) => {
  expect(() => readPublicKey(form)).toThrow(UnusableKeyError);
});
