import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { failureOf } from '../../../test/interop/codec-failures';
import { ilpPacket } from '../../../test/interop/codec-arbitraries';
import { UnreadablePacketError } from '../oer/unreadable-packet-error';
import { UnwritableFieldError } from '../oer/unwritable-field-error';
import { fromBase64Url, toBase64Url } from './base64url';
import { decodeIlp } from './decode-ilp';
import { encodeIlp } from './encode-ilp';
import { ILP_TYPE_BYTE, type IlpError, type IlpPacket, type IlpPayment } from './ilp-packet';
import { peekPayment } from './peek-payment';

interface IlpVector {
  readonly id: string;
  readonly type: number;
  readonly fields: Record<string, unknown>;
  readonly hex: string;
  readonly base64url: string;
  readonly accept_only?: boolean;
}

interface Vectors {
  readonly ilp: readonly IlpVector[];
  readonly ilp_invalid: readonly { readonly hex: string; readonly reason: string }[];
  readonly remote_quote: {
    readonly requests_sent: readonly { readonly ilp_hex: string }[];
    readonly reply_hex: string;
  };
}

const vectors = JSON.parse(
  readFileSync(join(__dirname, '../../../test/vectors/vectors.json'), 'utf8'),
) as Vectors;

const bytesOf = (hex: string): Buffer => Buffer.from(hex, 'hex');
const iso = (ms: number): string => new Date(ms).toISOString();

/** A packet in the names and notations of the vectors. */
const fieldsOf = (packet: IlpPacket): Record<string, unknown> => {
  switch (packet.type) {
    case 'payment':
      return {
        amount: packet.amount.toString(),
        account: packet.account,
        data_hex: packet.data.toString('hex'),
      };
    case 'forwarded-payment':
      return { account: packet.account, data_hex: packet.data.toString('hex') };
    case 'fulfillment-data':
      return { data_hex: packet.data.toString('hex') };
    case 'rejection':
      return {
        code: packet.code,
        triggered_by: packet.triggeredBy,
        message: packet.message,
        data_hex: packet.data.toString('hex'),
      };
    case 'error':
      return {
        code: packet.code,
        name: packet.name,
        triggered_by: packet.triggeredBy,
        forwarded_by: packet.forwardedBy,
        triggered_at: iso(packet.triggeredAtMs),
        data: packet.data.toString('utf8'),
      };
    default:
      return ilqpFieldsOf(packet);
  }
};

type Ilqp = Exclude<
  IlpPacket,
  { type: 'payment' | 'forwarded-payment' | 'fulfillment-data' | 'rejection' | 'error' }
>;

const ilqpFieldsOf = (packet: Ilqp): Record<string, unknown> => {
  switch (packet.type) {
    case 'liquidity-request':
      return {
        destination_account: packet.destinationAccount,
        destination_hold_duration: packet.destinationHoldDurationMs,
      };
    case 'liquidity-response':
      return {
        points: packet.points.map((point) => point.map(String)),
        applies_to_prefix: packet.appliesToPrefix,
        source_hold_duration: packet.sourceHoldDurationMs,
        expires_at: iso(packet.expiresAtMs),
      };
    case 'by-source-request':
      return {
        destination_account: packet.destinationAccount,
        source_amount: packet.sourceAmount.toString(),
        destination_hold_duration: packet.destinationHoldDurationMs,
      };
    case 'by-source-response':
      return {
        destination_amount: packet.destinationAmount.toString(),
        source_hold_duration: packet.sourceHoldDurationMs,
      };
    case 'by-destination-request':
      return {
        destination_account: packet.destinationAccount,
        destination_amount: packet.destinationAmount.toString(),
        destination_hold_duration: packet.destinationHoldDurationMs,
      };
    case 'by-destination-response':
      return {
        source_amount: packet.sourceAmount.toString(),
        source_hold_duration: packet.sourceHoldDurationMs,
      };
  }
};

/** SPEC §15.2: the two types of which the vector file has no example. */
const inlineVectors: IlpVector[] = [
  {
    id: 'ilqp-liquidity-request',
    type: 2,
    fields: { destination_account: 'example.nexus.bob', destination_hold_duration: 3000 },
    hex: '0217116578616d706c652e6e657875732e626f6200000bb800',
    base64url: 'AhcRZXhhbXBsZS5uZXh1cy5ib2IAAAu4AA',
  },
  {
    id: 'ilqp-by-destination-request',
    type: 6,
    fields: {
      destination_account: 'example.nexus.bob',
      destination_amount: '9000000000',
      destination_hold_duration: 3000,
    },
    hex: '061f116578616d706c652e6e657875732e626f620000000218711a0000000bb800',
    base64url: 'Bh8RZXhhbXBsZS5uZXh1cy5ib2IAAAACGHEaAAAAC7gA',
  },
];

