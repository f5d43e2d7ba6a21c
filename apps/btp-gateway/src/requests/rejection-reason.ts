import {
  decodeIlp,
  encodeIlp,
  errorOfRejection,
  type IlpError,
  ilpError,
  type IlpPacket,
  type ProtocolData,
  protocolEntry,
  SUB_PROTOCOL,
  UnreadablePacketError,
} from '#protocol';

/**
 * Why a peer rejected a transfer, as an encoded ILP error: its bytes as they came, a rejection of
 * the older kind as an error, or, where there is nothing readable, an error in the peer's name. The
 * Reject counts in any case: who gives up money need not say why (SPEC §5.6, §6.2).
 */
export function rejectionReason(
  protocolData: readonly ProtocolData[],
  peerAccount: string,
  receivedAtMs: number,
): Buffer {
  const entry = protocolEntry(protocolData, SUB_PROTOCOL.ilp);
  const packet = entry === undefined ? undefined : readIlp(entry.data);
  if (entry !== undefined && packet?.type === 'error') return entry.data;
  return encodeIlp(
    packet?.type === 'rejection'
      ? errorOfRejection(packet, receivedAtMs)
      : noReason(peerAccount, receivedAtMs),
  );
}

function noReason(triggeredBy: string, triggeredAtMs: number): IlpError {
  const data = 'rejected without a readable reason';
  return ilpError({ code: 'F99', triggeredBy, triggeredAtMs, data });
}

function readIlp(bytes: Buffer): IlpPacket | undefined {
  try {
    return decodeIlp(bytes);
  } catch (error) {
    if (error instanceof UnreadablePacketError) return undefined;
    throw error;
  }
}
