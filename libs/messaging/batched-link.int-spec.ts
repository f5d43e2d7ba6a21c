import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { testNatsUrl } from '../../test/support/test-nats';
import { BatchedLink, EntryTooLargeError, type LinkFault } from './batched-link';
import { weightOf } from './link-batch';
import { BusConnection } from './nats-connection';

/** For everything that no test is about: a process may be away for some seconds. */
const WITHIN_MS = 20_000;

let sender: BusConnection;
let receiver: BusConnection;
let faults: LinkFault[];
let sending: BatchedLink;
let listening: BatchedLink;
let subject: string;

beforeAll(async () => {
  sender = await BusConnection.connect({ url: testNatsUrl(), name: 'sender' });
  receiver = await BusConnection.connect({ url: testNatsUrl(), name: 'receiver' });
});

afterAll(async () => {
  await sender.drain();
  await receiver.drain();
});

beforeEach(() => {
  faults = [];
  sending = new BatchedLink(sender, { onFault: (fault) => faults.push(fault) });
  listening = new BatchedLink(receiver, { onFault: (fault) => faults.push(fault) });
  subject = `test.${randomUUID()}`;
});

afterEach(async () => {
  await sending.close();
  await listening.close();
});

const numbered = (count: number): Buffer[] =>
  Array.from({ length: count }, (_, index) => Buffer.from(`entry ${index}`));

function texts(link: BatchedLink, to = subject, queue?: string): string[] {
  const heard: string[] = [];
  link.listen(to, queue === undefined ? {} : { queue }, (entry) => heard.push(entry.toString()));
  return heard;
}

/** All that was sent before has arrived, if it ever will. */
async function arrived(): Promise<void> {
  await nextTurn();
  await sender.roundTrip(WITHIN_MS);
  await receiver.roundTrip(WITHIN_MS);
}

