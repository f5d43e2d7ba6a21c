import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { btpPacket } from '../../../test/interop/codec-arbitraries';
import { failureOf } from '../../../test/interop/codec-failures';
import { UnreadablePacketError } from '../oer/unreadable-packet-error';
import { decodeBtpAlpha, encodeBtpAlpha } from './alpha-codec';
import { ALPHA_TYPE_BYTE } from './alpha-packet';
import { decodeBtp, encodeBtp } from './btp-codec';
import { BTP_TYPE_BYTE, type BtpPacket, type BtpPrepare, isBtpRequestType } from './btp-packet';
import type { BtpAlphaPacket } from './alpha-packet';
import { InvalidFieldError } from './invalid-field-error';
import { encodeProtocolData } from './protocol-data';

interface BtpVector {
  readonly id: string;
  readonly version: '1.0' | 'alpha';
  readonly type_byte: number;
  readonly request_id: number;
  readonly fields: Record<string, unknown>;
  readonly hex: string;
}

interface Vectors {
  readonly btp: readonly BtpVector[];
  readonly btp_invalid: readonly { readonly hex: string; readonly reason: string }[];
  readonly btp_tolerated: readonly { readonly hex: string; readonly reason: string }[];
  readonly btp_live: readonly {
    readonly id: string;
    readonly exchange: string;
    readonly hex?: string;
    readonly sent_hex?: string;
    readonly replies?: readonly string[];
  }[];
}

const vectors = JSON.parse(
  readFileSync(join(__dirname, '../../../test/vectors/vectors.json'), 'utf8'),
) as Vectors;

/** The fields of a packet; a few vectors hold the JSON of their `custom` entry once more. */
const wireFields = ({ fields }: BtpVector): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => name !== 'custom_json'));

const bytesOf = (hex: string): Buffer => Buffer.from(hex, 'hex');
const iso = (ms: number): string => new Date(ms).toISOString();

/** A packet in the names and notations of the vectors. */
const fieldsOf = (packet: BtpPacket | BtpAlphaPacket): Record<string, unknown> => ({
  ...ownFieldsOf(packet),
  protocol_data: packet.protocolData.map(({ protocolName, contentType, data }) => ({
    protocol_name: protocolName,
    content_type: contentType,
    data_hex: data.toString('hex'),
  })),
});

const ownFieldsOf = (packet: BtpPacket | BtpAlphaPacket): Record<string, unknown> => {
  switch (packet.type) {
    case 'prepare':
      return {
        transfer_id: packet.transferId,
        amount: packet.amount.toString(),
        condition_hex: packet.executionCondition.toString('hex'),
        expires_at: iso(packet.expiresAtMs),
      };
    case 'fulfill':
      return {
        transfer_id: packet.transferId,
        fulfillment_hex: packet.fulfillment.toString('hex'),
      };
    case 'error':
      return 'rejectionReason' in packet
        ? {}
        : {
            code: packet.code,
            name: packet.name,
            triggered_at: iso(packet.triggeredAtMs),
            data_utf8: packet.data.toString('utf8'),
          };
    default:
      return {};
  }
};

