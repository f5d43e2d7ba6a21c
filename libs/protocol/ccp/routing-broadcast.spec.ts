import type { ProtocolData } from '../btp/btp-packet';
import { jsonEntry, octetEntry } from '../btp/sub-protocols';
import { readRoutingBroadcast, type RoutingBroadcast } from './routing-broadcast';
import { RoutingUpdateError } from './routing-update-error';

const SETTING = { ledger: 'peer.pjjQz.usd.9.', peerAccount: 'peer.pjjQz.usd.9.alice' };
const ROUTE = {
  source_ledger: 'peer.pjjQz.usd.9.',
  destination_ledger: 'g.us.bank.',
  min_message_window: 1,
  source_account: 'peer.pjjQz.usd.9.alice',
};
const HEARTBEAT = { new_routes: [], hold_down_time: 45000, unreachable_through_me: [] };

const custom = (json: string): ProtocolData => jsonEntry('custom', Buffer.from(json));
const text = (data: unknown): string => JSON.stringify(data);
const envelope = (data: unknown): string => `{"method":"broadcast_routes","data":${text(data)}}`;
const received = (entry: ProtocolData): RoutingBroadcast | undefined =>
  readRoutingBroadcast([entry], SETTING);

describe('carriage', () => {
  const short = { new_routes: [{ destination_ledger: 'g.us.bank.' }] };
  const inOctets = (data: unknown): Buffer => {
    const json = Buffer.from(text(data));
    const length = json.length < 128 ? [json.length] : [0x82, json.length >> 8, json.length & 0xff];
    return Buffer.from([0, ...length, ...json]);
  };

  test.each([
    ['custom', custom(envelope(HEARTBEAT))],
    ['ccp', jsonEntry('ccp', Buffer.from(envelope(HEARTBEAT)))],
    ['ccp by type', jsonEntry('ccp', Buffer.from(`{"type":0,"data":${text(HEARTBEAT)}}`))],
    ['custom by type', custom(`{"type":0,"data":${text(HEARTBEAT)}}`)],
    ['octets in ccp', octetEntry('ccp', inOctets(HEARTBEAT))],
    ['octets in custom', octetEntry('custom', inOctets(HEARTBEAT))],
    [
      'long octets',
      octetEntry('ccp', inOctets({ ...HEARTBEAT, additional_info: 'x'.repeat(200) })),
    ],
  ])('by %s is understood', (_what, entry) => {
    expect(received(entry)).toMatchObject({ type: 'update', update: { holdDownMs: 45_000 } });
  });

  test('one octet asks for the full table', () => {
    expect(received(octetEntry('ccp', Buffer.from([1])))).toEqual({ type: 'full-table-request' });
    expect(received(octetEntry('custom', Buffer.from([1])))).toEqual({
      type: 'full-table-request',
    });
  });

  test('what ccp leaves out is made up for', () => {
    expect(received(octetEntry('ccp', inOctets(short)))).toMatchObject({
      update: {
        holdDownMs: 45_000,
        unreachable: [],
        newRoutes: [
          {
            sourceLedger: 'peer.pjjQz.usd.9.',
            sourceAccount: 'peer.pjjQz.usd.9.alice',
            minMessageWindowS: 1,
          },
        ],
      },
    });
  });

  test('what ccp says instead of leaving it out is not', () => {
    const full = {
      ...HEARTBEAT,
      hold_down_time: 5,
      new_routes: [{ ...ROUTE, min_message_window: 0 }],
    };
    expect(received(jsonEntry('ccp', Buffer.from(envelope(full))))).toMatchObject({
      update: { holdDownMs: 5, newRoutes: [{ minMessageWindowS: 0 }] },
    });
  });

  test('what custom leaves out is missing', () => {
    expect(() => received(custom(envelope(short)))).toThrow('hold_down_time: missing');
  });

  test.each([
    ['another method', custom('{"method":"quote_request","data":{}}')],
    ['another method with our type', custom('{"method":"quote_request","type":0,"data":{}}')],
    ['another type', jsonEntry('ccp', Buffer.from('{"type":7,"data":{}}'))],
    ['a type in text', jsonEntry('ccp', Buffer.from('{"type":"0","data":{}}'))],
    ['a list', custom('[]')],
    ['another sub-protocol', jsonEntry('info', Buffer.from(envelope(HEARTBEAT)))],
  ])('%s is about something else', (_what, entry) => {
    expect(received(entry)).toBeUndefined();
  });

  test.each([
    ['no JSON', custom('{"method"'), 'message: not-json'],
    ['nothing', custom(''), 'message: not-json'],
    [
      'an announced length that is not there',
      octetEntry('ccp', Buffer.from([0, 5, 123])),
      'message: truncated',
    ],
    ['octets without JSON', octetEntry('ccp', Buffer.from([0, 1, 123])), 'message: not-json'],
    [
      'bytes that are no UTF-8 in a text',
      jsonEntry(
        'custom',
        Buffer.from(envelope({ ...HEARTBEAT, additional_info: '\xff' }), 'latin1'),
      ),
      'message: not-utf8',
    ],
    [
      'octets of half a character',
      octetEntry('ccp', Buffer.from([0, 3, 0x22, 0xc3, 0x22])),
      'message: not-utf8',
    ],
    ['a method without data', custom('{"method":"broadcast_routes"}'), 'data: missing'],
    ['very deep JSON', custom('['.repeat(500_000)), 'message: too-deep'],
    ['very much JSON', custom(' '.repeat(1_048_577)), 'message: too-large'],
  ])('%s is refused', (_what, entry, message) => {
    expect(() => received(entry)).toThrow(message);
    expect(() => received(entry)).toThrow(RoutingUpdateError);
  });
});
