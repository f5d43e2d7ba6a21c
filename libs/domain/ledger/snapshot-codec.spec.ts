import { createHash } from 'node:crypto';
import {
  aLedgerId,
  anIncoming,
  anOutgoing,
  aPreimage,
  aTransferId,
  ledgerOpened,
  NOON_MS,
  transferPrepared,
  transferProposed,
} from '#testing';
import type { LedgerEvent } from './events';
import { evolve, replayLedger } from './evolve';
import { PRUNED_PACKET } from './pruned-packet';
import {
  decodeSnapshot,
  encodeSnapshot,
  SNAPSHOT_SHAPE,
  UnreadableSnapshotError,
} from './snapshot-codec';
import type { LedgerState } from './state';

const id = aLedgerId();
const { fulfillment } = aPreimage(1);
const reason = Buffer.from('reason');

/** Every variant of everything that a ledger's state can hold. */
const history: LedgerEvent[] = [
  ledgerOpened({ authority: 'symmetric', limits: { maxBalance: 5000n, minBalance: null } }),
  transferPrepared(
    anIncoming({
      transferId: aTransferId(7),
      plan: {
        kind: 'forward',
        ledgerId: aLedgerId('bob'),
        transferId: aTransferId(8),
        amount: 99n,
        expiresAtMs: NOON_MS,
        pricing: {
          pays: 'asked',
          ratesVersion: 12,
          spreadPpm: 2_000,
          fee: 5n,
          maxIn: 7n,
          slippagePpm: 1_000,
        },
      },
    }),
  ),
  transferPrepared(
    anIncoming({
      transferId: aTransferId(5),
      sideDataDigest: Buffer.alloc(32, 3),
      plan: { kind: 'refuse', code: 'F02', triggeredBy: 'test.a', message: 'no' },
    }),
  ),
  transferPrepared(
    anOutgoing({
      transferId: aTransferId(6),
      packet: Buffer.alloc(0),
      cause: { ledgerId: aLedgerId('bob'), transferId: aTransferId(9), amount: 101n },
    }),
  ),
  transferPrepared(anOutgoing({ transferId: aTransferId(1), packet: PRUNED_PACKET })),
  transferPrepared(anOutgoing({ transferId: aTransferId(2) })),
  {
    type: 'TransferFulfilled',
    transferId: aTransferId(5),
    fulfillment,
    data: Buffer.from('data'),
  },
  { type: 'TransferRejected', transferId: aTransferId(6), reason },
  { type: 'TransferExpired', transferId: aTransferId(1), reason },
  {
    type: 'ThresholdsChanged',
    thresholds: { low: -7n, high: null, settleTo: 5n },
    by: 'carol',
  },
  { type: 'ThresholdCrossed', threshold: 'low', change: 'reached', limit: -7n, balance: -8n },
  {
    type: 'SettlementRecorded',
    reference: 'wire 2',
    direction: 'received',
    amount: 30n,
    by: 'carol',
  },
  { type: 'SettlementRecorded', reference: 'wire 1', direction: 'paid', amount: 40n, by: 'carol' },
  {
    type: 'SettlementReversed',
    reference: 'wire 3',
    reverses: 'wire 1',
    direction: 'paid',
    amount: 40n,
    reason: 'came back',
    by: 'carol',
  },
  {
    type: 'LedgerDisputed',
    cause: 'outcome',
    about: aTransferId(5),
    ours: 70n,
    theirs: -30n,
  },
  {
    type: 'DisputeResolved',
    how: 'adopted',
    ours: 70n,
    theirs: -30n,
    by: 'carol',
    note: '',
  },
  { type: 'BalanceCompared', ours: -30n, theirs: -30n },
  { type: 'LedgerDisputed', cause: 'outcome', about: aTransferId(6), ours: -30n, theirs: 5n },
  { type: 'LimitsChanged', limits: { maxBalance: null, minBalance: -9n }, by: 'carol' },
  { type: 'LedgerPaused', by: 'carol', reason: 'so' },
];

/** What only a ledger that another decides can be in. */
const copied: LedgerEvent[] = [
  ledgerOpened({ authority: 'validated' }),
  transferProposed(
    anOutgoing({
      transferId: aTransferId(3),
      cause: { ledgerId: aLedgerId('bob'), transferId: aTransferId(9), amount: 101n },
    }),
  ),
  transferPrepared(anIncoming({ transferId: aTransferId(2) })),
  {
    type: 'FulfillmentSubmitted',
    transferId: aTransferId(2),
    fulfillment,
    data: Buffer.from('data'),
  },
  { type: 'ShadowDiverged', ours: 0n, theirs: 5n },
];

const replayed = (events: readonly LedgerEvent[]): LedgerState => {
  const ledger = replayLedger(id, events);
  if (ledger === undefined) throw new Error('there are events');
  return ledger;
};

const sample = (): LedgerState => replayed(history);

test('a snapshot holds the whole state', () => {
  const read = decodeSnapshot(encodeSnapshot(sample()));
  expect(read).toEqual(sample());
  expect(read.transfers.get(aTransferId(1))?.packet).toBe(PRUNED_PACKET);
  expect(read.transfers.get(aTransferId(6))?.packet).not.toBe(PRUNED_PACKET);
});

test('a snapshot of a copy holds what is provisional', () => {
  const read = decodeSnapshot(encodeSnapshot(replayed(copied)));
  expect(read).toEqual(replayed(copied));
  expect([...read.transfers.values()].map(({ status }) => status).sort()).toEqual([
    'proposed',
    'submitted',
  ]);
});