describe('BTP vectors', () => {
  const version = (name: BtpVector['version']): BtpVector[] =>
    vectors.btp.filter((vector) => vector.version === name);

  it.each(version('1.0'))('$id goes both ways', (vector) => {
    const { type_byte, request_id, hex } = vector;
    const packet = decodeBtp(bytesOf(hex));
    expect(BTP_TYPE_BYTE[packet.type]).toBe(type_byte);
    expect(packet.requestId).toBe(request_id);
    expect(fieldsOf(packet)).toEqual(wireFields(vector));
    expect(encodeBtp(packet).toString('hex')).toBe(hex);
  });

  it.each(version('alpha'))('$id goes both ways', (vector) => {
    const { type_byte, request_id, hex } = vector;
    const packet = decodeBtpAlpha(bytesOf(hex));
    expect(ALPHA_TYPE_BYTE[packet.type]).toBe(type_byte);
    expect(packet.requestId).toBe(request_id);
    expect(fieldsOf(packet)).toEqual(wireFields(vector));
    expect(encodeBtpAlpha(packet).toString('hex')).toBe(hex);
  });

  it('gives a Reject its reason as an ILP error in the entry `ilp` (SPEC §15.1)', () => {
    const hex =
      '050000000163b4c838f680b147f8a82eb1fcfbed89d5010103696c70004b0849523030125472616e736665722054' +
      '696d6564204f7574136578616d706c652e706565722e73657276657201001332303137303832383039333230302e' +
      '3030305a076578706972656400';
    const packet = decodeBtp(bytesOf(hex));
    expect(packet).toMatchObject({
      type: 'reject',
      transferId: 'b4c838f6-80b1-47f8-a82e-b1fcfbed89d5',
      protocolData: [{ protocolName: 'ilp', contentType: 0 }],
    });
    expect(encodeBtp(packet).toString('hex')).toBe(hex);
  });

  const flawed = vectors.btp_invalid.filter(({ reason }) => reason.startsWith('expiresAt'));
  const unreadable = vectors.btp_invalid.filter((vector) => !flawed.includes(vector));

  it.each(unreadable)('$hex is unreadable: $reason', ({ hex }) => {
    expect(() => decodeBtp(bytesOf(hex))).toThrow(UnreadablePacketError);
  });

  it('tells a Prepare with a bad date from an unreadable one', () => {
    expect(flawed).toHaveLength(1);
    const failure = failureOf(() => decodeBtp(bytesOf(flawed[0]!.hex)));
    expect(failure).toBeInstanceOf(InvalidFieldError);
    expect(failure).toMatchObject({
      requestId: 1,
      packetType: 'prepare',
      field: 'expiresAt',
      rule: 'not-a-timestamp',
    });
  });

  it.each(vectors.btp_tolerated)('$hex is read: $reason', ({ hex }) => {
    expect(decodeBtp(bytesOf(hex))).toEqual({ type: 'response', requestId: 1, protocolData: [] });
  });

  it('of a live session are read and written byte for byte', () => {
    const frames = vectors.btp_live.flatMap(({ hex, sent_hex, replies = [] }) =>
      [hex, sent_hex, ...replies].filter((frame) => frame !== undefined),
    );
    const read = frames.filter((frame) => !frame.startsWith('close'));
    expect(read.length).toBeGreaterThan(45);
    for (const frame of read) {
      expect(encodeBtp(decodeBtp(bytesOf(frame))).toString('hex')).toBe(frame);
    }
  });
});

const prepare: BtpPrepare = {
  type: 'prepare',
  requestId: 7,
  protocolData: [],
  transferId: 'b4c838f6-80b1-47f8-a82e-b1fcfbed89d5',
  amount: 1000n,
  executionCondition: Buffer.alloc(32, 1),
  expiresAtMs: Date.UTC(2017, 7, 28),
};

describe('decodeBtp', () => {
  it('reads back every packet it writes', () => {
    fc.assert(
      fc.property(btpPacket, (packet) => {
        expect(decodeBtp(encodeBtp(packet))).toEqual(packet);
      }),
      { numRuns: 500 },
    );
  });

  it('gives slices of the frame, not copies', () => {
    const frame = encodeBtp(prepare);
    const packet = decodeBtp(frame);
    frame.fill(0x55, 6);
    expect(packet).toMatchObject({ executionCondition: Buffer.alloc(32, 0x55) });
  });

  it('reads an amount of 0, for that is not for the codec to refuse', () => {
    expect(decodeBtp(encodeBtp({ ...prepare, amount: 0n }))).toMatchObject({ amount: 0n });
  });

  it('keeps content types it does not know and names beyond ASCII as they are', () => {
    const message: BtpPacket = {
      type: 'message',
      requestId: 1,
      protocolData: [{ protocolName: '\u00e9\u00ec', contentType: 255, data: Buffer.of(0xff) }],
    };
    expect(decodeBtp(encodeBtp(message))).toEqual(message);
  });

  it.each(['00', '07', '08', 'ff'])('refuses the type byte %s', (type) => {
    expect(failureOf(() => decodeBtp(bytesOf(`${type}00000001020100`)))).toMatchObject({
      name: 'UnreadablePacketError',
      field: 'type',
      rule: 'unknown-type',
    });
  });

  it.each([
    ['no count at all', '060000000100', 'truncated'],
    ['a count of 2^48 - 1', '06000000010706ffffffffffff', 'count-too-large'],
    ['more entries than there is room for', '060000000105010200000000', 'count-too-large'],
    ['an entry cut in its data', '060000000108010103696c700005', 'truncated'],
    ['a name of 2^32 bytes', '0600000001080101850100000000', 'truncated'],
  ])('refuses %s', (_, hex, rule) => {
    expect(failureOf(() => decodeBtp(bytesOf(hex)))).toMatchObject({
      name: 'UnreadablePacketError',
      rule,
    });
  });

  it('calls a Prepare unreadable that has a bad date and is cut short as well', () => {
    const frame = encodeBtp(prepare);
    frame[6 + 16 + 8 + 32 + 1] = 0x58;
    expect(failureOf(() => decodeBtp(frame))).toBeInstanceOf(InvalidFieldError);
    const cut = Buffer.from(frame.subarray(0, -2));
    cut[5] = cut.length - 6;
    expect(failureOf(() => decodeBtp(cut))).toBeInstanceOf(UnreadablePacketError);
  });

  it('still knows which request an Error with a bad field answers', () => {
    const error: BtpPacket = {
      type: 'error',
      requestId: 9,
      protocolData: [],
      code: 'F00',
      name: '',
      triggeredAtMs: 0,
      data: Buffer.alloc(0),
    };
    const frame = encodeBtp(error);
    frame[6 + 3 + 1 + 1] = 0x58;
    expect(failureOf(() => decodeBtp(frame))).toMatchObject({
      name: 'InvalidFieldError',
      requestId: 9,
      packetType: 'error',
      field: 'triggeredAt',
    });
    const long = Buffer.concat([
      bytesOf('0200000009822022463030001331393730303130313030303030302e3030305a822001'),
      Buffer.alloc(8193),
      bytesOf('0100'),
    ]);
    long.writeUInt16BE(long.length - 8, 6);
    expect(failureOf(() => decodeBtp(long))).toMatchObject({
      name: 'InvalidFieldError',
      packetType: 'error',
      field: 'data',
      rule: 'too-long',
    });
  });
});

