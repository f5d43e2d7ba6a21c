import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';

/** The last event of a ledger at some moment: whoever knows it knows the whole chain before it. */
export interface LedgerHeadClaim {
  /** ILP address of the connector. */
  readonly connector: string;
  readonly ledgerId: string;
  readonly version: number;
  /** 32 bytes. */
  readonly hash: Buffer;
  readonly signedAtMs: number;
}

/** Size of an Ed25519 signature, bytes. */
export const SIGNATURE_SIZE = 64;

/** A key that is not Ed25519, or no key at all. */
export class UnusableKeyError extends Error {
  override readonly name = 'UnusableKeyError';
}

/** An Ed25519 key that others can check signatures by. */
export interface PublicKey {
  /** SHA-256 of the key's DER form (SPKI), 64 hex digits: its fingerprint. */
  readonly id: string;
  readonly key: KeyObject;
}

/** @throws UnusableKeyError if it is no PEM, no DER (SPKI) or no Ed25519 key. A private key gives its public half. */
export function readPublicKey(encoded: string | Buffer): PublicKey {
  const key = parsed(encoded);
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new UnusableKeyError(`the key must be Ed25519, not ${key.asymmetricKeyType ?? 'secret'}`);
  }
  return { id: createHash('sha256').update(publicKeyBytes(key)).digest('hex'), key };
}

export function publicKeyOf(privateKey: KeyObject): PublicKey {
  return readPublicKey(createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }));
}

/** DER (SPKI). */
export function publicKeyBytes(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}

export function publicKeyText({ key }: PublicKey): string {
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

function parsed(encoded: string | Buffer): KeyObject {
  try {
    if (typeof encoded === 'string') return createPublicKey(encoded);
    return createPublicKey({ key: encoded, format: 'der', type: 'spki' });
  } catch (error) {
    throw new UnusableKeyError('the key must be PEM of an Ed25519 key', { cause: error });
  }
}

/**
 * The text that is signed. Fields stand on lines of their own; none can hold a line feed, so no two
 * claims share a text.
 */
export function headText(claim: LedgerHeadClaim): string {
  const { connector, ledgerId, version, hash, signedAtMs } = claim;
  const time = new Date(signedAtMs).toISOString();
  return `causeway signed head 1\n${connector}\n${ledgerId}\n${version}\n${hash.toString('hex')}\n${time}`;
}

/** 64 bytes; the same claim and key always give the same ones. */
export function signText(text: string, privateKey: KeyObject): Buffer {
  return sign(null, Buffer.from(text, 'utf8'), privateKey);
}

export function isSignedBy(text: string, signature: Buffer, { key }: PublicKey): boolean {
  if (signature.length !== SIGNATURE_SIZE) return false;
  return verify(null, Buffer.from(text, 'utf8'), key, signature);
}
