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
  ledgerOpened({ limits: { maxBalance: 5000n, minBalance: null } }),
  transferPrepared(
    anIncoming({
      transferId: aTransferId(7),
      plan: {
        kind: 'forward',
        ledgerId: aLedgerId('bob'),
        transferId: aTransferId(8),
        amount: 99n,
        expiresAtMs: NOON_MS,
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
];

const sample = (): LedgerState => {
  const ledger = replayLedger(id, history);
  if (ledger === undefined) throw new Error('there are events');
  return ledger;
};

test('a snapshot holds the whole state', () => {
  const read = decodeSnapshot(encodeSnapshot(sample()));
  expect(read).toEqual(sample());
  expect(read.transfers.get(aTransferId(1))?.packet).toBe(PRUNED_PACKET);
  expect(read.transfers.get(aTransferId(6))?.packet).not.toBe(PRUNED_PACKET);
});

test('a ledger goes on from its snapshot as it would have gone on', () => {
  const more: LedgerEvent[] = [
    { type: 'TransferFulfilled', transferId: aTransferId(7), fulfillment, data: null },
    { type: 'LimitsChanged', limits: { maxBalance: 1n, minBalance: -2n } },
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
  if (value instanceof Map)
    return [...value.values()].flatMap((each) => shapeOf(each, `${path}[]`));
  return Object.entries(value).flatMap(([key, each]) => shapeOf(each, `${path}.${key}`));
}

/**
 * The hash of the shape of `sample`. If this test fails, LedgerState has changed: change
 * SNAPSHOT_SHAPE, make the codec carry the new member, and put both here.
 */
test('the shape of the state is the one that SNAPSHOT_SHAPE names', () => {
  const lines = [...new Set(shapeOf(sample()))].sort();
  const hash = createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16);
  expect({ [SNAPSHOT_SHAPE]: hash }).toEqual({ 'ledger-state-1': '51d0e03672a03d83' });
});
