import {
  binaryArray,
  byteaElement,
  int2Element,
  int8Element,
  jsonbElement,
  textElement,
  timestamptzElement,
  uuidElement,
} from './binary-array';

// As the server itself writes them, e.g. SELECT encode(array_send(ARRAY[1, NULL]::int8[]), 'hex');
// only the flag "may hold NULLs" is always set here.
const header = (oid: number, length: number): string =>
  ['00000001', '00000001', hex32(oid), hex32(length), '00000001'].join('');
const hex32 = (value: number): string => value.toString(16).padStart(8, '0');
const NULL = 'ffffffff';

test.each<[string, Buffer, string]>([
  [
    'int2',
    binaryArray(int2Element, [1, -1, 32_767]),
    `${header(21, 3)}000000020001 00000002ffff 000000027fff`,
  ],
  ['int8', binaryArray(int8Element, [1, null]), `${header(20, 2)}000000080000000000000001 ${NULL}`],
  [
    'int8 beyond 2^32',
    binaryArray(int8Element, [Number.MAX_SAFE_INTEGER]),
    `${header(20, 1)}00000008001fffffffffffff`,
  ],
  [
    'text',
    binaryArray(textElement, ['é', '', null]),
    `${header(25, 3)}00000002c3a9 00000000 ${NULL}`,
  ],
  ['bytea', binaryArray(byteaElement, [Buffer.from([0, 255])]), `${header(17, 1)}0000000200ff`],
  ['jsonb', binaryArray(jsonbElement, ['{}']), `${header(3802, 1)}00000003 01 7b7d`],
  [
    'uuid',
    binaryArray(uuidElement, ['b4c838f6-80b1-47f8-a82e-b1fcfbed89d5']),
    `${header(2950, 1)}00000010 b4c838f680b147f8a82eb1fcfbed89d5`,
  ],
  [
    'timestamptz counts microseconds since 2000, before and after',
    binaryArray(timestamptzElement, [946_684_800_001, 946_684_799_999, 0]),
    [
      header(1184, 3),
      '0000000800000000000003e8',
      '00000008fffffffffffffc18',
      '00000008fffca2fec4c82000',
    ].join(''),
  ],
  ['no element', binaryArray(textElement, []), header(25, 0)],
])('%s', (_, array, hex) => {
  expect(array.toString('hex')).toBe(hex.replaceAll(' ', ''));
});
