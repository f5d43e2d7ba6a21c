import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { failureOf } from '../../../test/interop/codec-failures';
import { conditionOf } from './condition';
import { outgoingTransferId, transferIdBytes, transferIdText } from './transfer-id';
import { fromBase64Url, toBase64Url } from './base64url';

interface Vectors {
  readonly conditions: readonly Record<
    'fulfillment_hex' | 'fulfillment_b64u' | 'condition_hex' | 'condition_b64u',
    string
  >[];
  readonly deterministic_ids: readonly Record<'secret_hex' | 'input' | 'id', string>[];
}

const vectors = JSON.parse(
  readFileSync(join(__dirname, '../../../test/vectors/vectors.json'), 'utf8'),
) as Vectors;

describe('transfer ids', () => {
  it('are lower-case UUID text of 16 bytes', () => {
    const bytes = Buffer.from('b4c838f680b147f8a82eb1fcfbed89d5', 'hex');
    expect(transferIdText(bytes)).toBe('b4c838f6-80b1-47f8-a82e-b1fcfbed89d5');
    expect(transferIdBytes('b4c838f6-80b1-47f8-a82e-b1fcfbed89d5')).toEqual(bytes);
    expect(transferIdBytes('B4C838F6-80B1-47F8-A82E-B1FCFBED89D5')).toEqual(bytes);
  });

  it('come back as they went, whatever their version bits', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (array) => {
        const bytes = Buffer.from(array);
        expect(transferIdText(bytes)).toMatch(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
        expect(transferIdText(bytes).replaceAll('-', '')).toBe(bytes.toString('hex'));
        expect(transferIdBytes(transferIdText(bytes))).toEqual(bytes);
      }),
    );
  });

  it.each([
    '',
    'b4c838f680b147f8a82eb1fcfbed89d5',
    'b4c838f6-80b1-47f8-a82e-b1fcfbed89d',
    'b4c838f6-80b1-47f8-a82e-b1fcfbed89d50',
    'b4c838f6-80b1-47f8-a82e-b1fcfbed89dg',
    'b4c838f6080b1047f80a82e0b1fcfbed89d5',
    'b4c838f-680b1-47f8-a82e-b1fcfbed89d5',
    'b4c838f6-80b1-47f8-a82e-b1fcfbed89d\u0665',
  ])('are not %j', (text) => {
    expect(failureOf(() => transferIdBytes(text))).toMatchObject({
      name: 'UnwritableFieldError',
      field: 'transferId',
    });
  });

  it.each(vectors.deterministic_ids)(
    'of outgoing transfers: $input',
    ({ secret_hex, input, id }) => {
      const [sourceLedgerPrefix = '', sourceTransferId = ''] = input.split('/');
      const secret = Buffer.from(secret_hex, 'hex');
      expect(outgoingTransferId({ secret, sourceLedgerPrefix, sourceTransferId })).toBe(id);
    },
  );
});

describe('conditions', () => {
  it.each(vectors.conditions)('are the hash of the fulfillment $fulfillment_hex', (vector) => {
    const fulfillment = Buffer.from(vector.fulfillment_hex, 'hex');
    const condition = conditionOf(fulfillment);
    expect(condition.toString('hex')).toBe(vector.condition_hex);
    expect(toBase64Url(condition)).toBe(vector.condition_b64u);
    expect(fromBase64Url(vector.fulfillment_b64u, 'fulfillment')).toEqual(fulfillment);
  });
});

describe('base64url', () => {
  it('is written without padding and read from every usual form', () => {
    const bytes = Buffer.from('fbeffe01', 'hex');
    expect(toBase64Url(bytes)).toBe('--_-AQ');
    for (const text of ['--_-AQ', '--_-AQ==', '++/+AQ==', '++/+AQ']) {
      expect(fromBase64Url(text, 'ilp')).toEqual(bytes);
    }
    expect(fromBase64Url('', 'ilp')).toHaveLength(0);
  });

  it.each(['a', 'aa=', 'aaa==', 'aa a', 'aa\n', 'ä', 'aa==aa', '===', '='])('is not %j', (text) => {
    expect(failureOf(() => fromBase64Url(text, 'ilp'))).toMatchObject({
      field: 'ilp',
      rule: 'not-base64',
    });
  });
});
