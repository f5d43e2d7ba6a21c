import { UnreadablePacketError } from '../oer/unreadable-packet-error';

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/** Bytes as base64url without padding: how packets and conditions travel in JSON (SPEC §6). */
export function toBase64Url(bytes: Buffer): string {
  return bytes.toString('base64url');
}

/**
 * Bytes of base64url or base64, with or without padding.
 * @throws UnreadablePacketError `not-base64` where Node would silently skip what it cannot read
 */
export function fromBase64Url(text: string, field: string): Buffer {
  if (!BASE64.test(text)) throw new UnreadablePacketError(field, 'not-base64');
  const padding = text.length - text.replace(/=+$/, '').length;
  const isWhole = padding > 0 ? text.length % 4 === 0 : text.length % 4 !== 1;
  if (!isWhole) throw new UnreadablePacketError(field, 'not-base64');
  return Buffer.from(text, 'base64url');
}
