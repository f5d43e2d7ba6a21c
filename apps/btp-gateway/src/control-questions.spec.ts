import { openReply, quotedPacket } from './control-questions';

describe('the answer to a request to open a ledger', () => {
  it.each(['opened', 'unchanged', 'limits-changed', 'unavailable'])('may be %s', (outcome) => {
    expect(openReply({ outcome, more: 1 })).toEqual({ outcome });
  });

  it('may be a conflict, and says of what', () => {
    const conflict = { outcome: 'conflict', field: 'prefix', stored: 'a.', wanted: 'b.' };
    expect(openReply(conflict)).toEqual(conflict);
  });

  it.each([undefined, null, 'opened', {}, { outcome: 'closed' }])('is never %j', (answer) => {
    expect(() => openReply(answer)).toThrow(TypeError);
  });
});

describe('the answer to a quote', () => {
  it('is the packet as bytes', () => {
    expect(quotedPacket({ packet: 'AAEC' })).toEqual(Buffer.from([0, 1, 2]));
  });

  it.each([undefined, {}, { packet: 5 }])('is never %j', (answer) => {
    expect(() => quotedPacket(answer)).toThrow(TypeError);
  });
});