describe('encodeBtp', () => {
  it.each<[string, BtpPacket, string, string]>([
    ['request id 2^32', { ...prepare, requestId: 2 ** 32 }, 'requestId', 'out-of-range'],
    ['amount 2^64', { ...prepare, amount: 2n ** 64n }, 'amount', 'out-of-range'],
    ['amount -1', { ...prepare, amount: -1n }, 'amount', 'out-of-range'],
    [
      'a condition of 31 bytes',
      { ...prepare, executionCondition: Buffer.alloc(31) },
      'executionCondition',
      'wrong-length',
    ],
    ['an id that is none', { ...prepare, transferId: 'x' }, 'transferId', 'not-a-transfer-id'],
    ['no expiry', { ...prepare, expiresAtMs: Number.NaN }, 'expiresAt', 'out-of-range'],
    [
      'a fulfillment of 33 bytes',
      {
        type: 'fulfill',
        requestId: 1,
        protocolData: [],
        transferId: prepare.transferId,
        fulfillment: Buffer.alloc(33),
      },
      'fulfillment',
      'wrong-length',
    ],
    [
      'content type 256',
      {
        type: 'message',
        requestId: 1,
        protocolData: [{ protocolName: 'x', contentType: 256, data: Buffer.alloc(0) }],
      },
      'contentType',
      'out-of-range',
    ],
    [
      'a code of two characters',
      {
        type: 'error',
        requestId: 1,
        protocolData: [],
        code: 'F0',
        name: '',
        triggeredAtMs: 0,
        data: Buffer.alloc(0),
      },
      'code',
      'wrong-length',
    ],
    [
      '8193 bytes of error data',
      {
        type: 'error',
        requestId: 1,
        protocolData: [],
        code: 'F00',
        name: '',
        triggeredAtMs: 0,
        data: Buffer.alloc(8193),
      },
      'data',
      'too-long',
    ],
  ])('refuses %s', (_, packet, field, rule) => {
    expect(failureOf(() => encodeBtp(packet))).toMatchObject({
      name: 'UnwritableFieldError',
      field,
      rule,
    });
  });

  it('writes the protocol data of a frame as encodeProtocolData does', () => {
    const data = [{ protocolName: 'ilp', contentType: 0, data: Buffer.from('x') }];
    const frame = encodeBtp({ ...prepare, protocolData: data });
    expect(frame.toString('hex')).toMatch(
      new RegExp(`${encodeProtocolData(data).toString('hex')}$`),
    );
    expect(encodeProtocolData([]).toString('hex')).toBe('0100');
  });
});

describe('isBtpRequestType', () => {
  it('tells what is owed an answer', () => {
    const types = ['prepare', 'fulfill', 'reject', 'message', 'response', 'error', 'ack'];
    expect(types.filter(isBtpRequestType)).toEqual(['prepare', 'fulfill', 'reject', 'message']);
  });
});