describe('BatchedLink', () => {
  it('carries what one turn sends to a subject in one message, in order', async () => {
    const heard = texts(listening);
    await receiver.roundTrip(WITHIN_MS);
    const entries = numbered(500);
    for (const entry of entries) sending.send(subject, entry);
    await arrived();
    expect(heard).toEqual(entries.map(String));
    expect(sending.counters).toMatchObject({ sentBatches: 1, sentEntries: 500 });
    expect(listening.counters).toMatchObject({ receivedBatches: 1, receivedEntries: 500 });
    expect(listening.counters.receivedBytes).toBe(sending.counters.sentBytes);
  });

  it('keeps subjects apart, and turns', async () => {
    const here = texts(listening, `${subject}.here`);
    const there = texts(listening, `${subject}.there`);
    await receiver.roundTrip(WITHIN_MS);
    for (const entry of numbered(3)) {
      sending.send(`${subject}.here`, entry);
      sending.send(`${subject}.there`, entry);
    }
    await nextTurn();
    sending.send(`${subject}.here`, Buffer.from('later'));
    await arrived();
    expect(here).toEqual(['entry 0', 'entry 1', 'entry 2', 'later']);
    expect(there).toEqual(['entry 0', 'entry 1', 'entry 2']);
    expect(sending.counters.sentBatches).toBe(3);
  });

  it('splits at the size limit without losing the order', async () => {
    sending = new BatchedLink(sender, { maxBatchBytes: 1_000 });
    const heard = texts(listening);
    const sizes: number[] = [];
    const raw = receiver.nats.subscribe(subject, {
      callback: (_, { data }) => sizes.push(data.length),
    });
    await receiver.roundTrip(WITHIN_MS);
    const entries = numbered(1_000);
    for (const entry of entries) sending.send(subject, entry);
    await arrived();
    expect(heard).toEqual(entries.map(String));
    expect(sizes).toHaveLength(sending.counters.sentBatches);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1_000);
    expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThan(1_000 - weightOf(entries[999]!));
    raw.unsubscribe();
  });

  it('keeps the order over many turns and sizes', async () => {
    const heard: number[] = [];
    listening.listen(subject, {}, (entry) => heard.push(entry.readUInt32BE(0)));
    await receiver.roundTrip(WITHIN_MS);
    for (let index = 0; index < 5_000; index += 1) {
      const entry = Buffer.alloc(4 + ((index * 7_919) % 2_000));
      entry.writeUInt32BE(index);
      sending.send(subject, entry);
      if (index % 37 === 0) await nextTurn();
    }
    await arrived();
    expect(heard).toEqual(Array.from({ length: 5_000 }, (_, index) => index));
  });

  it('refuses an entry that no batch can hold, and takes the largest one that fits', async () => {
    sending = new BatchedLink(sender, { maxBatchBytes: 1_000 });
    const heard: Buffer[] = [];
    listening.listen(subject, {}, (entry) => heard.push(entry));
    await receiver.roundTrip(WITHIN_MS);
    expect(() => {
      sending.send(subject, Buffer.alloc(996));
    }).toThrow(new EntryTooLargeError(996, 995));
    sending.send(subject, Buffer.alloc(995, 7));
    await arrived();
    expect(heard).toEqual([Buffer.alloc(995, 7)]);
  });

  it('never makes a batch larger than the server takes', async () => {
    sending = new BatchedLink(sender, { maxBatchBytes: 2 ** 30 });
    const heard = texts(listening);
    await receiver.roundTrip(WITHIN_MS);
    for (let index = 0; index < 50; index += 1) sending.send(subject, Buffer.alloc(100_000));
    await arrived();
    expect(heard).toHaveLength(50);
    expect(faults).toEqual([]);
  });

  it('hands each batch to one listener of a queue', async () => {
    const second = new BatchedLink(receiver);
    const first = texts(listening, subject, 'q');
    const other = texts(second, subject, 'q');
    await receiver.roundTrip(WITHIN_MS);
    for (const entry of numbered(200)) {
      sending.send(subject, entry);
      await nextTurn();
    }
    await arrived();
    expect([...first, ...other].sort()).toEqual(numbered(200).map(String).sort());
    expect(first.length).toBeGreaterThan(0);
    expect(other.length).toBeGreaterThan(0);
    await second.close();
  });

  it('survives a handler that throws, and tells of it', async () => {
    const heard: string[] = [];
    listening.listen(subject, {}, (entry) => {
      heard.push(entry.toString());
      if (heard.length === 2) throw new Error('entry 1 is bad');
    });
    await receiver.roundTrip(WITHIN_MS);
    for (const entry of numbered(3)) sending.send(subject, entry);
    await arrived();
    sending.send(subject, Buffer.from('after'));
    await arrived();
    expect(heard).toEqual(['entry 0', 'entry 1', 'entry 2', 'after']);
    expect(faults).toMatchObject([
      { kind: 'handler', subject, error: { message: 'entry 1 is bad' } },
    ]);
    expect(listening.counters.handlerFaults).toBe(1);
  });

  it('survives a reporter that throws', async () => {
    const link = new BatchedLink(receiver, {
      onFault: () => {
        throw new Error('reporter');
      },
    });
    const heard: string[] = [];
    link.listen(subject, {}, (entry) => {
      heard.push(entry.toString());
      throw new Error('handler');
    });
    await receiver.roundTrip(WITHIN_MS);
    for (const entry of numbered(2)) sending.send(subject, entry);
    await arrived();
    expect(heard).toHaveLength(2);
    await link.close();
  });

  it('drops and counts what is no batch', async () => {
    const heard = texts(listening);
    await receiver.roundTrip(WITHIN_MS);
    sender.nats.publish(subject, 'not a batch');
    sender.nats.publish(subject, new Uint8Array(0));
    sending.send(subject, Buffer.from('fine'));
    await arrived();
    expect(heard).toEqual(['fine']);
    expect(listening.counters.malformedBatches).toBe(2);
    expect(faults.map(({ kind }) => kind)).toEqual(['malformed', 'malformed']);
  });

  it('hears nothing more once it stopped listening, and leaves no subscription behind', async () => {
    const heard: string[] = [];
    const listener = listening.listen(subject, {}, (entry) => heard.push(entry.toString()));
    await receiver.roundTrip(WITHIN_MS);
    sending.send(subject, Buffer.from('before'));
    await arrived();
    await listener.stop();
    await listener.stop();
    sending.send(subject, Buffer.from('after'));
    await arrived();
    expect(heard).toEqual(['before']);
    for (let index = 0; index < 100; index += 1) {
      await listening.listen(`${subject}.${index}`, {}, () => undefined).stop();
    }
    await listening.close();
    expect(subscriptionsOf(receiver)).toBe(0);
  });

  it('drops and counts what is sent after the connection is gone', async () => {
    const own = await BusConnection.connect({ url: testNatsUrl(), name: 'short-lived' });
    const link = new BatchedLink(own);
    link.listen(subject, {}, () => undefined);
    await own.drain();
    link.send(subject, Buffer.from('lost'));
    await delay(5);
    expect(link.counters).toMatchObject({ droppedEntries: 1, sentEntries: 0 });
    await link.close();
  });
});

/** The client keeps them in a map that its types do not show. */
function subscriptionsOf(bus: BusConnection): number {
  const { protocol } = bus.nats as unknown as {
    protocol: { subscriptions: { subs: Map<number, unknown> } };
  };
  return protocol.subscriptions.subs.size;
}
