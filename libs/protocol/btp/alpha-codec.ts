import { decodeIlp } from '../ilp/decode-ilp';
import { encodeIlp } from '../ilp/encode-ilp';
import type { IlpError } from '../ilp/ilp-packet';
import { TRANSFER_ID_SIZE } from '../ilp/transfer-id';
import { OerReader } from '../oer/oer-reader';
import type { OerWriter } from '../oer/oer-writer';
import { UnreadablePacketError } from '../oer/unreadable-packet-error';
import {
  ALPHA_TYPE_BYTE,
  type AlphaError,
  type AlphaReject,
  type BtpAlphaPacket,
} from './alpha-packet';
import { openEnvelope } from './envelope';
import { fitInline } from './inline-error';
import { type FlawedPacket, InvalidFieldError } from './invalid-field-error';
import { protocolDataSize, readProtocolData, writeProtocolData } from './protocol-data';
import {
  fulfillSize,
  prepareSize,
  readFulfill,
  readPrepare,
  readTransferId,
  writeFulfill,
  writePrepare,
  writeTransferId,
} from './transfer-fields';

/**
 * Reads one BTP/alpha frame (SPEC §5.3). Bytes after the last field are ignored.
 * @throws UnreadablePacketError for a frame to be ignored without an answer
 * @throws InvalidFieldError for a whole frame whose date or rejection reason is not one
 */
export function decodeBtpAlpha(bytes: Buffer): BtpAlphaPacket {
  const reader = new OerReader(bytes);
  const type = reader.uint8('type');
  const requestId = reader.uint32('requestId');
  reader.enterContent('content');
  switch (type) {
    case ALPHA_TYPE_BYTE.ack:
      return { type: 'ack', requestId, protocolData: readProtocolData(reader) };
    case ALPHA_TYPE_BYTE.response:
      return { type: 'response', requestId, protocolData: readProtocolData(reader) };
    case ALPHA_TYPE_BYTE.error:
      return readError(reader, requestId);
    case ALPHA_TYPE_BYTE.prepare:
      return readPrepare(reader, requestId);
    case ALPHA_TYPE_BYTE.fulfill:
      return readFulfill(reader, requestId);
    case ALPHA_TYPE_BYTE.reject:
      return readReject(reader, requestId);
    case ALPHA_TYPE_BYTE.message:
      return { type: 'message', requestId, protocolData: readProtocolData(reader) };
    default:
      throw new UnreadablePacketError('type', 'unknown-type');
  }
}

/**
 * Writes one BTP/alpha frame. A rejection reason that the historic codec could not read again is
 * shortened: see `fitInline`.
 * @throws UnwritableFieldError for a value that the frame cannot carry
 */
export function encodeBtpAlpha(packet: BtpAlphaPacket): Buffer {
  const reason = 'rejectionReason' in packet ? encodeReason(packet.rejectionReason) : undefined;
  const writer = openEnvelope({
    typeByte: ALPHA_TYPE_BYTE[packet.type],
    requestId: packet.requestId,
    contentSize: contentSize(packet, reason?.length ?? 0),
  });
  writeContent(writer, packet, reason);
  return writer.finish();
}

function contentSize(packet: BtpAlphaPacket, reasonSize: number): number {
  if (packet.type === 'prepare') return prepareSize(packet);
  if (packet.type === 'fulfill') return fulfillSize(packet);
  const idSize = packet.type === 'reject' ? TRANSFER_ID_SIZE : 0;
  return idSize + reasonSize + protocolDataSize(packet.protocolData);
}

function writeContent(writer: OerWriter, packet: BtpAlphaPacket, reason: Buffer | undefined): void {
  if (packet.type === 'prepare') {
    writePrepare(writer, packet);
    return;
  }
  if (packet.type === 'fulfill') {
    writeFulfill(writer, packet);
    return;
  }
  if (packet.type === 'reject') writeTransferId(writer, packet.transferId);
  if (reason !== undefined) writer.octets(reason);
  writeProtocolData(writer, packet.protocolData);
}

function encodeReason(reason: IlpError): Buffer {
  return encodeIlp(fitInline(reason));
}

function readError(reader: OerReader, requestId: number): AlphaError {
  const inline = reader.nestedPacket('rejectionReason');
  const protocolData = readProtocolData(reader);
  const rejectionReason = decodeReason(inline, { requestId, type: 'error' });
  return { type: 'error', requestId, protocolData, rejectionReason };
}

function readReject(reader: OerReader, requestId: number): AlphaReject {
  const transferId = readTransferId(reader);
  const inline = reader.nestedPacket('rejectionReason');
  const protocolData = readProtocolData(reader);
  const rejectionReason = decodeReason(inline, { requestId, type: 'reject' });
  return { type: 'reject', requestId, protocolData, transferId, rejectionReason };
}

/** The reason delimits itself, so a frame is whole even where the reason is no ILP error. */
function decodeReason(inline: Buffer, packet: FlawedPacket): IlpError {
  try {
    const reason = decodeIlp(inline);
    if (reason.type === 'error') return reason;
  } catch (error) {
    if (!(error instanceof UnreadablePacketError)) throw error;
    throw new InvalidFieldError(packet, `rejectionReason.${error.field}`, error.rule);
  }
  throw new InvalidFieldError(packet, 'rejectionReason.type', 'wrong-type');
}
