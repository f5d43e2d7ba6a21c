import fc from 'fast-check';
import { canonicalJson, type JsonObject } from '#eventsourcing';
import { anEvent, anIlpPayment, aPreimage, aTransferId, NOON_MS } from '#testing';
import { decodeEvent, type EncodedEvent, encodeEvent, EVENT_TYPES } from './event-codec';
import type { LedgerEvent } from './events';
import { ledgerId } from './identifiers';
import { PRUNED_PACKET } from './pruned-packet';
import { UnreadableEventError } from './unreadable-event-error';

const transferId = aTransferId(1);
const condition = Buffer.alloc(32, 0xfb);

/** Their pairs are in terms-payload.spec. */
const TERMS_TYPES = [
  'LimitsChanged',
  'BalanceCompared',
  'LedgerDisputed',
  'DisputeResolved',
  'ShadowDiverged',
  'ShadowReconciled',
  'LedgerPaused',
  'LedgerResumed',
  'LedgerDraining',
  'LedgerClosed',
  'ThresholdsChanged',
  'ThresholdCrossed',
  'SettlementRequested',
  'SettlementRecorded',
  'SettlementReversed',
];

/** What is stored, and what it means: each member by itself, so that none can stand for another. */
const pairs: readonly [LedgerEvent, EncodedEvent][] = [
  [
    {
      type: 'LedgerOpened',
      prefix: 'test.alice.',
      currencyCode: 'USD',
      currencyScale: 9,
      account: 'server',
      peerAccount: 'client',
      authority: 'shadow',
      limits: { maxBalance: 12345678901234567890n, minBalance: -7n },
    },
    {
      ...encoded('LedgerOpened', null, {
        prefix: 'test.alice.',
        currencyCode: 'USD',
        currencyScale: 9,
        account: 'server',
        peerAccount: 'client',
        authority: 'shadow',
        limits: { maxBalance: '12345678901234567890', minBalance: '-7' },
      }),
      schemaVersion: 2,
    },
  ],
  [{ type: 'ProposalAccepted', transferId }, encoded('ProposalAccepted', transferId, {})],
  [
    {
      type: 'TransferPrepared',
      transferId,
      direction: 'incoming',
      amount: 18446744073709551615n,
      condition,
      expiresAtMs: NOON_MS,
      packet: anIlpPayment(),
      sideDataDigest: null,
      plan: {
        kind: 'forward',
        ledgerId: ledgerId('bob'),
        transferId: aTransferId(2),
        amount: 3n,
        expiresAtMs: NOON_MS - 1000,
        pricing: {
          pays: 'asked',
          ratesVersion: 12,
          spreadPpm: 2000,
          fee: 5n,
          maxOut: 18446744073709551615n,
          slippagePpm: 1000,
        },
      },
    },
    encoded(
      'TransferPrepared',
      transferId,
      {
        direction: 'incoming',
        amount: '18446744073709551615',
        condition: '-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s',
        expiresAtMs: 1503921600000,
        sideDataDigest: null,
        plan: {
          kind: 'forward',
          ledgerId: 'bob',
          transferId: 'b4c838f6-80b1-47f8-a82e-000000000002',
          amount: '3',
          expiresAtMs: 1503921599000,
          pricing: {
            pays: 'asked',
            ratesVersion: 12,
            spreadPpm: 2000,
            fee: '5',
            maxOut: '18446744073709551615',
            slippagePpm: 1000,
          },
        },
      },
      anIlpPayment(),
    ),
  ],
  [
    {
      type: 'TransferPrepared',
      transferId,
      direction: 'incoming',
      amount: 1n,
      condition,
      expiresAtMs: NOON_MS,
      packet: Buffer.alloc(0),
      sideDataDigest: Buffer.from('digest'),
      plan: { kind: 'refuse', code: 'F02', triggeredBy: 'test.a', message: 'no "way"' },
    },
    encoded(
      'TransferPrepared',
      transferId,
      {
        direction: 'incoming',
        amount: '1',
        condition: '-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s',
        expiresAtMs: 1503921600000,
        sideDataDigest: 'ZGlnZXN0',
        plan: { kind: 'refuse', code: 'F02', triggeredBy: 'test.a', message: 'no "way"' },
      },
      Buffer.alloc(0),
    ),
  ],
  [
    {
      type: 'TransferPrepared',
      transferId,
      direction: 'outgoing',
      amount: 2n,
      condition,
      expiresAtMs: NOON_MS,
      packet: PRUNED_PACKET,
      sideDataDigest: null,
      cause: { ledgerId: ledgerId('bob'), transferId: aTransferId(2), amount: 4n },
    },
    encoded('TransferPrepared', transferId, {
      direction: 'outgoing',
      amount: '2',
      condition: '-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s',
      expiresAtMs: 1503921600000,
      sideDataDigest: null,
      cause: {
        ledgerId: 'bob',
        transferId: 'b4c838f6-80b1-47f8-a82e-000000000002',
        amount: '4',
      },
    }),
  ],
  [
    { type: 'TransferFulfilled', transferId, fulfillment: condition, data: Buffer.alloc(0) },
    encoded('TransferFulfilled', transferId, {
      fulfillment: '-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s',
      data: '',
    }),
  ],
  [
    { type: 'TransferRejected', transferId, reason: Buffer.from('no') },
    encoded('TransferRejected', transferId, { error: null, reason: 'bm8' }),
  ],
  [
    { type: 'TransferExpired', transferId, reason: Buffer.alloc(0) },
    encoded('TransferExpired', transferId, { error: null, reason: '' }),
  ],
  [
    {
      type: 'TransferProposed',
      transferId,
      direction: 'outgoing',
      amount: 5n,
      condition,
      expiresAtMs: NOON_MS,
      packet: anIlpPayment(),
      sideDataDigest: null,
      cause: { ledgerId: ledgerId('bob'), transferId: aTransferId(2), amount: 6n },
    },
    encoded(
      'TransferProposed',
      transferId,
      {
        direction: 'outgoing',
        amount: '5',
        condition: '-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s',
        expiresAtMs: 1503921600000,
        sideDataDigest: null,
        cause: {
          ledgerId: 'bob',
          transferId: 'b4c838f6-80b1-47f8-a82e-000000000002',
          amount: '6',
        },
      },
      anIlpPayment(),
    ),
  ],
  [
    { type: 'FulfillmentSubmitted', transferId, fulfillment: condition, data: null },
    encoded('FulfillmentSubmitted', transferId, {
      fulfillment: '-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s',
      data: null,
    }),
  ],
];

