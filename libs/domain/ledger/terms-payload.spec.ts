import { canonicalJson, type JsonObject } from '#eventsourcing';
import { aTransferId } from '#testing';
import { decodeEvent, type EncodedEvent, encodeEvent, schemaVersionOf } from './event-codec';
import type { TermsEvent } from './events';
import { UnreadableEventError } from './unreadable-event-error';

const about = aTransferId(1);
const order = { by: 'carol', reason: 'because' };
const figures = { ours: -12345678901234567890n, theirs: 7n };
const stored = { ours: '-12345678901234567890', theirs: '7' };
const signed = { by: 'carol', note: 'by phone' };

/** What happens, and what is stored of it: each member by itself. */
const pairs: readonly [TermsEvent, JsonObject][] = [
  [
    { type: 'LimitsChanged', limits: { maxBalance: null, minBalance: 0n }, by: 'carol' },
    { by: 'carol', limits: { maxBalance: null, minBalance: '0' } },
  ],
  [
    { type: 'BalanceCompared', ours: 0n, theirs: 0n },
    { ours: '0', theirs: '0' },
  ],
  [
    { type: 'LedgerDisputed', cause: 'balance', about: null, ...figures },
    { cause: 'balance', about: null, ...stored },
  ],
  [
    { type: 'LedgerDisputed', cause: 'outcome', about, ...figures },
    { cause: 'outcome', about: 'b4c838f6-80b1-47f8-a82e-000000000001', ...stored },
  ],
  [
    { type: 'DisputeResolved', how: 'agreed', ...signed, ...figures },
    { how: 'agreed', by: 'carol', note: 'by phone', ...stored },
  ],
  [{ type: 'ShadowDiverged', ...figures }, stored],
  [
    { type: 'ShadowReconciled', how: 'adopted', by: 'carol', note: '', ...figures },
    { how: 'adopted', by: 'carol', note: '', ...stored },
  ],
  [
    { type: 'LedgerPaused', ...order },
    { by: 'carol', reason: 'because' },
  ],
  [
    { type: 'LedgerResumed', ...order },
    { by: 'carol', reason: 'because' },
  ],
  [
    { type: 'LedgerDraining', ...order },
    { by: 'carol', reason: 'because' },
  ],
  [
    { type: 'LedgerClosed', ...order, balance: -3n },
    { by: 'carol', reason: 'because', balance: '-3' },
  ],
  [
    { type: 'ThresholdsChanged', thresholds: { low: -2n, high: 9n, settleTo: 1n }, by: 'carol' },
    { thresholds: { low: '-2', high: '9', settleTo: '1' }, by: 'carol' },
  ],
  [
    { type: 'ThresholdsChanged', thresholds: { low: null, high: null, settleTo: null }, by: 'c' },
    { thresholds: { low: null, high: null, settleTo: null }, by: 'c' },
  ],
  [
    { type: 'ThresholdCrossed', threshold: 'low', change: 'left', limit: -2n, balance: 3n },
    { threshold: 'low', change: 'left', limit: '-2', balance: '3' },
  ],
  [
    { type: 'SettlementRequested', direction: 'collect', amount: 4n, balance: 5n },
    { direction: 'collect', amount: '4', balance: '5' },
  ],
  [
    { type: 'SettlementRecorded', reference: 'r', direction: 'paid', amount: 4n, by: 'carol' },
    { reference: 'r', direction: 'paid', amount: '4', by: 'carol' },
  ],
  [
    {
      type: 'SettlementReversed',
      reference: 's',
      reverses: 'r',
      direction: 'received',
      amount: 4n,
      ...order,
    },
    {
      reference: 's',
      reverses: 'r',
      direction: 'received',
      amount: '4',
      by: 'carol',
      reason: 'because',
    },
  ],
];

const encoded = (type: TermsEvent['type'], payload: JsonObject): EncodedEvent => ({
  type,
  schemaVersion: schemaVersionOf(type),
  transferId: null,
  payload,
  packet: null,
});

const failure = (event: EncodedEvent): string => {
  try {
    return decodeEvent(event).type;
  } catch (error) {
    if (!(error instanceof UnreadableEventError)) throw error;
    expect([error.type, error.schemaVersion]).toEqual([event.type, event.schemaVersion]);
    return `${error.member} ${error.rule}`;
  }
};

