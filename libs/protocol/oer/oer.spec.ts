import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { OerReader } from './oer-reader';
import { lengthSize, OerWriter, varSize, varUIntSize } from './oer-writer';
import { UnreadablePacketError, type UnreadableRule } from './unreadable-packet-error';
import { UnwritableFieldError, type UnwritableRule } from './unwritable-field-error';

interface Vectors {
  readonly oer_length: readonly { readonly length: number; readonly prefix_hex: string }[];
  readonly oer_varuint: readonly { readonly value: number; readonly hex: string }[];
  readonly oer_invalid: readonly { readonly hex: string; readonly reason: string }[];
}

const vectors = JSON.parse(
  readFileSync(join(__dirname, '../../../test/vectors/vectors.json'), 'utf8'),
) as Vectors;

const reader = (hex: string): OerReader => new OerReader(Buffer.from(hex, 'hex'));

const written = (size: number, write: (writer: OerWriter) => void): string => {
  const writer = new OerWriter(size);
  write(writer);
  return writer.finish().toString('hex');
};

const unreadable = (read: () => unknown): UnreadableRule => {
  try {
    read();
  } catch (error) {
    if (error instanceof UnreadablePacketError) return error.rule;
    throw error;
  }
  throw new Error('was read');
};

const unwritable = (write: (writer: OerWriter) => void): UnwritableRule => {
  try {
    write(new OerWriter(64));
  } catch (error) {
    if (error instanceof UnwritableFieldError) return error.rule;
    throw error;
  }
  throw new Error('was written');
};

describe('length determinants', () => {
  const lengths = [
    ...vectors.oer_length.map(({ length, prefix_hex }) => [length, prefix_hex] as const),
    // SPEC §4
    [128, '8180'],
    [65_536, '83010000'],
  ] as const;

  it.each(lengths)('stand for %d as %s in both directions', (length, prefix) => {
    expect(
      written(lengthSize(length), (writer) => {
        writer.length(length);
      }),
    ).toBe(prefix);
    const bytes = Buffer.concat([Buffer.from(prefix, 'hex'), Buffer.alloc(length, 1)]);
    expect(new OerReader(bytes).varOctets('field')).toHaveLength(length);
  });

  it.each(vectors.oer_invalid)('are refused: $reason', ({ hex }) => {
    expect(() => reader(hex).varOctets('field')).toThrow(UnreadablePacketError);
  });

  it.each([
    ['80', 'length-not-minimal'],
    ['8000', 'length-not-minimal'],
    ['8100', 'length-not-minimal'],
    ['817f', 'length-not-minimal'],
    ['820080', 'length-not-minimal'],
    ['8600ffffffffff', 'length-not-minimal'],
    ['87ffffffffffffff', 'length-too-long'],
    ['ff', 'length-too-long'],
    ['82ff', 'truncated'],
    ['86ffffffffffff', 'truncated'],
    ['02ff', 'truncated'],
    ['', 'truncated'],
  ])('of %s are refused as %s', (hex, rule) => {
    expect(unreadable(() => reader(hex).varOctets('field'))).toBe(rule);
    expect(unreadable(() => reader(hex).skipVarOctets('field'))).toBe(rule);
    expect(
      unreadable(() => {
        reader(hex).enterContent('field');
      }),
    ).toBe(rule);
  });
});

describe('counts', () => {
  it.each(vectors.oer_varuint)('stand for $value as $hex in both directions', ({ value, hex }) => {
    expect(
      written(varUIntSize(value), (writer) => {
        writer.varUInt(value);
      }),
    ).toBe(hex);
    expect(reader(hex + 'ff'.repeat(value)).count(1, 'field')).toBe(value);
  });

  it.each([
    ['00', 'integer-empty'],
    ['020001', 'integer-not-minimal'],
    ['020000', 'integer-not-minimal'],
    ['0701000000000000', 'integer-too-long'],
    ['06ffff', 'truncated'],
    ['06ffffffffffff', 'count-too-large'],
    ['0102ffffff', 'count-too-large'],
  ])('of %s are refused as %s', (hex, rule) => {
    expect(unreadable(() => reader(hex).count(2, 'field'))).toBe(rule);
  });

  it('are believed up to what the bytes left can hold', () => {
    expect(reader('0102ffffffff').count(2, 'field')).toBe(2);
  });
});

describe('OerReader', () => {
  it('confines itself to the content it entered and ignores what follows', () => {
    const content = reader('0201ff05');
    content.enterContent('content');
    expect(content.remaining).toBe(2);
    expect(content.uint8('a')).toBe(1);
    expect(content.uint8('b')).toBe(0xff);
    expect(unreadable(() => content.uint8('c'))).toBe('truncated');
  });

  it('gives slices of what it was given, not copies', () => {
    const bytes = Buffer.from('02abcd', 'hex');
    const slice = new OerReader(bytes).varOctets('field');
    bytes[1] = 0;
    expect(slice.toString('hex')).toBe('00cd');
  });

  it('names the field that it could not read, and none of its bytes', () => {
    expect(() => reader('05736563').varText('auth_token')).toThrow(
      new UnreadablePacketError('auth_token', 'truncated'),
    );
    expect(new UnreadablePacketError('amount', 'truncated').message).toBe(
      'cannot read amount: truncated',
    );
  });

  it('cuts out a nested packet with its envelope', () => {
    const outer = reader('0802aabbcc');
    expect(outer.nestedPacket('inline').toString('hex')).toBe('0802aabb');
    expect(outer.uint8('rest')).toBe(0xcc);
  });
});

