import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
} from 'node:crypto';

/** PKCS#8 and SPKI around 32 raw bytes of X25519 (RFC 8410). */
const PRIVATE_KEY = Buffer.from('302e020100300506032b656e04220420', 'hex');
const PUBLIC_KEY = Buffer.from('302a300506032b656e032100', 'hex');

export interface VirtualTerms {
  /** base64url */
  readonly secret: string;
  /** base64url, 32 bytes. */
  readonly peerPublicKey: string;
  readonly currencyCode: string;
  readonly currencyScale: number;
}

/** What two peers of ilp-plugin-virtual derive from their keys, as one of them does (SPEC §8.4). */
export interface VirtualPeering {
  readonly publicKey: string;
  readonly prefix: string;
  readonly authToken: string;
}

export function virtualPeering(terms: VirtualTerms): VirtualPeering {
  const { secret, peerPublicKey, currencyCode, currencyScale } = terms;
  const shared = sharedSecret(secret, peerPublicKey);
  const token = hmac(shared, 'token');
  return {
    publicKey: virtualPublicKey(secret),
    prefix: `peer.${token.slice(0, 5)}.${currencyCode.toLowerCase()}.${currencyScale}.`,
    authToken: hmac(shared, 'authorization'),
  };
}

export function virtualPublicKey(secret: string): string {
  const der = createPublicKey(privateKey(secret)).export({ format: 'der', type: 'spki' });
  return der.subarray(PUBLIC_KEY.length).toString('base64url');
}

function sharedSecret(secret: string, peerPublicKey: string): Buffer {
  const key = Buffer.concat([PUBLIC_KEY, Buffer.from(peerPublicKey, 'base64url')]);
  const publicKey = createPublicKey({ key, format: 'der', type: 'spki' });
  return diffieHellman({ privateKey: privateKey(secret), publicKey });
}

function privateKey(secret: string): ReturnType<typeof createPrivateKey> {
  const scalar = createHash('sha256').update(Buffer.from(secret, 'base64url')).digest();
  return createPrivateKey({
    key: Buffer.concat([PRIVATE_KEY, scalar]),
    format: 'der',
    type: 'pkcs8',
  });
}

function hmac(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url');
}
