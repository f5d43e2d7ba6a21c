import { encodeIlp, type IlpError } from '#protocol';
import { readableReason } from './readable-reason';

const error = (change: Partial<IlpError> = {}): Buffer =>
  encodeIlp({
    type: 'error',
    code: 'F99',
    name: 'Application Error',
    triggeredBy: 'test.bob.client',
    forwardedBy: [],
    triggeredAtMs: 1_500_000_000_000,
    data: Buffer.from('{"message":"no thanks"}'),
    ...change,
  });

describe('readableReason', () => {
  it('tells code, origin and message', () => {
    expect(readableReason(error())).toEqual({
      code: 'F99',
      message: 'no thanks',
      triggeredBy: 'test.bob.client',
    });
    expect(readableReason(error({ data: Buffer.from('expired') }))).toMatchObject({
      message: 'expired',
    });
  });

  it('holds nothing that a JSON column refuses, and no more than 512 characters', () => {
    const data = Buffer.from(`a\u0000b${'x'.repeat(1000)}`);
    expect(readableReason(error({ data }))?.message).toBe(`a\ufffdb${'x'.repeat(509)}`);
  });

  it('is null for what is no ILP error', () => {
    expect(readableReason(Buffer.alloc(0))).toBeNull();
    expect(readableReason(Buffer.from('ff00', 'hex'))).toBeNull();
  });
});
