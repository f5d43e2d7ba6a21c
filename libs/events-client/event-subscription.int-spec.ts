import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventStream } from '#contracts';
import type { RecordedEvent } from '#eventsourcing';
import { BusConnection, DurableConsumer, EventPublisher } from '#messaging';
import { ledgerOpened } from '#testing';
import { testNatsUrl } from '../../test/support/test-nats';
import { EventSubscription } from './event-subscription';
import type { LogEvent } from './log-event';
import { MemoryPositions } from './memory-positions';
import { MemoryLog } from './test/memory-log';

let bus: BusConnection;
let publisher: EventPublisher;
let connector: string;
let log: MemoryLog;
let folded: LogEvent[];
let told: string[];
let store: MemoryPositions;
let refusals: number;
const running: EventSubscription<undefined>[] = [];

beforeAll(async () => {
  bus = await BusConnection.connect({ url: testNatsUrl(), name: 'spec' });
  publisher = new EventPublisher(bus);
});

afterAll(async () => {
  publisher.close();
  await bus.drain();
});

beforeEach(async () => {
  connector = `spec-${randomBytes(4).toString('hex')}`;
  log = new MemoryLog(connector);
  folded = [];
  told = [];
  refusals = 0;
  store = new MemoryPositions();
  await publisher.streams.ensure(eventStream(connector));
});

afterEach(async () => {
  for (const subscription of running.splice(0)) await subscription.stop();
  await publisher.streams.drop(eventStream(connector).name);
});

async function subscribe(
  limits: { checkEveryMs?: number; ackWaitMs?: number } = {},
): Promise<EventSubscription<undefined>> {
  const subscription = await EventSubscription.start({
    connector,
    name: 'balances',
    natsUrl: testNatsUrl(),
    feed: log,
    store,
    fold: (event) => {
      if (refusals > 0) {
        refusals -= 1;
        throw new Error('not now');
      }
      folded.push(event);
    },
    observer: {
      streamMissing: () => told.push('stream missing'),
      consumerCreated: () => told.push('consumer created'),
      gap: ({ after, before }) => told.push(`gap ${after} to ${before}`),
      skipped: (_partition, events) => told.push(`skipped ${events}`),
      filled: (_partition, events) => told.push(`filled ${events}`),
      unreadable: () => told.push('unreadable'),
      retrying: (error) => told.push(error instanceof Error ? error.message : 'retrying'),
    },
    limits: { waitMs: 200, checkEveryMs: 600_000, retryMinMs: 20, retryMaxMs: 100, ...limits },
  });
  running.push(subscription);
  return subscription;
}

/** So many more events, in two partitions. */
function happened(count: number): RecordedEvent[] {
  return Array.from({ length: count }, (_, index) => {
    const partition = index % 2;
    return log.append(partition, `ledger-${partition}`, ledgerOpened());
  }).flat();
}

async function published(events: readonly RecordedEvent[]): Promise<void> {
  await publisher.publishBatch(events.map((event) => log.message(event)));
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let wait = 0; !holds(); wait += 1) {
    if (wait > 2_000) throw new Error(`did not come: ${what}; told: ${told.join('; ')}`);
    await sleep(10);
  }
}

/** The whole log is folded, each event once and in the order of its partition. */
async function allFolded(): Promise<void> {
  await until('all events', () => folded.length >= log.events.length);
  for (const partition of [0, 1]) {
    const places = folded.filter((event) => event.partition === partition);
    expect(places.map(({ position }) => position)).toEqual(
      log.of(partition).map((one) => one.position),
    );
  }
}

