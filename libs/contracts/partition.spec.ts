import fc from 'fast-check';
import { allPartitions, CONNECTOR_STREAM, connectorPartition, partitionOf } from './partition';

const slug = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,20}[a-z0-9])?$/);

test('a ledger lies in one of the partitions that are shared out, and never in the connector’s', () => {
  fc.assert(
    fc.property(slug, fc.integer({ min: 1, max: 200 }), (ledgerId, partitions) => {
      const partition = partitionOf(ledgerId, partitions);
      expect(partition).toBeGreaterThanOrEqual(0);
      expect(partition).toBeLessThan(connectorPartition(partitions));
      expect(partitionOf(ledgerId, partitions)).toBe(partition);
    }),
  );
});

test('what is stored lies where it was stored', () => {
  expect(['alice', 'bob', 'carol'].map((id) => partitionOf(id))).toEqual([9, 24, 7]);
});

test.each([1, 64, 200])('the connector has a partition to itself, beyond %i', (partitions) => {
  expect(partitionOf(CONNECTOR_STREAM, partitions)).toBe(partitions);
  expect(allPartitions(partitions)).toHaveLength(partitions + 1);
  expect(allPartitions(partitions).at(-1)).toBe(connectorPartition(partitions));
});