function encoded(
  type: string,
  id: string | null,
  payload: JsonObject,
  packet: Buffer | null = null,
): EncodedEvent {
  const schemaVersion = { TransferPrepared: 4, TransferProposed: 2 }[type] ?? 1;
  return { type, schemaVersion, transferId: id, payload, packet };
}

describe('an event and what is stored of it', () => {
  test.each(pairs)('%j', (event, stored) => {
    const { payload, ...beside } = encodeEvent(event);
    expect(canonicalJson(payload)).toBe(canonicalJson(stored.payload));
    expect(beside).toEqual({
      type: stored.type,
      schemaVersion: stored.schemaVersion,
      transferId: stored.transferId,
      packet: stored.packet,
    });
    expect(decodeEvent(stored)).toStrictEqual(event);
  });

  test('cover every type; what is not about a transfer has its pairs elsewhere', () => {
    const types = new Set(pairs.map(([event]) => event.type));
    const others = EVENT_TYPES.filter((type) => !types.has(type));
    expect(others).toEqual(TERMS_TYPES);
  });

  test('are the same thing, whatever the event', () => {
    const types = new Set<string>();
    fc.assert(
      fc.property(anEvent, (event) => {
        types.add(event.type);
        const stored = encodeEvent(event);
        const text = canonicalJson(stored.payload);
        const read = decodeEvent({ ...stored, payload: JSON.parse(text) as JsonObject });
        expect(read).toEqual(event);
        expect(text).toBe(JSON.stringify(stored.payload));
        expect(canonicalJson(encodeEvent(read).payload)).toBe(text);
      }),
      { numRuns: 3000 },
    );
    expect(types).toEqual(new Set(EVENT_TYPES));
  });

  test('hold the packet beside the payload, never in it', () => {
    const packet = aPreimage(5).fulfillment;
    const event = pairs[2]?.[0];
    if (event?.type !== 'TransferPrepared') throw new Error('not a prepared transfer');
    const stored = encodeEvent({ ...event, packet });
    expect(stored.packet).toBe(packet);
    expect(canonicalJson(stored.payload)).not.toContain(packet.toString('base64url'));
  });

  test('an empty packet is not a pruned one', () => {
    const [, , , empty, pruned] = pairs.map(([, stored]) => stored);
    if (empty === undefined || pruned === undefined) throw new Error('a pair is missing');
    const one = decodeEvent(empty);
    const other = decodeEvent(pruned);
    expect('packet' in one && one.packet === PRUNED_PACKET).toBe(false);
    expect('packet' in other && other.packet === PRUNED_PACKET).toBe(true);
    expect(encodeEvent(one).packet).toEqual(Buffer.alloc(0));
    expect(encodeEvent(other).packet).toBeNull();
  });
});

