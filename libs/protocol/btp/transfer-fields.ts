import { FULFILLMENT_SIZE } from '../ilp/condition';
import { TRANSFER_ID_SIZE, transferIdBytes, transferIdText } from '../ilp/transfer-id';
import type { OerReader } from '../oer/oer-reader';
import { type OerWriter, TIMESTAMP_SIZE } from '../oer/oer-writer';
import type { BtpFulfill, BtpPrepare } from './btp-packet';
import { InvalidFieldError } from './invalid-field-error';
import { protocolDataSize, readProtocolData, writeProtocolData } from './protocol-data';

/** What BTP/1.0 and BTP/alpha have in common: Prepare, Fulfill and the id of a transfer. */

const AMOUNT_SIZE = 8;

export function readTransferId(reader: OerReader): string {
  return transferIdText(reader.octets(TRANSFER_ID_SIZE, 'transferId'));
}

export function writeTransferId(writer: OerWriter, transferId: string): void {
  writer.octets(transferIdBytes(transferId));
}

/** Reads to the end before it judges the date, for a truncated Prepare is not answered. */
export function readPrepare(reader: OerReader, requestId: number): BtpPrepare {
  const transferId = readTransferId(reader);
  const amount = reader.uint64('amount');
  const executionCondition = reader.octets(FULFILLMENT_SIZE, 'executionCondition');
  const expiresAtMs = reader.timestampOrNaN('expiresAt');
  const protocolData = readProtocolData(reader);
  if (Number.isNaN(expiresAtMs)) {
    throw new InvalidFieldError({ requestId, type: 'prepare' }, 'expiresAt', 'not-a-timestamp');
  }
  return {
    type: 'prepare',
    requestId,
    protocolData,
    transferId,
    amount,
    executionCondition,
    expiresAtMs,
  };
}

export function readFulfill(reader: OerReader, requestId: number): BtpFulfill {
  const transferId = readTransferId(reader);
  const fulfillment = reader.octets(FULFILLMENT_SIZE, 'fulfillment');
  return {
    type: 'fulfill',
    requestId,
    protocolData: readProtocolData(reader),
    transferId,
    fulfillment,
  };
}

export function prepareSize(prepare: BtpPrepare): number {
  return (
    TRANSFER_ID_SIZE +
    AMOUNT_SIZE +
    FULFILLMENT_SIZE +
    TIMESTAMP_SIZE +
    protocolDataSize(prepare.protocolData)
  );
}

export function writePrepare(writer: OerWriter, prepare: BtpPrepare): void {
  writeTransferId(writer, prepare.transferId);
  writer.uint64(prepare.amount, 'amount');
  writer.exactly(FULFILLMENT_SIZE, prepare.executionCondition, 'executionCondition');
  writer.timestamp(prepare.expiresAtMs, 'expiresAt');
  writeProtocolData(writer, prepare.protocolData);
}

export function fulfillSize(fulfill: BtpFulfill): number {
  return TRANSFER_ID_SIZE + FULFILLMENT_SIZE + protocolDataSize(fulfill.protocolData);
}

export function writeFulfill(writer: OerWriter, fulfill: BtpFulfill): void {
  writeTransferId(writer, fulfill.transferId);
  writer.exactly(FULFILLMENT_SIZE, fulfill.fulfillment, 'fulfillment');
  writeProtocolData(writer, fulfill.protocolData);
}
