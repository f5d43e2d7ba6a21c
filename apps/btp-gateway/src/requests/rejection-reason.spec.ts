import { decodeIlp, encodeIlp, ilpEntry, ilpError, type ProtocolData } from '#protocol';
import { rejectionReason } from './rejection-reason';

const NOW_MS = Date.UTC(2017, 7, 28, 9, 32);
const read = (protocolData: ProtocolData[]): Buffer =>
  rejectionReason(protocolData, 'test.a.client', NOW_MS);

describe('rejectionReason', () => {
  it('is the ILP error of the peer, byte for byte', () => {
    const error = encodeIlp(
      ilpError({ code: 'F02', triggeredBy: 'test.z', triggeredAtMs: NOW_MS, data: 'far away' }),
    );
    expect(read([ilpEntry(error)])).toEqual(error);
  });

  it('is a rejection of the older kind as an error', () => {
    const rejection = encodeIlp({
      type: 'rejection',
      code: 'F05',
      triggeredBy: 'test.z',
      message: 'wrong condition',
      data: Buffer.alloc(0),
    });
    expect(decodeIlp(read([ilpEntry(rejection)]))).toMatchObject({
      type: 'error',
      code: 'F05',
      name: 'Wrong Condition',
      triggeredBy: 'test.z',
      triggeredAtMs: NOW_MS,
    });
  });

  it.each<[string, ProtocolData[]]>([
    ['there is none', []],
    ['its bytes mean nothing', [ilpEntry(Buffer.from('no'))]],
    [
      'it is another packet',
      [ilpEntry(encodeIlp({ type: 'fulfillment-data', data: Buffer.alloc(0) }))],
    ],
  ])('is made up in the name of the peer when %s', (_, protocolData) => {
    expect(decodeIlp(read(protocolData))).toMatchObject({
      type: 'error',
      code: 'F99',
      triggeredBy: 'test.a.client',
    });
  });
});
