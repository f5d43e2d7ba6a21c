import * as fc from 'fast-check';
import { GENESIS_HASH, verifyLink, type ChainHead } from '#eventsourcing';
import { UnstorableEventError } from './event-store-errors';
import { EventStager } from './event-stager';
import type { NewEvent } from './storable-event';

const anEvent = (ledgerId: string, partition: number): NewEvent => ({
  ledgerId,
  partition,
  type: 'LimitsChanged',
  schemaVersion: 1,
  transferId: null,
  occurredAtMs: 5,
  payload: '{}',
  packet: null,
  packetDigest: null,
});

const nothing = { positions: new Map<number, number>(), ledgers: new Map() };

function stagerOf(...partitions: number[]): EventStager {
  const stager = new EventStager();
  stager.extend({ ...nothing, positions: new Map(partitions.map((partition) => [partition, 0])) });
  return stager;
}

test('chains verify, positions have no gap, whatever the order of ledgers', () => {
  const ledgers = fc.array(fc.nat({ max: 5 }), { maxLength: 60 });
  fc.assert(
    fc.property(ledgers, (order) => {
      const stager = stagerOf(0, 1);
      const heads = new Map<string, ChainHead>();
      const positions = [0, 0];
      for (const n of order) {
        const event = stager.stage(anEvent(`ledger-${n}`, n % 2));
        const head = heads.get(event.ledgerId) ?? { version: 0, hash: GENESIS_HASH };
        expect(verifyLink(head, event)).toBeUndefined();
        heads.set(event.ledgerId, event);
        positions[n % 2] = (positions[n % 2] ?? 0) + 1;
        expect(event.position).toBe(positions[n % 2]);
      }
      expect(stager.take()).toHaveLength(order.length);
    }),
  );
});

test('goes on from where the log ends', () => {
  const stager = new EventStager();
  const hash = Buffer.alloc(32, 7);
  stager.extend({
    positions: new Map([[3, 100]]),
    ledgers: new Map([['alice', { partition: 3, version: 40, hash }]]),
  });
  expect(stager.stage(anEvent('alice', 3))).toMatchObject({
    version: 41,
    position: 101,
    previousHash: hash,
  });
  expect(stager.stage(anEvent('bob', 3))).toMatchObject({
    version: 1,
    position: 102,
    previousHash: GENESIS_HASH,
  });
});

test('what is taken is not taken again', () => {
  const stager = stagerOf(0);
  const staged = [stager.stage(anEvent('alice', 0)), stager.stage(anEvent('alice', 0))];
  expect(stager.take()).toEqual(staged);
  expect(stager.take()).toEqual([]);
});

test.each([
  ['a partition that is not held', anEvent('alice', 9)],
  ['a ledger in two partitions', anEvent('bob', 1)],
  ['an unstorable event', { ...anEvent('alice', 0), type: '' }],
])('%s is refused, and then nothing has changed', (_, refused) => {
  const stager = stagerOf(0, 1);
  stager.stage(anEvent('bob', 0));
  expect(() => stager.stage(refused)).toThrow(UnstorableEventError);
  expect(stager.take()).toHaveLength(1);
  expect(stager.stage(anEvent('alice', 0))).toMatchObject({ version: 1, position: 2 });
});
