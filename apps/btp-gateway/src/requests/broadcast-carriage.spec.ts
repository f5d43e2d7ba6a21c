import { jsonEntry, octetEntry, textEntry } from '#protocol';
import { broadcastCarriage } from './broadcast-carriage';

const custom = (json: string): ReturnType<typeof jsonEntry> =>
  jsonEntry('custom', Buffer.from(json));
const filler = `"filler":"${'x'.repeat(5_000)}"`;

test.each([
  '{"method":"broadcast_routes","data":{"new_routes":[]}}',
  '{"data":{},"method":"broadcast\\u005froutes"}',
  '{"type":0,"data":{}}',
  `{${filler},"method":"broadcast_routes"}`,
  `{${filler},"type":0}`,
])('custom %.60s is a broadcast', (json) => {
  expect(broadcastCarriage(custom(json))).toBe('custom');
});

test.each([
  '{"method":"settlement_methods_request"}',
  '{"method":"settlement_methods_request","note":"broadcast_routes","type":0}',
  '{"method":0,"type":0}',
  '{"type":1}',
  `{${filler},"method":"other"}`,
  'broadcast_routes',
  'null',
  '[0]',
  '',
  '{"method":"broadcast_routes"',
])('custom %.80s is none', (json) => {
  expect(broadcastCarriage(custom(json))).toBeUndefined();
});

test('custom in octets is one by its first byte', () => {
  for (const bytes of [[0], [0, 2, 123, 125], [1]]) {
    expect(broadcastCarriage(octetEntry('custom', Buffer.from(bytes)))).toBe('custom');
  }
  for (const bytes of [[], [1, 0], [2]]) {
    expect(broadcastCarriage(octetEntry('custom', Buffer.from(bytes)))).toBeUndefined();
  }
});

test('ccp is always one, and nothing else is', () => {
  expect(broadcastCarriage(octetEntry('ccp', Buffer.from([7])))).toBe('ccp');
  expect(broadcastCarriage(textEntry('vouch', 'broadcast_routes'))).toBeUndefined();
});
