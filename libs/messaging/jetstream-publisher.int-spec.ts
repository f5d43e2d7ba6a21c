import { randomUUID } from 'node:crypto';
import { eventually } from '../../test/support/processes';
import { testNatsUrl } from '../../test/support/test-nats';
import type { StreamSpec } from './event-streams';
import { EventPublisher, type OutgoingEvent } from './jetstream-publisher';
import { BusConnection } from './nats-connection';
import { PublishFailedError } from './publish-failed-error';

/** For everything that no test is about: a process may be away for some seconds. */
const WITHIN_MS = 20_000;
/** Where nobody acknowledges. */
const HASTY_MS = 1_000;

let bus: BusConnection;
let publisher: EventPublisher;
let spec: StreamSpec;
let root: string;

beforeAll(async () => {
  bus = await BusConnection.connect({ url: testNatsUrl(), name: 'publisher' });
});

afterAll(async () => {
  await bus.drain();
});

beforeEach(() => {
  publisher = new EventPublisher(bus, { deadlineMs: WITHIN_MS });
  const name = `SPEC_${randomUUID()}`;
  root = `test.${name}`;
  spec = { name, subjects: [`${root}.>`] };
});

function hasty(): EventPublisher {
  publisher.close();
  publisher = new EventPublisher(bus, { deadlineMs: HASTY_MS });
  return publisher;
}

afterEach(async () => {
  if (bus.connected) await publisher.streams.drop(spec.name);
  publisher.close();
});

const events = (count: number, from = 1): OutgoingEvent[] =>
  Array.from({ length: count }, (_, index) => ({
    subject: `${root}.alice.TransferPrepared`,
    id: `alice:${from + index}`,
    payload: Buffer.from(`{"version":${from + index}}`),
  }));

/** What the stream holds, in its order. */
async function stored(): Promise<string[]> {
  const manager = await bus.nats.jetstreamManager();
  const { state } = await manager.streams.info(spec.name);
  const texts: string[] = [];
  for (let sequence = state.first_seq; sequence <= state.last_seq; sequence += 1) {
    const message = await manager.streams.getMessage(spec.name, { seq: sequence });
    texts.push(message.string());
  }
  return texts;
}

const failureOf = (work: Promise<unknown>) => work.catch((error: unknown) => error);

describe('EventStreams', () => {
  it('makes a stream once, whoever asks how often', async () => {
    const made = await Promise.all([1, 2, 3, 4].map(() => publisher.streams.ensure(spec)));
    expect(made.map(({ messages }) => messages)).toEqual([0, 0, 0, 0]);
    await publisher.publishBatch(events(2));
    expect(await publisher.streams.ensure(spec)).toMatchObject({ messages: 2, lastSequence: 2 });
  });

  it('adds missing subjects, and leaves the limits that an operator has set', async () => {
    await publisher.streams.ensure(spec);
    const manager = await bus.nats.jetstreamManager();
    await manager.streams.update(spec.name, { max_age: 3_600_000_000_000 });
    await publisher.streams.ensure({ ...spec, subjects: [...spec.subjects, `${root}-more.>`] });
    const { config } = await manager.streams.info(spec.name);
    expect(config.subjects).toEqual([`${root}.>`, `${root}-more.>`]);
    expect(config.max_age).toBe(3_600_000_000_000);
  });

  it('sets the limits of a stream that it makes', async () => {
    const limits = { maxAgeMs: 60_000, maxBytes: 1_000_000, duplicateWindowMs: 30_000 };
    await publisher.streams.ensure({ ...spec, ...limits });
    const { config } = await (await bus.nats.jetstreamManager()).streams.info(spec.name);
    expect(config).toMatchObject({
      max_age: 60_000_000_000,
      max_bytes: 1_000_000,
      duplicate_window: 30_000_000_000,
      storage: 'file',
      retention: 'limits',
    });
  });

  it('knows nothing of a stream that is not there', async () => {
    expect(await publisher.streams.state(spec.name)).toBeUndefined();
    await publisher.streams.drop(spec.name);
  });

  it('says what it cannot have', async () => {
    await publisher.streams.ensure(spec);
    const rival = publisher.streams.ensure({ name: `${spec.name}_2`, subjects: spec.subjects });
    await expect(rival).rejects.toMatchObject({
      name: 'StreamUnavailableError',
      stream: `${spec.name}_2`,
    });
  });
});