describe('a subscription', () => {
  it('folds what was there before it, and then what comes, from the stream', async () => {
    happened(10);
    await subscribe();
    await allFolded();
    expect(told).toContain('consumer created');
    const { pages } = log;
    await published(happened(300));
    await allFolded();
    expect(log.pages).toBe(pages);
  });

  it('folds what happens to the connector itself between the rest, from feed and stream', async () => {
    const rotation = (peerId: string) =>
      log.appendOwn({ type: 'PeerTokenRotated', peerId, by: 'carol' });
    const own = () => folded.flatMap(({ body }) => ('peerId' in body ? [body.peerId] : []));
    happened(4);
    rotation('dave');
    happened(4);
    await subscribe();
    await allFolded();
    expect(own()).toEqual(['dave']);
    await published([...happened(2), ...rotation('erin'), ...happened(2)]);
    await allFolded();
    expect(own()).toEqual(['dave', 'erin']);
  });

  it('skips what is published again', async () => {
    await subscribe();
    await until('a consumer', () => told.includes('consumer created'));
    const events = happened(4);
    await published(events);
    await allFolded();
    await publisher.publishBatch(
      events.map((event) => ({
        ...log.message(event),
        id: `again-${event.ledgerId}-${event.version}`,
      })),
    );
    await until('repetitions', () => told.filter((line) => line.startsWith('skipped')).length >= 2);
    await allFolded();
  });

  it('fills a gap from the feed', async () => {
    await subscribe();
    await until('a consumer', () => told.includes('consumer created'));
    const [first, second, , , , , , eighth] = happened(8);
    await published([first!, second!, eighth!]);
    await until('the gap', () => told.includes('gap 1 to 4'));
    await until('its partition', () => folded.filter((one) => one.partition === 1).length === 4);
  });

  it('goes on where it was, also with what came while it was away', async () => {
    const first = await subscribe();
    await until('a consumer', () => told.includes('consumer created'));
    await published(happened(5));
    await allFolded();
    await first.stop();
    await published(happened(5));
    told.length = 0;
    await subscribe();
    await allFolded();
    expect(told).not.toContain('consumer created');
  });

  it('begins anew with the stream when somebody deleted the consumer', async () => {
    await subscribe();
    await until('a consumer', () => told.includes('consumer created'));
    const { name: stream } = eventStream(connector);
    await new DurableConsumer(bus, { stream, durable: 'balances' }).remove();
    await published(happened(6));
    await allFolded();
    expect(told.filter((line) => line === 'consumer created')).toHaveLength(2);
    const { pages } = log;
    await published(happened(6));
    await allFolded();
    expect(log.pages).toBe(pages);
  });

  it('follows the feed while there is no stream, and the stream when it is back', async () => {
    await subscribe();
    await until('a consumer', () => told.includes('consumer created'));
    await published(happened(6));
    await allFolded();
    await publisher.streams.drop(eventStream(connector).name);
    happened(20);
    await allFolded();
    expect(told).toContain('stream missing');
    await publisher.streams.ensure(eventStream(connector));
    await until(
      'another consumer',
      () => told.filter((line) => line === 'consumer created').length === 2,
    );
    await published(log.events);
    await published(happened(6));
    await allFolded();
  });

  it('finds by itself what the stream will never bring', async () => {
    await subscribe({ checkEveryMs: 100 });
    await until('a consumer', () => told.includes('consumer created'));
    happened(7);
    await allFolded();
  });

  it('tries again what the fold refused, and leaves nothing out', async () => {
    refusals = 3;
    happened(4);
    await subscribe({ ackWaitMs: 500 });
    await allFolded();
    refusals = 3;
    await published(happened(4));
    await allFolded();
    expect(told.filter((line) => line === 'not now')).toHaveLength(6);
  });

  it('folds the stream while the feed is away', async () => {
    await subscribe();
    await until('a consumer', () => told.includes('consumer created'));
    await running.splice(0)[0]?.stop();
    log.isDown = true;
    await subscribe();
    await published(happened(10));
    await allFolded();
    expect(told.some((line) => line.includes('it is down'))).toBe(true);
  });

  it('passes over what is no event, and hands on what it does not know', async () => {
    await subscribe();
    await until('a consumer', () => told.includes('consumer created'));
    const subject = `causeway.events.${connector}.ledger-0.Rumour`;
    await publisher.publishBatch([{ subject, id: 'x', payload: Buffer.from('rumour') }]);
    const [event] = happened(1);
    const message = log.message(event!);
    const text = message.payload
      .toString()
      .replace(/causeway\.LedgerOpened\.v\d/, 'causeway.LedgerMoved.v1');
    await publisher.publishBatch([{ ...message, payload: Buffer.from(text) }]);
    await allFolded();
    expect(told).toContain('unreadable');
    expect(folded[0]?.body).toMatchObject({ type: 'unknown', name: 'LedgerMoved' });
  });

  it('ends between two events, and leaves no connection behind', async () => {
    happened(50);
    const subscription = await subscribe();
    await subscription.stop();
    const { length } = folded;
    await sleep(50);
    expect(folded).toHaveLength(length);
    expect(new Map(await store.positions())).toEqual(new Map(subscription.positions));
  });
});