describe.each(pairs)('%j', (event, payload) => {
  const { type } = event;

  test('is stored so, with its keys in order, and read again', () => {
    const written = encodeEvent(event);
    expect({ ...written, payload: null }).toEqual({ ...encoded(type, payload), payload: null });
    expect(JSON.stringify(written.payload)).toBe(canonicalJson(payload));
    expect(decodeEvent(encoded(type, payload))).toStrictEqual(event);
  });

  test('cannot be read without any of its members, nor with one more', () => {
    for (const member of Object.keys(payload)) {
      const lacking = encoded(type, { ...payload, [member]: undefined });
      expect(failure(lacking)).toBe(`${member} missing`);
    }
    expect(failure(encoded(type, { ...payload, more: 1 }))).toBe('more unexpected');
  });

  test('cannot be read with an amount as a number, or a text that is none', () => {
    for (const member of Object.keys(payload)) {
      expect(failure(encoded(type, { ...payload, [member]: 4 }))).toMatch(
        new RegExp(`^${member} not-(text|an-object)$`),
      );
    }
  });

  test('concerns no transfer and has no packet', () => {
    const good = encoded(type, payload);
    expect(failure({ ...good, transferId: about })).toBe('transferId unexpected');
    expect(failure({ ...good, packet: Buffer.alloc(0) })).toBe('packet unexpected');
  });
});

test.each<[TermsEvent['type'], JsonObject, string]>([
  ['LedgerDisputed', { cause: 'mood' }, 'cause not-one-of-the-known'],
  ['LedgerDisputed', { about: 'x' }, 'about not-an-id'],
  ['LedgerDisputed', { ours: '-0' }, 'ours not-an-amount'],
  ['BalanceCompared', { theirs: null }, 'theirs not-an-amount'],
  ['BalanceCompared', { theirs: '1.5' }, 'theirs not-an-amount'],
  ['DisputeResolved', { how: 'somehow' }, 'how not-one-of-the-known'],
  ['DisputeResolved', { note: null }, 'note not-text'],
  ['LedgerClosed', { balance: '+3' }, 'balance not-an-amount'],
  ['ThresholdsChanged', { thresholds: { low: '1', high: '2' } }, 'thresholds.settleTo missing'],
  [
    'ThresholdsChanged',
    { thresholds: { low: '1', high: '2', settleTo: null, more: '3' } },
    'thresholds.more unexpected',
  ],
  ['ThresholdCrossed', { threshold: 'middle' }, 'threshold not-one-of-the-known'],
  ['ThresholdCrossed', { change: 'passed' }, 'change not-one-of-the-known'],
  ['ThresholdCrossed', { limit: null }, 'limit not-an-amount'],
  ['SettlementRequested', { direction: 'paid' }, 'direction not-one-of-the-known'],
  ['SettlementRequested', { amount: '-4' }, 'amount not-an-amount'],
  ['SettlementRecorded', { direction: 'pay' }, 'direction not-one-of-the-known'],
  ['SettlementRecorded', { amount: '-4' }, 'amount not-an-amount'],
  ['SettlementReversed', { amount: '-4' }, 'amount not-an-amount'],
  [
    'LimitsChanged',
    { limits: { maxBalance: '1', minBalance: '-0' } },
    'limits.minBalance not-an-amount',
  ],
])('%s is not read with %j', (type, change, expected) => {
  const [, payload = {}] = pairs.find(([event]) => event.type === type) ?? [];
  expect(failure(encoded(type, { ...payload, ...change }))).toBe(expected);
});

describe('what version 1 said', () => {
  test('of limits, the configuration said', () => {
    const payload = { limits: { maxBalance: '1', minBalance: null } };
    const old = { ...encoded('LimitsChanged', payload), schemaVersion: 1 };
    expect(decodeEvent(old)).toEqual({
      type: 'LimitsChanged',
      limits: { maxBalance: 1n, minBalance: null },
      by: 'configuration',
    });
  });

  test('cannot be told in version 2', () => {
    const payload = { limits: { maxBalance: '1', minBalance: null } };
    expect(failure(encoded('LimitsChanged', payload))).toBe('by missing');
  });
});
