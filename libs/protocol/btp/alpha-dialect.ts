import { decodeIlp } from '../ilp/decode-ilp';
import { encodeIlp } from '../ilp/encode-ilp';
import { errorOfRejection, ilpError } from '../ilp/ilp-errors';
import type { IlpError, IlpPacket } from '../ilp/ilp-packet';
import { UnreadablePacketError } from '../oer/unreadable-packet-error';
import type { AlphaError, AlphaReject, BtpAlphaPacket } from './alpha-packet';
import { BTP_ERRORS, isBtpErrorName } from './btp-errors';
import type { BtpError, BtpPacket, BtpReject } from './btp-packet';
import { ilpEntry, protocolEntry, SUB_PROTOCOL } from './sub-protocols';

const TEMPORARY_CLASS = 'T';

/** Who speaks, and when: what an inline ILP error says beyond its BTP counterpart. */
export interface AlphaSpeaker {
  /** Our own account on the ledger of the peering. */
  readonly account: string;
  readonly nowMs: number;
}

/**
 * A BTP/alpha packet in the words of BTP/1.0, so that a session need not know the version: an Ack
 * is an empty Response, a rejection reason is the `ilp` entry of a Reject, and the code and name of
 * an Error are those of its inline ILP error (SPEC §5.8).
 */
export function btpFromAlpha(packet: BtpAlphaPacket): BtpPacket {
  switch (packet.type) {
    case 'ack':
      return { ...packet, type: 'response' };
    case 'error':
      return errorFromAlpha(packet);
    case 'reject':
      return rejectFromAlpha(packet);
    default:
      return packet;
  }
}

/**
 * A BTP/1.0 packet in the words of BTP/alpha. A Reject without a readable reason in its `ilp` entry
 * gets one of ours, F00.
 */
export function alphaFromBtp(packet: BtpPacket, speaker: AlphaSpeaker): BtpAlphaPacket {
  switch (packet.type) {
    case 'response':
      return packet.protocolData.length === 0 ? { ...packet, type: 'ack' } : packet;
    case 'error':
      return errorToAlpha(packet, speaker);
    case 'reject':
      return rejectToAlpha(packet, speaker);
    default:
      return packet;
  }
}

function errorFromAlpha(packet: AlphaError): BtpError {
  const { requestId, protocolData, rejectionReason } = packet;
  const { name, triggeredAtMs, data } = rejectionReason;
  const code = btpCodeOf(rejectionReason);
  return { type: 'error', requestId, protocolData, code, name, triggeredAtMs, data };
}

/**
 * Under a name that BTP does not know the code is one of ILP, which means something else in BTP: F07
 * is "Cannot Receive" there, here that a transfer was fulfilled. Only its class is the same.
 */
function btpCodeOf({ code, name }: IlpError): string {
  if (isBtpErrorName(name)) return code;
  return code.startsWith(TEMPORARY_CLASS)
    ? BTP_ERRORS.UnreachableError
    : BTP_ERRORS.NotAcceptedError;
}

function rejectFromAlpha(packet: AlphaReject): BtpReject {
  const { requestId, transferId, rejectionReason, protocolData } = packet;
  const others = protocolData.filter((entry) => entry.protocolName !== SUB_PROTOCOL.ilp);
  const reason = ilpEntry(encodeIlp(rejectionReason));
  return { type: 'reject', requestId, transferId, protocolData: [reason, ...others] };
}

function errorToAlpha(packet: BtpError, speaker: AlphaSpeaker): AlphaError {
  const { requestId, protocolData, code, name, triggeredAtMs, data } = packet;
  const rejectionReason: IlpError = {
    type: 'error',
    code,
    name,
    triggeredBy: speaker.account,
    forwardedBy: [],
    triggeredAtMs,
    data,
  };
  return { type: 'error', requestId, protocolData, rejectionReason };
}

function rejectToAlpha(packet: BtpReject, speaker: AlphaSpeaker): AlphaReject {
  const { requestId, transferId, protocolData } = packet;
  const reason = protocolEntry(protocolData, SUB_PROTOCOL.ilp);
  return {
    type: 'reject',
    requestId,
    transferId,
    protocolData: protocolData.filter((entry) => entry.protocolName !== SUB_PROTOCOL.ilp),
    rejectionReason: reasonOf(reason?.data, speaker),
  };
}

function reasonOf(bytes: Buffer | undefined, speaker: AlphaSpeaker): IlpError {
  const packet = bytes === undefined ? undefined : tryDecode(bytes);
  if (packet?.type === 'error') return packet;
  if (packet?.type === 'rejection') return errorOfRejection(packet, speaker.nowMs);
  return ilpError({
    code: 'F00',
    triggeredBy: speaker.account,
    triggeredAtMs: speaker.nowMs,
    data: 'rejected without a readable reason',
  });
}

function tryDecode(bytes: Buffer): IlpPacket | undefined {
  try {
    return decodeIlp(bytes);
  } catch (error) {
    if (error instanceof UnreadablePacketError) return undefined;
    throw error;
  }
}
