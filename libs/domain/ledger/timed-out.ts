import { decodeIlp, encodeIlp, ilpError, UnreadablePacketError } from '#protocol';

/** What peers have always found in the data of this error: plain text, not JSON. */
const EXPIRED = Buffer.from('expired');

/** Encoded ILP error `R00 Transfer Timed Out` (SPEC §5.7). */
export function timedOutReason(triggeredBy: string, atMs: number): Buffer {
  return encodeIlp(ilpError({ code: 'R00', triggeredBy, triggeredAtMs: atMs, data: EXPIRED }));
}

/** Does the encoded ILP error say R00? Bytes that are no ILP error say nothing. */
export function saysTimedOut(reason: Buffer): boolean {
  try {
    const packet = decodeIlp(reason);
    return packet.type === 'error' && packet.code === 'R00';
  } catch (error) {
    if (error instanceof UnreadablePacketError) return false;
    throw error;
  }
}
