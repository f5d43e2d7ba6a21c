import { randomUUID } from 'node:crypto';
import { testNatsUrl } from '../../test/support/test-nats';
import { BusClosedError } from './bus-errors';
import { type ConsumerSpec, DurableConsumer, type IncomingEvent } from './durable-consumer';
import type { StreamSpec } from './event-streams';
import { EventPublisher, type OutgoingEvent } from './jetstream-publisher';
import { BusConnection } from './nats-connection';

/** For everything that no test is about: a process may be away for some seconds. */
const WITHIN_MS = 20_000;

let bus: BusConnection;
let publisher: EventPublisher;
let stream: StreamSpec;
let spec: ConsumerSpec;
let root: string;

beforeAll(async () => {
  bus = await BusConnection.connect({ url: testNatsUrl(), name: 'consumer' });
  publisher = new EventPublisher(bus);
});

afterAll(async () => {
  publisher.close();
  await bus.drain();
});

beforeEach(async () => {
  const name = `SPEC_${randomUUID()}`;
  root = `test.${name}`;
  stream = { name, subjects: [`${root}.>`] };
  spec = { stream: name, durable: 'balances' };
  await publisher.streams.ensure(stream);
});

afterEach(async () => {
  await publisher.streams.drop(stream.name);
});

const events = (count: number, from = 1, ledger = 'alice'): OutgoingEvent[] =>
  Array.from({ length: count }, (_, index) => ({
    subject: `${root}.${ledger}.TransferPrepared`,
    id: `${ledger}:${from + index}`,
    payload: Buffer.from(String(from + index)),
  }));

/** Waits for what is to come for as long as need be. */
const consumerOf = (more: Partial<ConsumerSpec> = {}, options: { batch?: number } = {}) =>
  new DurableConsumer(bus, { ...spec, ...more }, { waitMs: WITHIN_MS, ...options });

/** For a test in which nothing comes. */
const hastyConsumer = () => new DurableConsumer(bus, spec, { waitMs: 300 });

const numbers = (taken: readonly IncomingEvent[]) =>
  taken.map(({ payload }) => Number(payload.toString()));

/** Takes until so many came, and acknowledges them. */
async function takeAll(consumer: DurableConsumer, count: number): Promise<number[]> {
  const all: number[] = [];
  for (let round = 0; all.length < count && round < 200; round += 1) {
    const taken = await consumer.take();
    for (const event of taken) event.acknowledge();
    all.push(...numbers(taken));
  }
  return all;
}

