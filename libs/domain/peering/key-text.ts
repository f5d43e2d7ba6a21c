export const PUBLIC_KEY_BYTES = 32;

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/** Bytes of base64 or base64url text, with padding or without; undefined for anything else. */
export function decodeKeyText(text: string): Buffer | undefined {
  return BASE64.test(text) ? Buffer.from(text, 'base64') : undefined;
}

/** Base64url without padding. */
export function encodeKeyText(bytes: Buffer): string {
  return bytes.toString('base64url');
}
