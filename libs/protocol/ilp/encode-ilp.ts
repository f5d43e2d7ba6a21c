import { lengthSize, OerWriter, TIMESTAMP_SIZE, varSize, varUIntSize } from '../oer/oer-writer';
import { UnwritableFieldError } from '../oer/unwritable-field-error';
import { isAddress } from './address';
import { requireAddress } from './address-field';
import { encodeCurve, POINT_SIZE } from './curve-bytes';
import {
  ERROR_CODE_SIZE,
  ILP_LIMIT,
  ILP_TYPE_BYTE,
  type IlpError,
  type IlpPacket,
  type IlpRejection,
  type LiquidityResponse,
} from './ilp-packet';

const UINT32_SIZE = 4;
const UINT64_SIZE = 8;
const EXTENSIONS_SIZE = 1;

/**
 * Writes one ILP packet, extensions byte included (SPEC §6). Connectors forward the bytes of a
 * payment unchanged and need this only for what they originate.
 *
 * Connector 21.1.10 cannot read a liquidity response of 128 content bytes or more: keep such a
 * curve at five points or fewer, or less with a long prefix.
 * @throws UnwritableFieldError
 */
export function encodeIlp(packet: IlpPacket): Buffer {
  const size = contentSize(packet) + EXTENSIONS_SIZE;
  const writer = new OerWriter(1 + lengthSize(size) + size);
  writer.uint8(ILP_TYPE_BYTE[packet.type], 'type');
  writer.length(size);
  writeContent(writer, packet);
  writer.length(0);
  return writer.finish();
}

/** Bytes of the content of an error packet, which BTP/alpha limits. */
export function errorContentSize(error: IlpError): number {
  return contentSize(error) + EXTENSIONS_SIZE;
}

function contentSize(packet: IlpPacket): number {
  switch (packet.type) {
    case 'payment':
      return UINT64_SIZE + varSize(packet.account.length) + varSize(packet.data.length);
    case 'forwarded-payment':
      return varSize(packet.account.length) + varSize(packet.data.length);
    case 'fulfillment-data':
      return varSize(packet.data.length);
    case 'rejection':
      return (
        ERROR_CODE_SIZE +
        varSize(packet.triggeredBy.length) +
        varSize(Buffer.byteLength(packet.message)) +
        varSize(packet.data.length)
      );
    case 'error':
      return errorSize(packet);
    case 'liquidity-request':
      return varSize(packet.destinationAccount.length) + UINT32_SIZE;
    case 'liquidity-response':
      return (
        varUIntSize(packet.points.length) +
        packet.points.length * POINT_SIZE +
        varSize(packet.appliesToPrefix.length) +
        UINT32_SIZE +
        TIMESTAMP_SIZE
      );
    case 'by-source-request':
    case 'by-destination-request':
      return varSize(packet.destinationAccount.length) + UINT64_SIZE + UINT32_SIZE;
    case 'by-source-response':
    case 'by-destination-response':
      return UINT64_SIZE + UINT32_SIZE;
  }
}

function errorSize(error: IlpError): number {
  let size = ERROR_CODE_SIZE + varSize(error.name.length) + varSize(error.triggeredBy.length);
  size += varUIntSize(error.forwardedBy.length);
  for (const account of error.forwardedBy) size += varSize(account.length);
  return size + TIMESTAMP_SIZE + varSize(error.data.length);
}

function writeContent(writer: OerWriter, packet: IlpPacket): void {
  switch (packet.type) {
    case 'payment':
      writer.uint64(packet.amount, 'amount');
      writeAddress(writer, packet.account, 'account');
      writeData(writer, packet.data, ILP_LIMIT.paymentData);
      return;
    case 'forwarded-payment':
      writeAddress(writer, packet.account, 'account');
      writeData(writer, packet.data, ILP_LIMIT.paymentData);
      return;
    case 'fulfillment-data':
      writeData(writer, packet.data, ILP_LIMIT.paymentData);
      return;
    case 'rejection':
      writeRejection(writer, packet);
      return;
    case 'error':
      writeError(writer, packet);
      return;
    case 'liquidity-request':
      writeAddress(writer, packet.destinationAccount, 'destinationAccount');
      writer.uint32(packet.destinationHoldDurationMs, 'destinationHoldDuration');
      return;
    case 'liquidity-response':
      writeLiquidityResponse(writer, packet);
      return;
    case 'by-source-request':
      writeAddress(writer, packet.destinationAccount, 'destinationAccount');
      writer.uint64(packet.sourceAmount, 'sourceAmount');
      writer.uint32(packet.destinationHoldDurationMs, 'destinationHoldDuration');
      return;
    case 'by-source-response':
      writer.uint64(packet.destinationAmount, 'destinationAmount');
      writer.uint32(packet.sourceHoldDurationMs, 'sourceHoldDuration');
      return;
    case 'by-destination-request':
      writeAddress(writer, packet.destinationAccount, 'destinationAccount');
      writer.uint64(packet.destinationAmount, 'destinationAmount');
      writer.uint32(packet.destinationHoldDurationMs, 'destinationHoldDuration');
      return;
    case 'by-destination-response':
      writer.uint64(packet.sourceAmount, 'sourceAmount');
      writer.uint32(packet.sourceHoldDurationMs, 'sourceHoldDuration');
  }
}

function writeAddress(writer: OerWriter, address: string, field: string): void {
  requireAddress(address, field);
  writer.varText(address, field);
}

function writeData(writer: OerWriter, data: Buffer, limit: number): void {
  if (data.length > limit) throw new UnwritableFieldError('data', 'too-long');
  writer.varOctets(data);
}

function writeRejection(writer: OerWriter, rejection: IlpRejection): void {
  const message = Buffer.from(rejection.message);
  if (message.length > ILP_LIMIT.rejectionMessage) {
    throw new UnwritableFieldError('message', 'too-long');
  }
  writeCode(writer, rejection.code);
  writer.varText(rejection.triggeredBy, 'triggeredBy');
  writer.varOctets(message);
  writeData(writer, rejection.data, ILP_LIMIT.paymentData);
}

function writeError(writer: OerWriter, error: IlpError): void {
  writeCode(writer, error.code);
  writer.varText(error.name, 'name');
  writer.varText(error.triggeredBy, 'triggeredBy');
  writer.varUInt(error.forwardedBy.length);
  for (const account of error.forwardedBy) writer.varText(account, 'forwardedBy');
  writer.timestamp(error.triggeredAtMs, 'triggeredAt');
  writeData(writer, error.data, ILP_LIMIT.errorData);
}

function writeCode(writer: OerWriter, code: string): void {
  if (code.length !== ERROR_CODE_SIZE) throw new UnwritableFieldError('code', 'wrong-length');
  writer.text(code, 'code');
}

function writeLiquidityResponse(writer: OerWriter, response: LiquidityResponse): void {
  const { points, appliesToPrefix } = response;
  if (appliesToPrefix !== '' && !isAddress(appliesToPrefix)) {
    throw new UnwritableFieldError('appliesToPrefix', 'not-an-address');
  }
  writer.varUInt(points.length);
  writer.octets(encodeCurve(points));
  writer.varText(appliesToPrefix, 'appliesToPrefix');
  writer.uint32(response.sourceHoldDurationMs, 'sourceHoldDuration');
  writer.timestamp(response.expiresAtMs, 'expiresAt');
}
