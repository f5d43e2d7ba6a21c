import { decodeIlp, errorMessage, UnreadablePacketError, type IlpPacket } from '#protocol';
import type { JsonObject } from '#eventsourcing';

/** Longest message that stands beside the packet; the packet itself holds all of it. */
const MAX_MESSAGE_LENGTH = 512;
/** Lone surrogates and NUL, which a JSON column cannot hold, and other characters for no reader. */
const UNSTORABLE = /[\p{Cc}\p{Cs}]/gu;

/**
 * What an ILP error says, for people and reports that read the log without a codec: code, who
 * found the fault, message. It follows from the packet and is never read back. null if the packet
 * is no ILP error.
 */
export function readableReason(reason: Buffer): JsonObject | null {
  const packet = packetOf(reason);
  if (packet?.type !== 'error') return null;
  const { code, triggeredBy, data } = packet;
  return {
    code: storable(code),
    message: storable(errorMessage(data)),
    triggeredBy: storable(triggeredBy),
  };
}

function packetOf(reason: Buffer): IlpPacket | undefined {
  try {
    return decodeIlp(reason);
  } catch (error) {
    if (error instanceof UnreadablePacketError) return undefined;
    throw error;
  }
}

function storable(text: string): string {
  return text.slice(0, MAX_MESSAGE_LENGTH).replace(UNSTORABLE, '\ufffd');
}
