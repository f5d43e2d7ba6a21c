import fc from 'fast-check';
import { errorData, errorMessage, shortenErrorData } from './error-data';
import { errorOfRejection, ILP_ERROR_NAMES, ilpError } from './ilp-errors';

const nowMs = Date.UTC(2017, 7, 28, 9, 32);

describe('ILP errors', () => {
  it('have the names of SPEC §6.5', () => {
    expect(ILP_ERROR_NAMES).toMatchObject({
      F00: 'Bad Request',
      F02: 'Unreachable',
      T01: 'Ledger Unreachable',
      T04: 'Insufficient Liquidity',
      R00: 'Transfer Timed Out',
      R02: 'Insufficient Timeout',
    });
    expect(Object.keys(ILP_ERROR_NAMES)).toHaveLength(20);
  });

  it('start with no forwarders and the message as JSON', () => {
    const error = ilpError({
      code: 'F02',
      triggeredBy: 'test.a.me',
      triggeredAtMs: nowMs,
      data: 'No route found',
    });
    expect(error).toEqual({
      type: 'error',
      code: 'F02',
      name: 'Unreachable',
      triggeredBy: 'test.a.me',
      forwardedBy: [],
      triggeredAtMs: nowMs,
      data: Buffer.from('{"message":"No route found"}'),
    });
  });

  it('carry bytes as they are, up to 8192 of them', () => {
    const make = (data: string | Buffer): Buffer =>
      ilpError({ code: 'R00', triggeredBy: 'g.a', triggeredAtMs: nowMs, data }).data;
    expect(make(Buffer.from('expired')).toString()).toBe('expired');
    expect(make(Buffer.alloc(9000))).toHaveLength(8192);
    expect(make('x'.repeat(9000)).length).toBeLessThanOrEqual(8192);
  });

  it('are made of a rejection by its code and message', () => {
    const rejection = {
      type: 'rejection',
      code: 'F02',
      triggeredBy: 'peer.x',
      message: 'No route',
      data: Buffer.alloc(0),
    } as const;
    expect(errorOfRejection(rejection, nowMs)).toMatchObject({
      type: 'error',
      code: 'F02',
      name: 'Unreachable',
      triggeredBy: 'peer.x',
      triggeredAtMs: nowMs,
      data: Buffer.from('No route'),
    });
    expect(errorOfRejection({ ...rejection, code: 'S99' }, nowMs).name).toBe('S99');
  });
});

describe('error data', () => {
  it('always fits, is always JSON and keeps a beginning of the message', () => {
    const limit = fc.integer({ min: 14, max: 200 });
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), limit, (message, size) => {
        const data = errorData(message, size);
        expect(data.length).toBeLessThanOrEqual(size);
        const kept = errorMessage(data);
        if (data.length < Buffer.byteLength(JSON.stringify({ message }))) {
          expect(kept.length).toBeLessThan(message.length);
        }
        // Half a surrogate pair at the cut is all that may differ.
        expect(message.startsWith(kept.slice(0, -1))).toBe(true);
      }),
    );
  });

  it('keeps as much as there is room for', () => {
    expect(errorData('x'.repeat(9000), 8192).length).toBeGreaterThan(8100);
  });

  it('is read as its message, or as the text it is', () => {
    expect(errorMessage(Buffer.from('{"message":"no"}'))).toBe('no');
    expect(errorMessage(Buffer.from('expired'))).toBe('expired');
    for (const text of ['{"message":1}', '{}', 'null', '"no"', '[1]', '']) {
      expect(errorMessage(Buffer.from(text))).toBe(text);
    }
  });

  it('is shortened inside its JSON where it can be', () => {
    const data = Buffer.from(`{"message":"${'a'.repeat(100)}"}`);
    const shorter = shortenErrorData(data, 50);
    expect(shorter.length).toBeLessThanOrEqual(50);
    expect(JSON.parse(shorter.toString())).toEqual({
      message: expect.stringMatching(/^a{30,}$/) as string,
    });
    expect(shortenErrorData(data, 5).toString()).toBe('{"mes');
    expect(shortenErrorData(Buffer.from('expired'), 3).toString()).toBe('exp');
    expect(shortenErrorData(data, data.length)).toBe(data);
  });
});
