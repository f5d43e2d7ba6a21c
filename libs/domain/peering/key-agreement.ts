import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
} from 'node:crypto';
import { decodeKeyText, encodeKeyText, PUBLIC_KEY_BYTES } from './key-text';

/** Why two keys come to no agreement. */
export type KeyFault = 'no-secret' | 'not-base64' | 'wrong-length' | 'all-zero' | 'no-agreement';

const REASON: Readonly<Record<KeyFault, string>> = {
  'no-secret': 'the secret must not be empty',
  'not-base64': 'a public key must be base64url',
  'wrong-length': `a public key must have ${PUBLIC_KEY_BYTES} bytes`,
  'all-zero': 'a public key must not be all zero',
  'no-agreement': 'the public key is one that agrees on the same secret with everybody',
};

/** A key that cannot be used; never repeats a secret. */
export class KeyAgreementError extends Error {
  override readonly name = 'KeyAgreementError';

  constructor(readonly rule: KeyFault) {
    super(REASON[rule]);
  }
}

/** What two connectors share that know each other's public key (SPEC §8.4). Holds secrets. */
export interface KeyAgreement {
  /** Base64url. The first five characters name the ledgers between the two. */
  readonly token: string;
  /** Base64url. Authenticates either side to the other. */
  readonly authToken: string;
}

/** PKCS #8 and SPKI (RFC 8410) around the 32 bytes of an X25519 key. */
const PRIVATE_KEY_HEAD = Buffer.from('302e020100300506032b656e04220420', 'hex');
const PUBLIC_KEY_HEAD = Buffer.from('302a300506032b656e032100', 'hex');

/**
 * Our public key, base64url.
 * @param secret the operator's, as base64 or base64url
 * @throws KeyAgreementError `no-secret`
 */
export function publicKeyOf(secret: string): string {
  const { x } = createPublicKey(privateKeyOf(secret)).export({ format: 'jwk' });
  if (x === undefined) throw new KeyAgreementError('no-agreement');
  return x;
}

/**
 * What we share with the owner of `peerPublicKey`, as ilp-kit derives it (SPEC §8.4).
 * @param secret ours, as base64 or base64url
 * @param peerPublicKey 32 bytes, as base64 or base64url
 * @throws KeyAgreementError
 */
export function agreeWith(secret: string, peerPublicKey: string): KeyAgreement {
  const privateKey = privateKeyOf(secret);
  const key = readPublicKey(peerPublicKey);
  const shared = exchange(privateKey, key);
  return { token: derive(shared, 'token'), authToken: derive(shared, 'authorization') };
}

/**
 * A public key in the one spelling that names accounts: base64url without padding.
 * @throws KeyAgreementError
 */
export function normalPublicKey(text: string): string {
  return encodeKeyText(readPublicKey(text));
}

function readPublicKey(text: string): Buffer {
  const bytes = decodeKeyText(text);
  if (bytes === undefined) throw new KeyAgreementError('not-base64');
  if (bytes.length !== PUBLIC_KEY_BYTES) throw new KeyAgreementError('wrong-length');
  if (bytes.every((byte) => byte === 0)) throw new KeyAgreementError('all-zero');
  return bytes;
}

/** The scalar is a digest of the secret; X25519 itself sets the bits that it needs. */
function privateKeyOf(secret: string): ReturnType<typeof createPrivateKey> {
  const bytes = decodeKeyText(secret);
  if (bytes === undefined || bytes.length === 0) throw new KeyAgreementError('no-secret');
  const scalar = createHash('sha256').update(bytes).digest();
  const key = Buffer.concat([PRIVATE_KEY_HEAD, scalar]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

function exchange(privateKey: ReturnType<typeof createPrivateKey>, peerKey: Buffer): Buffer {
  const key = Buffer.concat([PUBLIC_KEY_HEAD, peerKey]);
  const publicKey = createPublicKey({ key, format: 'der', type: 'spki' });
  try {
    return diffieHellman({ privateKey, publicKey });
  } catch {
    // OpenSSL refuses a shared secret of zeros, which is what points of low order lead to.
    throw new KeyAgreementError('no-agreement');
  }
}

function derive(shared: Buffer, purpose: 'token' | 'authorization'): string {
  return encodeKeyText(createHmac('sha256', shared).update(purpose, 'ascii').digest());
}