describe('a durable consumer', () => {
  it('is made once, and begins with what is published afterwards', async () => {
    await publisher.publishBatch(events(3));
    expect(await consumerOf().ensure()).toBe('created');
    expect(await consumerOf().ensure()).toBe('found');
    await publisher.publishBatch(events(2, 4));
    expect(numbers(await consumerOf().take())).toEqual([4, 5]);
  });

  it('hands out many times its batch, in order', async () => {
    const consumer = consumerOf({}, { batch: 64 });
    await consumer.ensure();
    await publisher.publishBatch(events(1_000));
    expect(await takeAll(consumer, 1_000)).toEqual(Array.from({ length: 1_000 }, (_, i) => i + 1));
  });

  it('does not wait for a batch to be full', async () => {
    const consumer = new DurableConsumer(bus, spec, { waitMs: 30_000 });
    await consumer.ensure();
    const taking = consumer.take();
    await publisher.publishBatch(events(1));
    expect(numbers(await taking)).toEqual([1]);
    await publisher.publishBatch(events(3, 2));
    expect(numbers(await consumer.take())).toEqual([2, 3, 4]);
  }, 20_000);

  it('hands out again what was not acknowledged, and never what was', async () => {
    const consumer = consumerOf({ ackWaitMs: 4_000 });
    await consumer.ensure();
    await publisher.publishBatch(events(3));
    const [first, second] = await consumer.take();
    first?.acknowledge();
    expect(second?.redelivered).toBe(false);
    await bus.roundTrip(WITHIN_MS);
    const again: IncomingEvent[] = [];
    for (let round = 0; again.length < 2 && round < 100; round += 1) {
      const taken = await consumer.take();
      for (const event of taken) event.acknowledge();
      again.push(...taken);
    }
    expect(numbers(again)).toEqual([2, 3]);
    expect(again.map(({ redelivered }) => redelivered)).toEqual([true, true]);
  });

  it('keeps its place while nobody listens', async () => {
    const consumer = consumerOf();
    await consumer.ensure();
    await publisher.publishBatch(events(2));
    expect(await takeAll(consumer, 2)).toEqual([1, 2]);
    await publisher.publishBatch(events(2, 3));
    await bus.roundTrip(WITHIN_MS);
    expect(numbers(await consumerOf().take())).toEqual([3, 4]);
  });

  it('sees only the subjects that it asked for', async () => {
    const consumer = consumerOf({ filterSubject: `${root}.bob.*` });
    await consumer.ensure();
    await publisher.publishBatch([...events(2), ...events(2, 7, 'bob')]);
    expect(numbers(await consumer.take())).toEqual([7, 8]);
  });

  it('takes nothing when nothing comes', async () => {
    const consumer = hastyConsumer();
    await consumer.ensure();
    expect(await consumer.take()).toEqual([]);
  });

  it('takes nothing without consumer or stream, and says which of them is missing', async () => {
    const consumer = hastyConsumer();
    expect(await consumer.take()).toEqual([]);
    await consumer.ensure();
    await consumer.remove();
    await consumer.remove();
    expect(await consumer.take()).toEqual([]);
    expect(await consumer.ensure()).toBe('created');
    await publisher.streams.drop(stream.name);
    expect(await consumer.take()).toEqual([]);
    expect(await consumer.ensure()).toBe('no-stream');
    await publisher.streams.ensure(stream);
    expect(await consumer.ensure()).toBe('created');
    await publisher.publishBatch(events(1));
    expect(numbers(await consumerOf().take())).toEqual([1]);
  });

  it('ends waiting when the stream goes, or in time', async () => {
    const consumer = hastyConsumer();
    await consumer.ensure();
    const taking = consumer.take();
    await publisher.streams.drop(stream.name);
    expect(await taking).toEqual([]);
  });

  it('ends waiting when told to, and leaves no subscription behind', async () => {
    const consumer = new DurableConsumer(bus, spec, { waitMs: 60_000 });
    await consumer.ensure();
    const stop = new AbortController();
    const taking = consumer.take(stop.signal);
    stop.abort();
    expect(await taking).toEqual([]);
    expect(await consumer.take(stop.signal)).toEqual([]);
    const { protocol } = bus.nats as unknown as {
      protocol: { subscriptions: { subs: Map<number, { subject: string }> } };
    };
    const inboxes = [...protocol.subscriptions.subs.values()]
      .map(({ subject }) => subject)
      .filter((subject) => /^_INBOX\.[^.]+\.\d+$/.test(subject));
    expect(inboxes).toEqual([]);
  });

  it('ends waiting when the connection is lost, and goes on when it is back', async () => {
    const own = await BusConnection.connect({ url: testNatsUrl(), name: 'short-lived' });
    const consumer = new DurableConsumer(own, { ...spec, ackWaitMs: 2_000 }, { waitMs: 60_000 });
    await consumer.ensure();
    const taking = consumer.take();
    await own.roundTrip(WITHIN_MS);
    await own.nats.reconnect();
    expect(await taking).toEqual([]);
    await publisher.publishBatch(events(2));
    for (let wait = 0; !own.connected && wait < 500; wait += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    // The server may have handed one of them to the old connection, and does so once more.
    expect((await takeAll(consumer, 2)).sort()).toEqual([1, 2]);
    await own.drain();
    await expect(consumer.take()).rejects.toBeInstanceOf(BusClosedError);
  });

  it('says that JetStream cannot be used', async () => {
    const impossible = new DurableConsumer(bus, { ...spec, durable: 'not.a.name' });
    await expect(impossible.ensure()).rejects.toMatchObject({ name: 'StreamUnavailableError' });
  });
});