describe('EventPublisher', () => {
  it('stores a batch in order, with ids and headers', async () => {
    await publisher.streams.ensure(spec);
    const batch = events(3).map((event) => ({ ...event, headers: { 'ce-type': 'x.v1' } }));
    expect(await publisher.publishBatch(batch)).toEqual({ stored: 3, duplicates: 0 });
    expect(await stored()).toEqual(batch.map(({ payload }) => payload.toString()));
    const manager = await bus.nats.jetstreamManager();
    const first = await manager.streams.getMessage(spec.name, { seq: 1 });
    expect(first.header.get('Nats-Msg-Id')).toBe('alice:1');
    expect(first.header.get('ce-type')).toBe('x.v1');
  });

  it('stores many times its window, in order, with never more than the window open', async () => {
    publisher.close();
    publisher = new EventPublisher(bus, { window: 64, deadlineMs: WITHIN_MS });
    await publisher.streams.ensure(spec);
    expect(await publisher.publishBatch(events(2_000))).toEqual({ stored: 2_000, duplicates: 0 });
    expect(await stored()).toEqual(events(2_000).map(({ payload }) => payload.toString()));
  });

  it('does nothing for an empty batch', async () => {
    expect(await publisher.publishBatch([])).toEqual({ stored: 0, duplicates: 0 });
  });

  it('counts a repeated id as done', async () => {
    await publisher.streams.ensure(spec);
    await publisher.publishBatch(events(5));
    expect(await publisher.publishBatch(events(8))).toEqual({ stored: 3, duplicates: 5 });
    expect(await publisher.streams.state(spec.name)).toMatchObject({ messages: 8 });
  });

  it('keeps batches of several partitions apart', async () => {
    await publisher.streams.ensure(spec);
    const outcomes = await Promise.all(
      [0, 1, 2, 3].map((partition) => publisher.publishBatch(events(200, 1 + partition * 150))),
    );
    const sum = (key: 'stored' | 'duplicates') =>
      outcomes.reduce((total, outcome) => total + outcome[key], 0);
    expect(sum('stored')).toBe(650);
    expect(sum('duplicates')).toBe(150);
  });

  it('fails at once when no stream takes the subject', async () => {
    const failure = await failureOf(publisher.publishBatch(events(10)));
    expect(failure).toBeInstanceOf(PublishFailedError);
    expect(failure).toMatchObject({
      events: 10,
      acknowledged: 0,
      reason: 'no stream takes the subject',
    });
  });

  it('fails, and can republish everything, after the stream was deleted', async () => {
    await publisher.streams.ensure(spec);
    await publisher.publishBatch(events(10));
    await publisher.streams.drop(spec.name);
    await expect(publisher.publishBatch(events(10, 11))).rejects.toThrow(PublishFailedError);
    expect(await publisher.streams.ensure(spec)).toMatchObject({ messages: 0 });
    expect(await publisher.publishBatch(events(20))).toEqual({ stored: 20, duplicates: 0 });
    expect(await stored()).toEqual(events(20).map(({ payload }) => payload.toString()));
  });

  it('fails when the server refuses some, after the others settled', async () => {
    await publisher.streams.ensure(spec);
    const manager = await bus.nats.jetstreamManager();
    await manager.streams.update(spec.name, { max_msg_size: 100 });
    const large = { ...events(1, 3)[0]!, payload: Buffer.alloc(500) };
    const failure = await failureOf(publisher.publishBatch([...events(2), large, ...events(2, 4)]));
    expect(failure).toMatchObject({ events: 5, acknowledged: 4 });
    expect(String(failure)).toMatch(/message size exceeds/);
    expect(await publisher.publishBatch(events(5))).toEqual({ stored: 1, duplicates: 4 });
  });

  it('fails when an event is larger than the server takes at all', async () => {
    await publisher.streams.ensure(spec);
    const large = { ...events(1, 2)[0]!, payload: Buffer.alloc(bus.maxPayloadBytes + 1) };
    const failure = await failureOf(publisher.publishBatch([...events(1), large]));
    expect(failure).toMatchObject({ events: 2, acknowledged: 1 });
    expect(String(failure)).toMatch(/alice:2 cannot be sent/);
  });

  it('fails when nobody acknowledges in time', async () => {
    const mute = bus.nats.subscribe(`${root}.>`, { callback: () => undefined });
    const started = Date.now();
    const failure = await failureOf(hasty().publishBatch(events(3)));
    mute.unsubscribe();
    expect(failure).toMatchObject({ acknowledged: 0, reason: 'no acknowledgement within 1000 ms' });
    expect(Date.now() - started).toBeLessThan(20_000);
  });

  it('does not take a late acknowledgement for that of another batch', async () => {
    let answer: (() => void) | undefined;
    const slow = bus.nats.subscribe(`${root}.>`, {
      callback: (_, message) => {
        answer = () => message.respond('{"stream":"X","seq":1}');
      },
    });
    const impatient = hasty();
    await expect(impatient.publishBatch(events(1))).rejects.toThrow(PublishFailedError);
    await eventually('the first one came', () => answer !== undefined);
    const second = failureOf(impatient.publishBatch(events(1, 2)));
    const late = answer;
    answer = undefined;
    late?.();
    await eventually('the second one came', () => answer !== undefined);
    expect(await second).toMatchObject({ acknowledged: 0 });
    slow.unsubscribe();
  });

  it('fails what is waiting when it is closed, and when the connection is lost', async () => {
    const own = await BusConnection.connect({ url: testNatsUrl(), name: 'short-lived' });
    const mute = bus.nats.subscribe(`${root}.>`, { callback: () => undefined });
    await bus.roundTrip(WITHIN_MS);
    const first = new EventPublisher(own);
    const closed = failureOf(first.publishBatch(events(1)));
    await own.roundTrip(WITHIN_MS);
    first.close();
    expect(await closed).toMatchObject({ reason: 'the publisher was closed' });
    const second = new EventPublisher(own);
    const lost = failureOf(second.publishBatch(events(1)));
    await own.nats.reconnect();
    expect(await lost).toMatchObject({ reason: 'the connection was lost' });
    await own.drain();
    const later = await failureOf(second.publishBatch(events(1)));
    expect(later).toMatchObject({ reason: 'there is no connection' });
    mute.unsubscribe();
  });

  it('leaves no subscription behind', async () => {
    await publisher.streams.ensure(spec);
    for (let round = 0; round < 20; round += 1) {
      const other = new EventPublisher(bus);
      await other.publishBatch(events(3, 1 + round * 3));
      other.close();
    }
    const { protocol } = bus.nats as unknown as {
      protocol: { subscriptions: { subs: Map<number, { subject: string }> } };
    };
    const left = [...protocol.subscriptions.subs.values()].map(({ subject }) => subject);
    expect(left.filter((subject) => subject.startsWith('_INBOX')).length).toBeLessThanOrEqual(1);
  });
});
