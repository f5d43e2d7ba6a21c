import {
  encodePeerBroadcast,
  encodePeerBroadcastReply,
  readPeerBroadcast,
  readPeerBroadcastReply,
} from './peer-broadcast';

const broadcast = {
  ledgerId: 'alice',
  peerId: 'alice',
  carriage: 'custom',
  contentType: 2,
  data: Buffer.from('{"method":"broadcast_routes","data":{}}'),
} as const;
const overTheBus = (written: object): unknown => JSON.parse(JSON.stringify(written));

test('a broadcast arrives as it was, whatever its bytes', () => {
  for (const data of [broadcast.data, Buffer.alloc(0), Buffer.from([0, 255, 1])]) {
    const heard = { ...broadcast, data };
    expect(readPeerBroadcast(overTheBus(encodePeerBroadcast(heard)))).toEqual(heard);
  }
});

test('members of a later version are passed over', () => {
  const written = { ...encodePeerBroadcast(broadcast), hops: 1 };
  expect(readPeerBroadcast(written)).toEqual(broadcast);
  expect(readPeerBroadcastReply({ outcome: 'accepted', routes: 3 })).toEqual({
    outcome: 'accepted',
  });
});

test.each([
  { carriage: 'smoke' },
  { data: 'no base64' },
  { contentType: 256 },
  { contentType: -1 },
  { peerId: '' },
  { ledgerId: undefined },
])('%j is no broadcast', (change) => {
  expect(() => readPeerBroadcast({ ...encodePeerBroadcast(broadcast), ...change })).toThrow();
});

test.each([
  { outcome: 'accepted' } as const,
  { outcome: 'refused', code: 'F00', message: 'no valid hold_down_time: missing' } as const,
  { outcome: 'refused', code: 'T05', message: '', ilpError: Buffer.from([8, 0]) } as const,
])('the reply %j arrives as it was', (reply) => {
  expect(readPeerBroadcastReply(overTheBus(encodePeerBroadcastReply(reply)))).toEqual(reply);
});

test.each(['yes', {}, { outcome: 'refused' }, { outcome: 'refused', code: 'X', message: '' }])(
  '%j is no reply',
  (reply) => {
    expect(() => readPeerBroadcastReply(reply)).toThrow();
  },
);
