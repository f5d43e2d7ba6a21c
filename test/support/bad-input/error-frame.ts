/** An Error as a peer may send it; what our own writer would not write is written all the same. */
export interface PeerError {
  readonly code?: string;
  readonly name?: string;
  readonly data?: string;
  /** 19 characters, whatever they are. */
  readonly triggeredAt?: string;
}

const TRIGGERED_AT = '20170828093200.000Z';
const ERROR = 2;
const HEADER_BYTES = 5;
const LONG_FORM = 0x82;
const NO_ENTRIES = Buffer.from('0100', 'hex');

export function errorFrame(requestId: number, error: PeerError): Buffer {
  const { code = 'F00', name = 'NotAcceptedError', data = '{}', triggeredAt } = error;
  const content = Buffer.concat([
    Buffer.from(code, 'latin1'),
    prefixed(Buffer.from(name, 'latin1')),
    prefixed(Buffer.from(triggeredAt ?? TRIGGERED_AT)),
    prefixed(Buffer.from(data)),
    NO_ENTRIES,
  ]);
  const head = Buffer.alloc(HEADER_BYTES);
  head[0] = ERROR;
  head.writeUInt32BE(requestId, 1);
  return Buffer.concat([head, prefixed(content)]);
}

function prefixed(bytes: Buffer): Buffer {
  if (bytes.length < 0x80) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  if (bytes.length < 0x100) return Buffer.concat([Buffer.from([0x81, bytes.length]), bytes]);
  return Buffer.concat([Buffer.from([LONG_FORM, bytes.length >> 8, bytes.length & 0xff]), bytes]);
}