describe('numbers and texts', () => {
  it('keep every UInt64', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        const hex = written(8, (writer) => {
          writer.uint64(value, 'amount');
        });
        expect(hex).toBe(value.toString(16).padStart(16, '0'));
        expect(reader(hex).uint64('amount')).toBe(value);
      }),
    );
  });

  it.each([
    0n,
    2n ** 32n - 1n,
    2n ** 32n,
    2n ** 53n - 1n,
    2n ** 53n,
    2n ** 53n + 1n,
    2n ** 54n + 1n,
    2n ** 63n,
    2n ** 64n - 1n,
  ])('keep the boundary %d', (value) => {
    const hex = written(8, (writer) => {
      writer.uint64(value, 'amount');
    });
    expect(BigInt(`0x${hex}`)).toBe(value);
    expect(reader(hex).uint64('amount')).toBe(value);
  });

  it('keep every byte of a text, also those beyond ASCII', () => {
    const text = String.fromCharCode(...Array.from({ length: 256 }, (_, code) => code));
    const hex = written(varSize(256), (writer) => {
      writer.varText(text, 'name');
    });
    expect(reader(hex).varText('name')).toBe(text);
  });

  it.each<[string, UnwritableRule, (writer: OerWriter) => void]>([
    [
      'UInt8 256',
      'out-of-range',
      (writer) => {
        writer.uint8(256, 'field');
      },
    ],
    [
      'UInt8 -1',
      'out-of-range',
      (writer) => {
        writer.uint8(-1, 'field');
      },
    ],
    [
      'UInt32 2^32',
      'out-of-range',
      (writer) => {
        writer.uint32(2 ** 32, 'field');
      },
    ],
    [
      'UInt32 0.5',
      'out-of-range',
      (writer) => {
        writer.uint32(0.5, 'field');
      },
    ],
    [
      'UInt64 -1',
      'out-of-range',
      (writer) => {
        writer.uint64(-1n, 'field');
      },
    ],
    [
      'UInt64 2^64',
      'out-of-range',
      (writer) => {
        writer.uint64(2n ** 64n, 'field');
      },
    ],
    [
      '31 bytes for 32',
      'wrong-length',
      (writer) => {
        writer.exactly(32, Buffer.alloc(31), 'field');
      },
    ],
    [
      'a euro sign',
      'not-latin1',
      (writer) => {
        writer.varText('€', 'field');
      },
    ],
    [
      'the year 10000',
      'out-of-range',
      (writer) => {
        writer.timestamp(Date.UTC(10_000, 0), 'field');
      },
    ],
    [
      'half a millisecond',
      'out-of-range',
      (writer) => {
        writer.timestamp(0.5, 'field');
      },
    ],
    [
      'no time',
      'out-of-range',
      (writer) => {
        writer.timestamp(Number.NaN, 'field');
      },
    ],
  ])('refuse to write %s', (_, rule, write) => {
    expect(unwritable(write)).toBe(rule);
  });

  it('never hand out a buffer that was not written to its end', () => {
    expect(() => new OerWriter(1).finish()).toThrow('wrote 0 bytes where 1 were planned');
  });
});

describe('timestamps', () => {
  const hexOf = (text: string): string =>
    Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'latin1')]).toString('hex');

  it.each([
    ['20170828093200.000Z', '2017-08-28T09:32:00.000Z'],
    ['19700101000000.000Z', '1970-01-01T00:00:00.000Z'],
    ['20000229235959.999Z', '2000-02-29T23:59:59.999Z'],
    ['00000101000000.000Z', '0000-01-01T00:00:00.000Z'],
    ['00990228120000.007Z', '0099-02-28T12:00:00.007Z'],
    ['99991231235959.999Z', '9999-12-31T23:59:59.999Z'],
  ])('%s is %s', (text, iso) => {
    const ms = Date.parse(iso);
    expect(reader(hexOf(text)).timestamp('expiresAt')).toBe(ms);
    expect(
      written(20, (writer) => {
        writer.timestamp(ms, 'expiresAt');
      }),
    ).toBe(hexOf(text));
  });

  it('come back as they went', () => {
    const range = { min: Date.parse('0000-01-01T00:00:00Z'), max: Date.UTC(9999, 11, 31) };
    fc.assert(
      fc.property(fc.integer(range), (ms) => {
        const hex = written(20, (writer) => {
          writer.timestamp(ms, 'at');
        });
        const text = new Date(ms).toISOString().replace(/[-T:]/g, '');
        expect(Buffer.from(hex, 'hex').toString('latin1', 1)).toBe(text);
        expect(reader(hex).timestamp('at')).toBe(ms);
      }),
    );
  });

  it.each([
    '2017082T093200.000Z',
    '20170828T093200.000Z',
    '20170828093200Z',
    '20170828093200.00Z',
    '20170828093200.0000Z',
    '20170828093200,000Z',
    '20170828093200.000z',
    '20170828093200.000+',
    '20171328093200.000Z',
    '20170028093200.000Z',
    '20170800093200.000Z',
    '20170832093200.000Z',
    '20170229093200.000Z',
    '19000229093200.000Z',
    '20170431093200.000Z',
    '20170828243200.000Z',
    '20170828096000.000Z',
    '20170828093260.000Z',
    '2017082809320 .000Z',
    '-0170828093200.000Z',
    '',
  ])('%j is none', (text) => {
    const hex = hexOf(text);
    expect(reader(hex).timestampOrNaN('expiresAt')).toBeNaN();
    expect(unreadable(() => reader(hex).timestamp('expiresAt'))).toBe('not-a-timestamp');
  });

  it('is cut off by the end of the bytes before it is judged', () => {
    expect(unreadable(() => reader('1332').timestampOrNaN('expiresAt'))).toBe('truncated');
  });
});
