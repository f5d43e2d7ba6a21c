import { isUtf8 } from 'node:buffer';
import { OerReader } from '../oer/oer-reader';
import { UnreadablePacketError } from '../oer/unreadable-packet-error';
import { isAddress } from './address';
import { readAddress } from './address-field';
import { decodeCurve, POINT_SIZE } from './curve-bytes';
import {
  type ByDestinationRequest,
  type BySourceRequest,
  ERROR_CODE_SIZE,
  ILP_LIMIT,
  ILP_TYPE_BYTE,
  type IlpError,
  type IlpPacket,
  type IlpRejection,
  type LiquidityRequest,
  type LiquidityResponse,
} from './ilp-packet';

/**
 * Reads one ILP packet (SPEC §6). Trailing bytes and a missing extensions byte are tolerated;
 * sizes, addresses, timestamps and curves are held to their rules, for a packet that breaks them
 * is an invalid packet.
 * @throws UnreadablePacketError
 */
export function decodeIlp(bytes: Buffer): IlpPacket {
  const reader = new OerReader(bytes);
  const type = reader.uint8('type');
  reader.enterContent('content');
  switch (type) {
    case ILP_TYPE_BYTE.payment:
      return {
        type: 'payment',
        amount: reader.uint64('amount'),
        account: readAddress(reader, 'account'),
        data: readData(reader, ILP_LIMIT.paymentData),
      };
    case ILP_TYPE_BYTE['forwarded-payment']:
      return {
        type: 'forwarded-payment',
        account: readAddress(reader, 'account'),
        data: readData(reader, ILP_LIMIT.paymentData),
      };
    case ILP_TYPE_BYTE['fulfillment-data']:
      return { type: 'fulfillment-data', data: readData(reader, ILP_LIMIT.paymentData) };
    case ILP_TYPE_BYTE.rejection:
      return readRejection(reader);
    case ILP_TYPE_BYTE.error:
      return readError(reader);
    default:
      return readIlqp(type, reader);
  }
}

function readIlqp(type: number, reader: OerReader): IlpPacket {
  switch (type) {
    case ILP_TYPE_BYTE['liquidity-request']:
      return readLiquidityRequest(reader);
    case ILP_TYPE_BYTE['liquidity-response']:
      return readLiquidityResponse(reader);
    case ILP_TYPE_BYTE['by-source-request']:
      return readBySourceRequest(reader);
    case ILP_TYPE_BYTE['by-source-response']:
      return {
        type: 'by-source-response',
        destinationAmount: reader.uint64('destinationAmount'),
        sourceHoldDurationMs: reader.uint32('sourceHoldDuration'),
      };
    case ILP_TYPE_BYTE['by-destination-request']:
      return readByDestinationRequest(reader);
    case ILP_TYPE_BYTE['by-destination-response']:
      return {
        type: 'by-destination-response',
        sourceAmount: reader.uint64('sourceAmount'),
        sourceHoldDurationMs: reader.uint32('sourceHoldDuration'),
      };
    default:
      throw new UnreadablePacketError('type', 'unknown-type');
  }
}

function readData(reader: OerReader, limit: number): Buffer {
  const data = reader.varOctets('data');
  if (data.length > limit) throw new UnreadablePacketError('data', 'too-long');
  return data;
}

function readRejection(reader: OerReader): IlpRejection {
  return {
    type: 'rejection',
    code: reader.text(ERROR_CODE_SIZE, 'code'),
    triggeredBy: reader.varText('triggeredBy'),
    message: readMessage(reader),
    data: readData(reader, ILP_LIMIT.paymentData),
  };
}

function readMessage(reader: OerReader): string {
  const message = reader.varOctets('message');
  if (message.length > ILP_LIMIT.rejectionMessage) {
    throw new UnreadablePacketError('message', 'too-long');
  }
  if (!isUtf8(message)) throw new UnreadablePacketError('message', 'not-utf8');
  return message.toString('utf8');
}

function readError(reader: OerReader): IlpError {
  return {
    type: 'error',
    code: reader.text(ERROR_CODE_SIZE, 'code'),
    name: reader.varText('name'),
    triggeredBy: reader.varText('triggeredBy'),
    forwardedBy: readForwardedBy(reader),
    triggeredAtMs: reader.timestamp('triggeredAt'),
    data: readData(reader, ILP_LIMIT.errorData),
  };
}

function readForwardedBy(reader: OerReader): string[] {
  const count = reader.count(1, 'forwardedBy');
  const accounts: string[] = [];
  for (let index = 0; index < count; index += 1) accounts.push(reader.varText('forwardedBy'));
  return accounts;
}

function readLiquidityRequest(reader: OerReader): LiquidityRequest {
  return {
    type: 'liquidity-request',
    destinationAccount: readAddress(reader, 'destinationAccount'),
    destinationHoldDurationMs: reader.uint32('destinationHoldDuration'),
  };
}

function readLiquidityResponse(reader: OerReader): LiquidityResponse {
  const count = reader.count(POINT_SIZE, 'points');
  return {
    type: 'liquidity-response',
    points: decodeCurve(reader.octets(count * POINT_SIZE, 'points')),
    appliesToPrefix: readAppliesToPrefix(reader),
    sourceHoldDurationMs: reader.uint32('sourceHoldDuration'),
    expiresAtMs: reader.timestamp('expiresAt'),
  };
}

function readAppliesToPrefix(reader: OerReader): string {
  const prefix = reader.varText('appliesToPrefix');
  if (prefix !== '' && !isAddress(prefix)) {
    throw new UnreadablePacketError('appliesToPrefix', 'not-an-address');
  }
  return prefix;
}

function readBySourceRequest(reader: OerReader): BySourceRequest {
  return {
    type: 'by-source-request',
    destinationAccount: readAddress(reader, 'destinationAccount'),
    sourceAmount: reader.uint64('sourceAmount'),
    destinationHoldDurationMs: reader.uint32('destinationHoldDuration'),
  };
}

function readByDestinationRequest(reader: OerReader): ByDestinationRequest {
  return {
    type: 'by-destination-request',
    destinationAccount: readAddress(reader, 'destinationAccount'),
    destinationAmount: reader.uint64('destinationAmount'),
    destinationHoldDurationMs: reader.uint32('destinationHoldDuration'),
  };
}