describe('ILP vectors', () => {
  const all = [...vectors.ilp, ...inlineVectors];

  it('cover every type', () => {
    const types = new Set(all.map(({ type }) => type));
    expect([...types].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it.each(all)('$id is read as its fields', ({ type, fields, hex, base64url }) => {
    const packet = decodeIlp(bytesOf(hex));
    expect(ILP_TYPE_BYTE[packet.type]).toBe(type);
    expect(fieldsOf(packet)).toEqual(fields);
    expect(fromBase64Url(base64url, 'packet').toString('hex')).toBe(hex);
  });

  it.each(all.filter(({ accept_only }) => accept_only !== true))(
    '$id is written byte for byte',
    ({ hex, base64url }) => {
      const written = encodeIlp(decodeIlp(bytesOf(hex)));
      expect(written.toString('hex')).toBe(hex);
      expect(toBase64Url(written)).toBe(base64url);
    },
  );

  it.each(vectors.ilp_invalid)('$hex is refused: $reason', ({ hex }) => {
    expect(() => decodeIlp(bytesOf(hex))).toThrow(UnreadablePacketError);
  });

  it('of a remote quote are read and written', () => {
    const request = bytesOf(vectors.remote_quote.requests_sent[0]!.ilp_hex);
    expect(decodeIlp(request)).toEqual({
      type: 'liquidity-request',
      destinationAccount: 'd.dan',
      destinationHoldDurationMs: 5000,
    });
    expect(encodeIlp(decodeIlp(request))).toEqual(request);
    const reply = decodeIlp(bytesOf(vectors.remote_quote.reply_hex));
    expect(reply).toMatchObject({
      points: [
        [0n, 0n],
        [10_000n, 20_000n],
      ],
      appliesToPrefix: 'd.',
      sourceHoldDurationMs: 6000,
    });
    expect(encodeIlp(reply).toString('hex')).toBe(vectors.remote_quote.reply_hex);
  });
});

describe('decodeIlp', () => {
  it('reads back every packet it writes', () => {
    fc.assert(
      fc.property(ilpPacket, (packet) => {
        expect(decodeIlp(encodeIlp(packet))).toEqual(packet);
      }),
      { numRuns: 500 },
    );
  });

  it('does without the extensions byte and ignores trailing bytes, for every type', () => {
    fc.assert(
      fc.property(ilpPacket, (packet) => {
        const bytes = encodeIlp(packet);
        const content = Buffer.concat([contentOf(bytes).subarray(0, -1)]);
        expect(decodeIlp(wrapped(bytes[0] ?? 0, content))).toEqual(packet);
        const longer = wrapped(bytes[0] ?? 0, Buffer.concat([contentOf(bytes), Buffer.from('xy')]));
        expect(decodeIlp(Buffer.concat([longer, Buffer.from([1, 2])]))).toEqual(packet);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['type 0', '0003000000', 'type', 'unknown-type'],
    ['type 12', '0c03000000', 'type', 'unknown-type'],
    ['an empty account', '010b0000000000000064000000', 'account', 'not-an-address'],
    ['a space in the account', '010c00000000000000640120000000', 'account', 'not-an-address'],
    ['a cut amount', '010400000000', 'amount', 'truncated'],
    ['a cut hold duration', '0204016700ff', 'destinationHoldDuration', 'truncated'],
    ['a space in a quote account', '0206012000000000', 'destinationAccount', 'not-an-address'],
    ['a curve cut short', '03020102', 'points', 'count-too-large'],
    ['too many points', '030906ffffffffffff000000', 'points', 'count-too-large'],
    ['too many forwarders', '080c463030000006ffffffffffff', 'forwardedBy', 'count-too-large'],
    ['an error without a date', '0809463030000001000000', 'triggeredAt', 'not-a-timestamp'],
    ['a message that is not UTF-8', '0b0846303000 01ff0000', 'message', 'not-utf8'],
  ])('refuses %s', (_, hex, field, rule) => {
    const bytes = bytesOf(hex.replace(/ /g, ''));
    expect(failureOf(() => decodeIlp(bytes))).toMatchObject({
      name: 'UnreadablePacketError',
      field,
      rule,
    });
  });

  it('takes an address of 1023 characters and none of 1024', () => {
    const account = 'g.'.padEnd(1023, 'x');
    const payment: IlpPayment = { type: 'payment', amount: 1n, account, data: Buffer.alloc(0) };
    expect(decodeIlp(encodeIlp(payment))).toEqual(payment);
    const longer = Buffer.from(`0000000000000001820400${'61'.repeat(1024)}0000`, 'hex');
    expect(failureOf(() => decodeIlp(wrapped(1, longer)))).toMatchObject({
      field: 'account',
      rule: 'not-an-address',
    });
  });

  it('holds data and messages to their sizes, and takes not one byte more', () => {
    const data = (size: number): Buffer =>
      Buffer.concat([
        Buffer.from([0x82, size >> 8, size & 0xff]),
        Buffer.alloc(size),
        Buffer.of(0),
      ]);
    expect(decodeIlp(wrapped(9, data(32_767)))).toMatchObject({ type: 'fulfillment-data' });
    expect(failureOf(() => decodeIlp(wrapped(9, data(32_768))))).toMatchObject({
      field: 'data',
      rule: 'too-long',
    });
    const payment = (size: number): Buffer =>
      wrapped(10, Buffer.concat([bytesOf('03672e61'), data(size)]));
    for (const read of [decodeIlp, peekPayment]) {
      expect(read(payment(32_767))).toMatchObject({ account: 'g.a' });
      expect(failureOf(() => read(payment(32_768)))).toMatchObject({
        field: 'data',
        rule: 'too-long',
      });
    }
    const rejection = (size: number): Buffer =>
      wrapped(11, Buffer.concat([bytesOf('46303000'), data(size), bytesOf('0000')]));
    expect(decodeIlp(rejection(8191))).toMatchObject({ type: 'rejection' });
    expect(failureOf(() => decodeIlp(rejection(8192)))).toMatchObject({
      field: 'message',
      rule: 'too-long',
    });
    const head = bytesOf('4630300000010013');
    const error = (size: number): Buffer =>
      wrapped(8, Buffer.concat([head, Buffer.from('20170828093200.000Z'), data(size)]));
    expect(decodeIlp(error(8192))).toMatchObject({ type: 'error', code: 'F00' });
    expect(failureOf(() => decodeIlp(error(8193)))).toMatchObject({
      field: 'data',
      rule: 'too-long',
    });
  });
});

describe('encodeIlp', () => {
  const payment: IlpPayment = {
    type: 'payment',
    amount: 1n,
    account: 'g.a.b',
    data: Buffer.alloc(0),
  };
  const error: IlpError = {
    type: 'error',
    code: 'F00',
    name: 'Bad Request',
    triggeredBy: 'g.a',
    forwardedBy: [],
    triggeredAtMs: 0,
    data: Buffer.alloc(0),
  };
  const response: IlpPacket = {
    type: 'liquidity-response',
    points: [[1n, 1n]],
    appliesToPrefix: '',
    sourceHoldDurationMs: 0,
    expiresAtMs: 0,
  };

  it.each<[string, IlpPacket, string, string]>([
    ['an amount of 2^64', { ...payment, amount: 2n ** 64n }, 'amount', 'out-of-range'],
    ['an account with a space', { ...payment, account: 'g.a b' }, 'account', 'not-an-address'],
    ['an empty account', { ...payment, account: '' }, 'account', 'not-an-address'],
    ['32768 bytes of data', { ...payment, data: Buffer.alloc(32_768) }, 'data', 'too-long'],
    ['8193 bytes of error data', { ...error, data: Buffer.alloc(8193) }, 'data', 'too-long'],
    ['a code of four characters', { ...error, code: 'F000' }, 'code', 'wrong-length'],
    [
      'a falling curve',
      {
        ...response,
        points: [
          [2n, 1n],
          [1n, 1n],
        ],
      },
      'points',
      'not-a-curve',
    ],
    [
      'a prefix with a space',
      { ...response, appliesToPrefix: ' ' },
      'appliesToPrefix',
      'not-an-address',
    ],
    [
      'a message of 8192 bytes',
      {
        type: 'rejection',
        code: 'F00',
        triggeredBy: '',
        message: 'x'.repeat(8192),
        data: payment.data,
      },
      'message',
      'too-long',
    ],
  ])('refuses %s', (_, packet, field, rule) => {
    expect(() => encodeIlp(packet)).toThrow(UnwritableFieldError);
    expect(failureOf(() => encodeIlp(packet))).toMatchObject({ field, rule });
  });
});

describe('peekPayment', () => {
  it('sees what decodeIlp reads of a payment', () => {
    expect(peekPayment(bytesOf(vectors.ilp[0]!.hex))).toEqual({
      amount: 123_000_000n,
      account: 'g.us.nexus.bob',
    });
    const forwarded = vectors.ilp.find(({ type }) => type === 10)!;
    expect(peekPayment(bytesOf(forwarded.hex))).toEqual({
      amount: undefined,
      account: 'g.us.nexus.bob',
    });
  });

  it('refuses any other packet', () => {
    for (const { hex, type } of vectors.ilp.filter(({ type }) => type !== 1 && type !== 10)) {
      expect(failureOf(() => peekPayment(bytesOf(hex)))).toMatchObject({
        field: 'type',
        rule: 'wrong-type',
      });
      expect(type).not.toBe(1);
    }
  });

  it.each(['01', '0105000000', '010a00000000000000640500', '010f000000000000006403672e610500ff'])(
    'refuses %s as decodeIlp does',
    (hex) => {
      expect(() => peekPayment(bytesOf(hex))).toThrow(UnreadablePacketError);
      expect(() => decodeIlp(bytesOf(hex))).toThrow(UnreadablePacketError);
    },
  );
});

function contentOf(bytes: Buffer): Buffer {
  const first = bytes[1] ?? 0;
  return bytes.subarray(first < 0x80 ? 2 : 2 + first - 0x80);
}

function wrapped(type: number, content: Buffer): Buffer {
  const size = content.length;
  const length = size < 0x80 ? [size] : [0x82, size >> 8, size & 0xff];
  const minimal = size >= 0x80 && size < 0x100 ? [0x81, size] : length;
  return Buffer.concat([Buffer.from([type, ...minimal]), content]);
}
