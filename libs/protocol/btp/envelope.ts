import { lengthSize, OerWriter } from '../oer/oer-writer';

const HEADER_SIZE = 5;

/** A writer that has written the envelope of a packet and has room for its content. */
export function openEnvelope(envelope: {
  readonly typeByte: number;
  readonly requestId: number;
  readonly contentSize: number;
}): OerWriter {
  const { typeByte, requestId, contentSize } = envelope;
  const writer = new OerWriter(HEADER_SIZE + lengthSize(contentSize) + contentSize);
  writer.uint8(typeByte, 'type');
  writer.uint32(requestId, 'requestId');
  writer.length(contentSize);
  return writer;
}