describe('what cannot be read is named by type, version, member and rule', () => {
  const failure = (stored: EncodedEvent): unknown => {
    try {
      return decodeEvent(stored);
    } catch (error) {
      if (!(error instanceof UnreadableEventError)) throw error;
      const { type, schemaVersion: version, member, rule } = error;
      return { type, version, [member]: rule };
    }
  };

  const storedOf = (index: number): EncodedEvent => {
    const stored = pairs[index]?.[1];
    if (stored === undefined) throw new Error('no such pair');
    return stored;
  };

  test('an unknown type', () => {
    for (const type of ['TransferPaid', 'toString', '']) {
      expect(() => decodeEvent({ ...storedOf(6), type })).toThrow(
        new UnreadableEventError(type, 1, 'type', 'unknown-type'),
      );
    }
  });

  test.each([0, 2, 1.5, Number.NaN, -1])('an unknown version: %s', (schemaVersion) => {
    expect(failure({ ...storedOf(6), schemaVersion })).toEqual({
      type: 'TransferRejected',
      version: schemaVersion,
      schemaVersion: 'unknown-version',
    });
  });

  test.each(pairs)('a missing member of %j', (_event, stored) => {
    for (const member of Object.keys(stored.payload)) {
      if (member === 'plan' || member === 'cause') continue;
      const payload = { ...stored.payload, [member]: undefined };
      expect(failure({ ...stored, payload })).toEqual({
        type: stored.type,
        version: stored.schemaVersion,
        [member]: 'missing',
      });
    }
  });

  test.each(pairs)('an unexpected member of %j', (_event, stored) => {
    expect(failure({ ...stored, payload: { ...stored.payload, more: 1 } })).toEqual({
      type: stored.type,
      version: stored.schemaVersion,
      more: 'unexpected',
    });
  });

  test.each<[number, string, JsonObject, string]>([
    [0, 'prefix', { prefix: 1 }, 'not-text'],
    [0, 'prefix', { prefix: null }, 'not-text'],
    [0, 'currencyScale', { currencyScale: '9' }, 'not-an-integer'],
    [0, 'currencyScale', { currencyScale: 9.5 }, 'not-an-integer'],
    [0, 'authority', { authority: 'both' }, 'not-one-of-the-known'],
    [0, 'limits', { limits: null }, 'not-an-object'],
    [0, 'limits', { limits: [] }, 'not-an-object'],
    [0, 'limits.minBalance', { limits: { maxBalance: '1' } }, 'missing'],
    [0, 'limits.maxBalance', { limits: { maxBalance: 1, minBalance: '0' } }, 'not-text'],
    [0, 'limits.maxBalance', { limits: { maxBalance: '-0', minBalance: '0' } }, 'not-an-amount'],
    [0, 'limits.more', { limits: { maxBalance: '1', minBalance: '0', more: 1 } }, 'unexpected'],
    [2, 'amount', { amount: '-1' }, 'not-an-amount'],
    [2, 'amount', { amount: '01' }, 'not-an-amount'],
    [2, 'amount', { amount: '1e3' }, 'not-an-amount'],
    [2, 'amount', { amount: ' 1' }, 'not-an-amount'],
    [2, 'amount', { amount: '' }, 'not-an-amount'],
    [2, 'condition', { condition: 'a+b/' }, 'not-base64url'],
    [2, 'condition', { condition: 'YQ==' }, 'not-base64url'],
    [2, 'condition', { condition: 'YR' }, 'not-base64url'],
    [2, 'direction', { direction: 'sideways' }, 'not-one-of-the-known'],
    [2, 'expiresAtMs', { expiresAtMs: 2 ** 53 }, 'not-an-integer'],
    [2, 'sideDataDigest', { sideDataDigest: 0 }, 'not-text'],
    [2, 'plan', { plan: 'forward' }, 'not-an-object'],
    [2, 'plan.kind', { plan: { kind: 'hold' } }, 'not-one-of-the-known'],
    [2, 'plan.ledgerId', { plan: { kind: 'forward' } }, 'missing'],
    [2, 'plan.ledgerId', { plan: { kind: 'forward', ledgerId: 'B' } }, 'not-an-id'],
    [8, 'direction', { direction: 'incoming' }, 'not-one-of-the-known'],
    [8, 'plan', { plan: { kind: 'refuse', code: '', triggeredBy: '', message: '' } }, 'unexpected'],
    [9, 'data', { data: 1 }, 'not-text'],
    [9, 'fulfillment', { fulfillment: null }, 'not-text'],
    [4, 'cause.transferId', { cause: { ledgerId: 'b', transferId: 'x' } }, 'not-an-id'],
    [4, 'cause.amount', { cause: { ledgerId: 'b', transferId } }, 'missing'],
  ])('pair %d, %s', (index, member, change, rule) => {
    const stored = storedOf(index);
    expect(failure({ ...stored, payload: { ...stored.payload, ...change } })).toEqual({
      type: stored.type,
      version: stored.schemaVersion,
      [member]: rule,
    });
  });

  test.each<[number, Partial<EncodedEvent>, string, string]>([
    [2, { transferId: null }, 'transferId', 'missing'],
    [5, { transferId: null }, 'transferId', 'missing'],
    [5, { transferId: 'B4C838F6-80B1-47F8-A82E-000000000001' }, 'transferId', 'not-an-id'],
    [0, { transferId }, 'transferId', 'unexpected'],
    [1, { transferId: null }, 'transferId', 'missing'],
    [1, { packet: Buffer.alloc(0) }, 'packet', 'unexpected'],
    [8, { transferId: null }, 'transferId', 'missing'],
    [9, { packet: anIlpPayment() }, 'packet', 'unexpected'],
    [6, { packet: Buffer.alloc(0) }, 'packet', 'unexpected'],
  ])('pair %d beside its payload: %j', (index, change, member, rule) => {
    const stored = storedOf(index);
    expect(failure({ ...stored, ...change })).toEqual({
      type: stored.type,
      version: stored.schemaVersion,
      [member]: rule,
    });
  });
});
