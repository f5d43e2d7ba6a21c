import { createHash } from 'node:crypto';
import {
  type BtpPrepare,
  CONTENT_TYPE,
  encodeProtocolData,
  ILP_LIMIT,
  peekPayment,
  type ProtocolData,
  protocolEntry,
  SUB_PROTOCOL,
  UnreadablePacketError,
} from '#protocol';

/** What the inside has to know of the protocol data of a Prepare. */
export interface PrepareShape {
  /** ILP packet; empty when there is none. */
  readonly packet: Buffer;
  /** SHA-256 of all protocol data, unless that is just the one `ilp` entry. */
  readonly sideDataDigest: Buffer | null;
  /** All protocol data, encoded, in that case. */
  readonly sideData: Buffer | undefined;
}

const NO_PACKET = Buffer.alloc(0);

/**
 * Why a Prepare cannot be taken whoever sent it, or undefined: amount of 0, an expiry before 1970,
 * which no clock of ours can tell, payment data beyond 32,767 bytes (SPEC §5.7, §5.10). Its condition
 * and date were held to their form by the codec.
 */
export function prepareFault(prepare: BtpPrepare): string | undefined {
  if (prepare.amount < 1n) return 'amount must be at least 1';
  if (prepare.expiresAtMs < 0) return 'expiresAt must not be before 1970';
  const ilp = protocolEntry(prepare.protocolData, SUB_PROTOCOL.ilp);
  if (ilp !== undefined && isTooLong(ilp.data)) {
    return `ILP payment data must not exceed ${ILP_LIMIT.paymentData} bytes`;
  }
  return undefined;
}

export function shapeOf(protocolData: readonly ProtocolData[]): PrepareShape {
  const [first] = protocolData;
  if (protocolData.length === 1 && first !== undefined && isPlainIlp(first)) {
    return { packet: first.data, sideDataDigest: null, sideData: undefined };
  }
  const sideData = encodeProtocolData(protocolData);
  return {
    packet: protocolEntry(protocolData, SUB_PROTOCOL.ilp)?.data ?? NO_PACKET,
    sideDataDigest: createHash('sha256').update(sideData).digest(),
    sideData,
  };
}

function isPlainIlp(entry: ProtocolData): boolean {
  return entry.protocolName === SUB_PROTOCOL.ilp && entry.contentType === CONTENT_TYPE.octets;
}

/** Reads only what is long enough to be too long; any other fault is for the router to find. */
function isTooLong(packet: Buffer): boolean {
  if (packet.length <= ILP_LIMIT.paymentData) return false;
  try {
    peekPayment(packet);
    return false;
  } catch (error) {
    if (error instanceof UnreadablePacketError) return error.rule === 'too-long';
    throw error;
  }
}
