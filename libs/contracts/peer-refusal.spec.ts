import { encodeIlp, ilpEntry, ilpError, jsonEntry } from '#protocol';
import { refusalIn } from './peer-refusal';

const error = ilpError({
  code: 'F00',
  triggeredBy: 'test.bob',
  triggeredAtMs: 0,
  data: 'no valid hold_down_time',
});

test('an answer that says nothing, or something else, is no refusal', () => {
  expect(refusalIn({ type: 'response', protocolData: [] })).toBeUndefined();
  const other = [jsonEntry('custom', Buffer.from('{}')), ilpEntry(Buffer.from([1, 0]))];
  expect(refusalIn({ type: 'response', protocolData: other })).toBeUndefined();
});

test('an ILP error in a Response is one, wherever it stands', () => {
  const protocolData = [jsonEntry('custom', Buffer.from('{}')), ilpEntry(encodeIlp(error))];
  expect(refusalIn({ type: 'response', protocolData })).toEqual({
    code: 'F00',
    name: 'Bad Request',
    message: 'no valid hold_down_time',
  });
});

test.each([Buffer.from([8]), Buffer.from([8, 3, 1, 2, 3])])(
  'so is an ILP error that cannot be read: %j',
  (packet) => {
    const protocolData = [ilpEntry(packet)];
    expect(refusalIn({ type: 'response', protocolData })).toMatchObject({ code: '' });
  },
);

test('an Error is one, under the name that the peer gave it', () => {
  const data = Buffer.from('{"message":"no"}');
  const told = { code: 'F00', name: 'TypeError', triggeredAtMs: 0, data, protocolData: [] };
  expect(refusalIn({ type: 'error', ...told })).toEqual({
    code: 'F00',
    name: 'TypeError',
    message: 'no',
  });
});
