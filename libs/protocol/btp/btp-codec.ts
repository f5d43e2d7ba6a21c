import { TRANSFER_ID_SIZE } from '../ilp/transfer-id';
import { ERROR_CODE_SIZE } from '../ilp/ilp-packet';
import { OerReader } from '../oer/oer-reader';
import { type OerWriter, TIMESTAMP_SIZE, varSize } from '../oer/oer-writer';
import { UnreadablePacketError } from '../oer/unreadable-packet-error';
import { UnwritableFieldError } from '../oer/unwritable-field-error';
import { BTP_TYPE_BYTE, type BtpError, type BtpPacket, MAX_ERROR_DATA_SIZE } from './btp-packet';
import { openEnvelope } from './envelope';
import { InvalidFieldError } from './invalid-field-error';
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
 * Reads one BTP/1.0 frame (SPEC §5.2). Bytes after the last field are ignored.
 * @throws UnreadablePacketError for a frame to be ignored without an answer
 * @throws InvalidFieldError for a whole frame with an impossible field, to be answered with F01
 */
export function decodeBtp(bytes: Buffer): BtpPacket {
  const reader = new OerReader(bytes);
  const type = reader.uint8('type');
  const requestId = reader.uint32('requestId');
  reader.enterContent('content');
  switch (type) {
    case BTP_TYPE_BYTE.response:
      return { type: 'response', requestId, protocolData: readProtocolData(reader) };
    case BTP_TYPE_BYTE.error:
      return readError(reader, requestId);
    case BTP_TYPE_BYTE.prepare:
      return readPrepare(reader, requestId);
    case BTP_TYPE_BYTE.fulfill:
      return readFulfill(reader, requestId);
    case BTP_TYPE_BYTE.reject: {
      const transferId = readTransferId(reader);
      return { type: 'reject', requestId, protocolData: readProtocolData(reader), transferId };
    }
    case BTP_TYPE_BYTE.message:
      return { type: 'message', requestId, protocolData: readProtocolData(reader) };
    default:
      throw new UnreadablePacketError('type', 'unknown-type');
  }
}

/**
 * Writes one BTP/1.0 frame.
 * @throws UnwritableFieldError for a value that the frame cannot carry
 */
export function encodeBtp(packet: BtpPacket): Buffer {
  const writer = openEnvelope({
    typeByte: BTP_TYPE_BYTE[packet.type],
    requestId: packet.requestId,
    contentSize: contentSize(packet),
  });
  writeContent(writer, packet);
  return writer.finish();
}

function contentSize(packet: BtpPacket): number {
  switch (packet.type) {
    case 'prepare':
      return prepareSize(packet);
    case 'fulfill':
      return fulfillSize(packet);
    case 'reject':
      return TRANSFER_ID_SIZE + protocolDataSize(packet.protocolData);
    case 'error':
      return errorSize(packet) + protocolDataSize(packet.protocolData);
    case 'response':
    case 'message':
      return protocolDataSize(packet.protocolData);
  }
}

function writeContent(writer: OerWriter, packet: BtpPacket): void {
  switch (packet.type) {
    case 'prepare':
      writePrepare(writer, packet);
      return;
    case 'fulfill':
      writeFulfill(writer, packet);
      return;
    case 'reject':
      writeTransferId(writer, packet.transferId);
      break;
    case 'error':
      writeError(writer, packet);
      break;
    case 'response':
    case 'message':
      break;
  }
  writeProtocolData(writer, packet.protocolData);
}

function readError(reader: OerReader, requestId: number): BtpError {
  const code = reader.text(ERROR_CODE_SIZE, 'code');
  const name = reader.varText('name');
  const triggeredAtMs = reader.timestampOrNaN('triggeredAt');
  const data = reader.varOctets('data');
  const protocolData = readProtocolData(reader);
  if (Number.isNaN(triggeredAtMs)) {
    throw new InvalidFieldError({ requestId, type: 'error' }, 'triggeredAt', 'not-a-timestamp');
  }
  if (data.length > MAX_ERROR_DATA_SIZE) {
    throw new InvalidFieldError({ requestId, type: 'error' }, 'data', 'too-long');
  }
  return { type: 'error', requestId, protocolData, code, name, triggeredAtMs, data };
}

function errorSize(error: BtpError): number {
  const text = ERROR_CODE_SIZE + varSize(error.name.length);
  return text + TIMESTAMP_SIZE + varSize(error.data.length);
}

function writeError(writer: OerWriter, error: BtpError): void {
  const { code, name, triggeredAtMs, data } = error;
  if (code.length !== ERROR_CODE_SIZE) throw new UnwritableFieldError('code', 'wrong-length');
  if (data.length > MAX_ERROR_DATA_SIZE) throw new UnwritableFieldError('data', 'too-long');
  writer.text(code, 'code');
  writer.varText(name, 'name');
  writer.timestamp(triggeredAtMs, 'triggeredAt');
  writer.varOctets(data);
}
