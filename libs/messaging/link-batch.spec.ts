import fc from 'fast-check';
import { EMPTY_BATCH_BYTES, entriesOf, LinkBatch, weightOf } from './link-batch';

const entries = fc.array(
  fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
  { maxLength: 20 },
);

function batchOf(list: readonly Buffer[]): LinkBatch {
  const batch = new LinkBatch();
  for (const entry of list) batch.add(entry);
  return batch;
}

describe('LinkBatch', () => {
  it('gives its entries back in order, and weighs what it said', () => {
    fc.assert(
      fc.property(entries, (list) => {
        const batch = batchOf(list);
        const { bytes, count } = batch;
        const message = batch.take();
        expect(message).toHaveLength(bytes);
        expect(count).toBe(list.length);
        expect(bytes).toBe(list.reduce((sum, entry) => sum + weightOf(entry), EMPTY_BATCH_BYTES));
        expect(entriesOf(message)).toEqual(list);
      }),
    );
  });

  it('is empty after it was taken', () => {
    const batch = batchOf([Buffer.from('a')]);
    batch.take();
    expect(batch.count).toBe(0);
    expect(entriesOf(batch.take())).toEqual([]);
  });
});

describe('entriesOf', () => {
  it('refuses a batch that was cut, unless it was cut between entries', () => {
    const list = [Buffer.from('one'), Buffer.from('second')];
    const message = batchOf(list).take();
    const whole = new Set([EMPTY_BATCH_BYTES, EMPTY_BATCH_BYTES + weightOf(list[0]!)]);
    for (let length = 0; length < message.length; length += 1) {
      const read = entriesOf(message.subarray(0, length));
      expect(read === undefined).toBe(!whole.has(length));
    }
  });

  it('refuses another version, and lengths beyond the end', () => {
    const message = batchOf([Buffer.from('one')]).take();
    message[0] = 2;
    expect(entriesOf(message)).toBeUndefined();
    expect(entriesOf(Buffer.from('01ffffffff00', 'hex'))).toBeUndefined();
    expect(entriesOf(Buffer.alloc(0))).toBeUndefined();
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(() => entriesOf(Buffer.from([1, ...bytes]))).not.toThrow();
      }),
      { numRuns: 5_000 },
    );
  });
});
