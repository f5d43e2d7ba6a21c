import { quotedPacket } from './control-questions';

describe('the answer to a quote', () => {
  it('is the packet as bytes', () => {
    expect(quotedPacket({ packet: 'AAEC' })).toEqual(Buffer.from([0, 1, 2]));
  });

  it.each([undefined, {}, { packet: 5 }])('is never %j', (answer) => {
    expect(() => quotedPacket(answer)).toThrow(TypeError);
  });
});