test.each<[string, (ledger: LedgerState) => void]>([
  ['standing', (ledger) => (ledger.standing = 'draining')],
  ['thresholds', (ledger) => (ledger.thresholds = { ...ledger.thresholds, high: 9n })],
  ['low', (ledger) => (ledger.beyond.low = false)],
  ['high', (ledger) => (ledger.beyond.high = true)],
  ['difference', (ledger) => (ledger.difference = null)],
  [
    'disputed',
    (ledger) => {
      ledger.disputed.clear();
    },
  ],
  ['agreedBalance', (ledger) => (ledger.agreedBalance = null)],
  [
    'settlements',
    (ledger) => {
      ledger.settlements.clear();
    },
  ],
  ['adjusted', (ledger) => (ledger.sums.adjusted = 1n)],
  ['settledPaid', (ledger) => (ledger.sums.settledPaid = 1n)],
  ['settledReceived', (ledger) => (ledger.sums.settledReceived = 1n)],
  ['configuredLimits', (ledger) => (ledger.configuredLimits = ledger.limits)],
])('two ledgers that differ in %s have two snapshots', (_member, change) => {
  const other = sample();
  change(other);
  const text = encodeSnapshot(other);
  expect(text).not.toBe(encodeSnapshot(sample()));
  expect(decodeSnapshot(text)).toEqual(other);
});

test('a ledger goes on from its snapshot as it would have gone on', () => {
  const more: LedgerEvent[] = [
    { type: 'TransferFulfilled', transferId: aTransferId(7), fulfillment, data: null },
    { type: 'LimitsChanged', limits: { maxBalance: 1n, minBalance: -2n }, by: 'carol' },
  ];
  const [live, restored] = [sample(), decodeSnapshot(encodeSnapshot(sample()))];
  for (const event of more) {
    evolve(live, event);
    evolve(restored, event);
  }
  expect(restored).toEqual(live);
});

test('equal states give equal texts, whatever the order in which they came about', () => {
  const other = sample();
  const [first] = other.transfers;
  if (first === undefined) throw new Error('there are transfers');
  other.transfers.delete(first[0]);
  other.transfers.set(...first);
  const [settlement] = other.settlements;
  if (settlement === undefined) throw new Error('there are settlements');
  other.settlements.delete(settlement[0]);
  other.settlements.set(...settlement);
  expect(encodeSnapshot(other)).toBe(encodeSnapshot(sample()));
  expect(encodeSnapshot(decodeSnapshot(encodeSnapshot(sample())))).toBe(encodeSnapshot(sample()));
});

test('an empty ledger has a snapshot', () => {
  const empty = replayLedger(id, [ledgerOpened()]);
  if (empty === undefined) throw new Error('there is an event');
  expect(decodeSnapshot(encodeSnapshot(empty))).toEqual(empty);
});

describe('what is not of today’s shape is not read', () => {
  const good = JSON.parse(encodeSnapshot(sample())) as Record<string, unknown>;

  test.each<[string, string]>([
    ['', 'not JSON'],
    ['null', 'not an object'],
    ['[]', 'not an object'],
    ['{}', `shape is not ${SNAPSHOT_SHAPE}`],
    [JSON.stringify({ ...good, shape: 'ledger-state-0' }), `shape is not ${SNAPSHOT_SHAPE}`],
  ])('%.40s', (text, detail) => {
    expect(() => decodeSnapshot(text)).toThrow(new UnreadableSnapshotError(detail));
  });

  test.each(Object.keys(good).filter((member) => member !== 'shape'))('without %s', (member) => {
    const text = JSON.stringify({ ...good, [member]: undefined });
    expect(() => decodeSnapshot(text)).toThrow(UnreadableSnapshotError);
  });

  test.each([
    { transfers: {} },
    { transfers: [1] },
    { transfers: [{}] },
    { sums: { incomingFulfilled: '1' } },
    { standing: 'ajar' },
    { thresholds: { low: null, high: null } },
    { beyond: { low: true } },
    { beyond: { low: true, high: 'no' } },
    { beyond: { low: true, high: false, middle: true } },
    { difference: { ours: '1' } },
    { difference: { ours: '1', theirs: '2', more: 3 } },
    { disputed: 'all' },
    { disputed: [1] },
    { disputed: ['x'] },
    { agreedBalance: 1 },
    { settlements: [{ reference: 'r', kind: 'settlement' }] },
    { settlements: [{ reference: 'r', kind: 'gift' }] },
    { settlements: [{ reference: 'r', kind: 'reversal', reverses: 's', amount: '1' }] },
    { more: 1 },
  ])('with %j', (change) => {
    const text = JSON.stringify({ ...good, ...change });
    expect(() => decodeSnapshot(text)).toThrow(UnreadableSnapshotError);
  });
});

/** Each member's path and kind; members of a list or map are told apart by their kinds alone. */
function shapeOf(value: unknown, path = ''): string[] {
  if (Buffer.isBuffer(value)) return [`${path}: bytes`];
  if (typeof value !== 'object' || value === null) {
    return [`${path}: ${value === null ? 'null' : typeof value}`];
  }
  if (value instanceof Set) return [...value].flatMap((each) => shapeOf(each, `${path}[]`));
  if (value instanceof Map)
    return [...value.values()].flatMap((each) => shapeOf(each, `${path}[]`));
  return Object.entries(value).flatMap(([key, each]) => shapeOf(each, `${path}.${key}`));
}

/**
 * The hash of the shape of `sample`. If this test fails, LedgerState has changed: change
 * SNAPSHOT_SHAPE, make the codec carry the new member, and put both here.
 */
test('the shape of the state is the one that SNAPSHOT_SHAPE names', () => {
  const lines = [...new Set([sample(), replayed(copied)].flatMap((each) => shapeOf(each)))].sort();
  const hash = createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16);
  expect({ [SNAPSHOT_SHAPE]: hash }).toEqual({ 'ledger-state-5': 'eb35298b9f142c27' });
});
