import { parseBtpUri } from '#protocol';
import { leadsToUs } from './our-own-place';

const publicUri = 'btp+wss://us.example/btp';
const listen = { host: '127.0.0.1', port: 7768 };

it.each<[string, string, { host: string; port: number }, boolean]>([
  ['as the world calls us', 'btp+wss://:t@US.example', listen, true],
  ['on another path of our port', 'btp+wss://us.example:443/other', listen, true],
  ['on another port of our host', 'btp+wss://us.example:7000', listen, false],
  ['at another host', 'btp+wss://them.example', listen, false],
  ['where we listen', 'btp+ws://127.0.0.1:7768', listen, true],
  ['where we listen, by another name', 'btp+ws://localhost:7768', listen, true],
  ['beside where we listen', 'btp+ws://127.0.0.1:7769', listen, false],
  ['where we listen everywhere', 'btp+ws://[::1]:7768', { host: '::', port: 7768 }, true],
  ['our IPv6 address', 'btp+ws://[2001:db8::1]:1', { host: '2001:db8::1', port: 1 }, true],
  ['our port at another host', 'btp+ws://them.example:7768', { host: '::', port: 7768 }, false],
])('%s: %s, listening on %j, is us: %j', (_, uri, at, expected) => {
  expect(leadsToUs(parseBtpUri(uri), { publicUri, listen: at })).toBe(expected);
});
