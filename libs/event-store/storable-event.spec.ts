import { canonicalJson, type JsonValue } from '#eventsourcing';
import { UnstorableEventError } from './event-store-errors';
import { checkStorable, type NewEvent } from './storable-event';

const event: NewEvent = {
  ledgerId: 'alice',
  partition: 3,
  type: 'TransferPrepared',
  schemaVersion: 1,
  transferId: 'b4c838f6-80b1-47f8-a82e-b1fcfbed89d5',
  occurredAtMs: 1_800_000_000_000,
  payload: '{"amount":"1"}',
  packet: Buffer.from('packet'),
  packetDigest: Buffer.alloc(32),
};

function fieldRefused(change: Partial<NewEvent>): string | undefined {
  try {
    checkStorable({ ...event, ...change });
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(UnstorableEventError);
    return error instanceof UnstorableEventError ? error.field : 'another error';
  }
}

test.each<Partial<NewEvent>>([
  {},
  { ledgerId: 'a' },
  { ledgerId: `a${'-'.repeat(62)}9` },
  { partition: 0 },
  { transferId: null },
  { occurredAtMs: 0 },
  { occurredAtMs: 253_402_300_799_999 },
  { packet: null, packetDigest: null },
  { packet: null },
  { packet: Buffer.alloc(0) },
])('%j is taken', (change) => {
  expect(fieldRefused(change)).toBeUndefined();
});

test.each<[keyof NewEvent, Partial<NewEvent>]>([
  ['ledgerId', { ledgerId: '' }],
  ['ledgerId', { ledgerId: '-a' }],
  ['ledgerId', { ledgerId: 'a\n' }],
  ['ledgerId', { ledgerId: 'test.alice' }],
  ['ledgerId', { ledgerId: `a${'b'.repeat(64)}` }],
  ['partition', { partition: -1 }],
  ['partition', { partition: 32_768 }],
  ['partition', { partition: 0.5 }],
  ['type', { type: 'Two\nLines' }],
  ['type', { type: '' }],
  ['schemaVersion', { schemaVersion: 0 }],
  ['transferId', { transferId: 'B4C838F6-80B1-47F8-A82E-B1FCFBED89D5' }],
  ['transferId', { transferId: '' }],
  ['occurredAtMs', { occurredAtMs: -1 }],
  ['occurredAtMs', { occurredAtMs: 1.5 }],
  ['occurredAtMs', { occurredAtMs: Number.NaN }],
  ['occurredAtMs', { occurredAtMs: 253_402_300_800_000 }],
  ['packetDigest', { packetDigest: null }],
  ['packetDigest', { packetDigest: Buffer.alloc(31) }],
])('%s is refused in %j', (field, change) => {
  expect(fieldRefused(change)).toBe(field);
});

describe('payload', () => {
  test.each<JsonValue>([
    '\0',
    '\\\0',
    '\\\\\0',
    'a\0\0',
    '\ud800',
    '\udfff',
    '\udc00\ud800',
    { '\0': 1 },
  ])('%j is refused', (value) => {
    expect(fieldRefused({ payload: canonicalJson({ value }) })).toBe('payload');
  });

  test.each<JsonValue>([
    '\\u0000',
    '\\\\u0000',
    '\\ud800',
    '\u0001\u001f',
    '🚂',
    '\\',
    '\\u',
    { '\\u0000': 1 },
  ])('%j is taken', (value) => {
    expect(fieldRefused({ payload: canonicalJson({ value }) })).toBeUndefined();
  });
});
