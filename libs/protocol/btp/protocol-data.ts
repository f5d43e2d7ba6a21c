import { OerReader } from '../oer/oer-reader';
import { OerWriter, varSize, varUIntSize } from '../oer/oer-writer';
import type { ProtocolData } from './btp-packet';

/** Name length, content type and data length: an entry cannot be shorter. */
const MINIMUM_ENTRY_SIZE = 3;
const NONE: readonly ProtocolData[] = Object.freeze([]);

/** The bytes of protocol data as they stand in a packet: what two requests are compared by. */
export function encodeProtocolData(protocolData: readonly ProtocolData[]): Buffer {
  const writer = new OerWriter(protocolDataSize(protocolData));
  writeProtocolData(writer, protocolData);
  return writer.finish();
}

/** Reads what `encodeProtocolData` wrote. @throws UnreadablePacketError */
export function decodeProtocolData(bytes: Buffer): readonly ProtocolData[] {
  return readProtocolData(new OerReader(bytes));
}

export function protocolDataSize(protocolData: readonly ProtocolData[]): number {
  let size = varUIntSize(protocolData.length);
  for (const { protocolName, data } of protocolData) {
    size += varSize(protocolName.length) + 1 + varSize(data.length);
  }
  return size;
}

export function writeProtocolData(writer: OerWriter, protocolData: readonly ProtocolData[]): void {
  writer.varUInt(protocolData.length);
  for (const { protocolName, contentType, data } of protocolData) {
    writer.varText(protocolName, 'protocolName');
    writer.uint8(contentType, 'contentType');
    writer.varOctets(data);
  }
}

export function readProtocolData(reader: OerReader): readonly ProtocolData[] {
  const count = reader.count(MINIMUM_ENTRY_SIZE, 'protocolData');
  if (count === 0) return NONE;
  const entries: ProtocolData[] = [];
  for (let index = 0; index < count; index += 1) {
    entries.push({
      protocolName: reader.varText('protocolName'),
      contentType: reader.uint8('contentType'),
      data: reader.varOctets('data'),
    });
  }
  return entries;
}
