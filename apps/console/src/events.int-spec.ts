import { createHash } from 'node:crypto';
import { request, type IncomingMessage } from 'node:http';
import { parse } from 'yaml';
import { cloudEvent, namedSchemas, partitionOf } from '#contracts';
import { encodeEvent, type LedgerEvent } from '#domain/ledger';
import { acquirePartitions, EventReader, type PartitionWriter } from '#event-store';
import { canonicalJson } from '#eventsourcing';
import {
  anIncoming,
  aTransferId,
  ledgerOpened,
  logDatabase,
  transferPrepared,
  type LogDatabase,
} from '#testing';
import { startService, type StartedService } from '../../../test/support/started-service';
import { testNatsUrl } from '../../../test/support/test-nats';
import { consoleService } from './console-service';
import { consoleUrl } from './console-url';
import { EventsStreams } from './events-streams';

const token = 'token-of-the-operator';
const FEED_STREAMS = 3;
const ALICE = partitionOf('alice');
const BOB = partitionOf('bob');

interface Page {
  readonly events: { ledger: string; version: number; position: number; type: string }[];
  readonly asOf: Record<string, number>;
  readonly more: boolean;
}

interface Message {
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
}

/** What a browser would make of the stream, with the means to wait for it. */
class Reading {
  readonly messages: Message[] = [];
  private text = '';
  ended = false;

  constructor(readonly response: IncomingMessage) {
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      this.text += chunk;
      const blocks = this.text.split('\n\n');
      this.text = blocks.pop() ?? '';
      for (const block of blocks) this.read(block);
    });
    response.on('close', () => (this.ended = true));
  }

  get events(): { place: string; ledger: string; version: number }[] {
    return this.messages
      .filter(({ event }) => event === 'message')
      .map(({ id, data }) => ({ place: id, ...(data as { ledger: string; version: number }) }));
  }

  get asOf(): unknown {
    return this.messages.filter(({ event }) => event === 'asOf').at(-1)?.data;
  }

  close(): void {
    this.response.destroy();
  }

  private read(block: string): void {
    const fields = new Map(
      block
        .split('\n')
        .filter((line) => !line.startsWith(':'))
        .map((line): [string, string] => [
          line.slice(0, line.indexOf(':')),
          line.slice(line.indexOf(':') + 2),
        ]),
    );
    const data = fields.get('data');
    if (data === undefined) return;
    const event = fields.get('event') ?? 'message';
    this.messages.push({ id: fields.get('id') ?? '', event, data: JSON.parse(data) as unknown });
  }
}

describe('the feed of events', () => {
  let database: LogDatabase;
  let service: StartedService;
  let writer: PartitionWriter;
  let base: string;
  const readings: Reading[] = [];

  const append = async (ledgerId: string, ...events: LedgerEvent[]): Promise<void> => {
    for (const event of events) {
      const { payload, packet, ...rest } = encodeEvent(event);
      const packetDigest = packet && createHash('sha256').update(packet).digest();
      const stored = { ...rest, packet, packetDigest, payload: canonicalJson(payload) };
      writer.stage({
        ...stored,
        ledgerId,
        partition: partitionOf(ledgerId),
        occurredAtMs: 1_000_000,
      });
    }
    await writer.commit();
  };

  const prepared = (transfer: number): LedgerEvent =>
    transferPrepared(anIncoming({ transferId: aTransferId(transfer) }));

  const get = (path: string): Promise<Response> =>
    fetch(`${base}${path}`, { headers: { authorization: `Bearer ${token}` } });

  const page = async (query: string): Promise<Page> =>
    (await get(`/api/events?${query}`)).json() as Promise<Page>;

  const versions = ({ events }: Page): string[] =>
    events.map(({ ledger, version }) => `${ledger}:${version}`);

  const open = (query: string, headers: Record<string, string> = {}): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const accept = 'text/event-stream';
      const all = { authorization: `Bearer ${token}`, accept, ...headers };
      request(`${base}/api/events?${query}`, { headers: all, agent: false }, resolve)
        .on('error', reject)
        .end();
    });

  const read = async (query: string, headers: Record<string, string> = {}): Promise<Reading> => {
    const reading = new Reading(await open(query, headers));
    readings.push(reading);
    return reading;
  };

  beforeAll(async () => {
    database = await logDatabase();
    const partitions = [ALICE, BOB];
    const acquired = await acquirePartitions(database.dataSource, {
      partitions,
      connector: 'spec',
    });
    if (acquired === undefined) throw new Error('no partitions');
    writer = acquired;
    await append('alice', ledgerOpened(), prepared(1), prepared(2));
    await append('bob', ledgerOpened({ prefix: 'test.bob.' }), prepared(3));
    service = await startService(consoleService, {
      connector: { address: 'test.causeway' },
      console: { listen: '127.0.0.1:0', token },
      databaseUrl: database.url,
      natsUrl: testNatsUrl(),
      limits: { feedStreams: FEED_STREAMS, feedStallMs: 5_000 },
    });
    base = consoleUrl(service.app);
  });

  afterEach(async () => {
    for (const reading of readings.splice(0)) {
      reading.close();
      await until(() => reading.ended);
    }
  });

  afterAll(async () => {
    await writer.release();
    await service.stop();
    await database.drop();
  });

  it('is for the operator alone', async () => {
    for (const path of [
      '/api/events',
      '/api/events/heads',
      '/events/schemas',
      '/events/asyncapi.yaml',
    ]) {
      expect((await fetch(`${base}${path}`)).status).toBe(401);
    }
  });

  describe('in pages', () => {
    it('gives the CloudEvents that the stream gives', async () => {
      const reader = new EventReader(database.dataSource);
      const { events } = await page('ledger=alice');
      let index = 0;
      for await (const event of reader.readLedger({ ledgerId: 'alice' })) {
        expect(events[index]).toEqual(JSON.parse(cloudEvent('test-causeway', event)));
        index += 1;
      }
      expect(events).toHaveLength(index);
    });

    it('gives those of one ledger after a version, complete as of a position', async () => {
      const all = await page('ledger=alice&after=1');
      expect(versions(all)).toEqual(['alice:2', 'alice:3']);
      expect(all).toMatchObject({ asOf: { [ALICE]: 3 }, more: false });
      const part = await page('ledger=alice&limit=2');
      expect(versions(part)).toEqual(['alice:1', 'alice:2']);
      expect(part).toMatchObject({ asOf: { [ALICE]: 2 }, more: true });
      expect(await page('ledger=alice&after=3')).toEqual({
        events: [],
        asOf: { [ALICE]: 3 },
        more: false,
      });
    });

    it('gives those of one partition after a position', async () => {
      const all = await page(`partition=${BOB}&after=1`);
      expect(versions(all)).toEqual(['bob:2']);
      expect(all).toMatchObject({ asOf: { [BOB]: 2 }, more: false });
      expect(await page(`partition=${BOB}&after=2`)).toMatchObject({ events: [], more: false });
      expect(versions(await page(`partition=${ALICE}&after=${ALICE}:2`))).toEqual(['alice:3']);
    });

    it('gives all, in pages that end where the next one begins', async () => {
      const told: string[] = [];
      let after = '';
      for (let more = true; more;) {
        const part = await page(`limit=2&after=${after}`);
        expect(part.events.length).toBeLessThanOrEqual(2);
        told.push(...versions(part));
        after = Object.entries(part.asOf)
          .map(([partition, position]) => `${partition}:${position}`)
          .join(',');
        more = part.more;
      }
      expect(told.sort()).toEqual(['alice:1', 'alice:2', 'alice:3', 'bob:1', 'bob:2']);
      const whole = await page('');
      expect(whole.asOf).toEqual(await heads());
      expect(whole.more).toBe(false);
    });

    it('tells the heads of all partitions', async () => {
      const asOf = await heads();
      expect(Object.keys(asOf)).toHaveLength(65);
      expect(asOf).toMatchObject({ [ALICE]: 3, [BOB]: 2 });
    });

    const heads = async (): Promise<Record<string, number>> =>
      ((await (await get('/api/events/heads')).json()) as Page).asOf;

    it('does not claim more than the log has', async () => {
      expect(await page(`partition=${BOB}&after=99`)).toMatchObject({
        events: [],
        asOf: { [BOB]: 2 },
        more: false,
      });
    });

    it.each([
      ['ledger=alice&partition=1', 'either partition'],
      ['ledger=alice&after=-1', 'after must be'],
      ['ledger=alice&after=1:1', 'after must be'],
      ['partition=65', 'partition must be an integer from 0 to 64'],
      ['partition=99999', 'partition must be'],
      ['after=17', 'after must be partition:position'],
      ['after=65:1', 'after names partition 65 of 65'],
      ['ledger=alice&limit=1001', 'limit must be'],
      ['ledger=alice&ledger=bob&after=x', 'after must be'],
    ])('refuses ?%s', async (query, rule) => {
      const response = await get(`/api/events?${query}`);
      expect(response.status).toBe(400);
      expect(((await response.json()) as { message: string }).message).toContain(rule);
    });
  });

  describe('as a stream', () => {
    it('gives what there is and what comes, and says when that is all', async () => {
      const reading = await read('ledger=bob');
      expect(reading.response.headers['content-type']).toContain('text/event-stream');
      await until(() => reading.asOf !== undefined);
      expect(reading.events.map(({ version }) => version)).toEqual([1, 2]);
      expect(reading.asOf).toEqual({ [BOB]: 2 });
      await append('bob', prepared(4));
      await until(() => reading.events.length === 3);
      await until(() => (reading.asOf as Record<number, number>)[BOB] === 3);
    });

    it('goes on by the id of the last event, in a ledger and in a partition', async () => {
      const ledger = await read('ledger=alice&after=0', { 'last-event-id': '2' });
      await until(() => ledger.events.length === 1);
      expect(ledger.events).toMatchObject([{ place: '3', version: 3 }]);
      const partition = await read(`partition=${ALICE}`, { 'last-event-id': `${ALICE}:2` });
      await until(() => partition.events.length === 1);
      expect(partition.events).toMatchObject([{ place: `${ALICE}:3`, version: 3 }]);
    });

    it('goes on by the id of any event where all partitions are read', async () => {
      const whole = await read('');
      await until(() => whole.asOf !== undefined);
      const all = whole.events.map(({ ledger, version }) => `${ledger}:${version}`);
      expect(new Set(all)).toEqual(new Set(versions(await page(''))));
      whole.close();
      for (const [index, { place }] of whole.events.entries()) {
        const rest = await read('', { 'last-event-id': place });
        await until(() => rest.asOf !== undefined);
        expect(rest.events.map(({ ledger, version }) => `${ledger}:${version}`)).toEqual(
          all.slice(index + 1),
        );
        rest.close();
        await until(() => rest.ended);
      }
    });

    it('gives more than one page in order, without gaps', async () => {
      await append('alice', ...Array.from({ length: 450 }, (_, index) => prepared(100 + index)));
      const reading = await read(`partition=${ALICE}`);
      await until(() => reading.asOf !== undefined);
      expect(reading.events.map(({ version }) => version)).toEqual(
        Array.from({ length: 453 }, (_, index) => index + 1),
      );
    });

    it('serves so many at once and no more, and others again when they have gone', async () => {
      const taken = await Promise.all(
        Array.from({ length: FEED_STREAMS }, () => read('ledger=bob')),
      );
      const refused = await open('ledger=bob');
      expect(refused.statusCode).toBe(503);
      expect(refused.headers['retry-after']).toBe('5');
      refused.resume();
      taken[0]?.close();
      let status: number | undefined = 503;
      await until(async () => {
        const again = await open('ledger=bob');
        status = again.statusCode;
        again.destroy();
        return status === 200;
      });
    });

    it('cuts off a reader who takes nothing, and gives his place to another', async () => {
      const packet = Buffer.alloc(30_000, 7);
      const large = Array.from({ length: 600 }, (_, index) => ({
        ...transferPrepared(anIncoming({ transferId: aTransferId(1_000 + index) })),
        packet,
      }));
      await append('bob', ...large);
      const streams = service.app.get(EventsStreams);
      await until(() => streams.count === 0);
      const slow = await open('ledger=bob');
      slow.pause();
      expect(streams.count).toBe(1);
      await until(() => streams.count === 0);
      slow.destroy();
    });

    it('refuses what is wrong before it begins to stream', async () => {
      const response = await open('partition=x');
      expect(response.statusCode).toBe(400);
      response.resume();
    });
  });

  describe('its catalogue', () => {
    it('lists every version of every type, and has the schema of each', async () => {
      const list = (await (await get('/events/schemas')).json()) as {
        envelope: string;
        schemas: { type: string; version: number; schema: string }[];
      };
      expect(list.schemas.map(({ type, version }) => `${type}.v${version}`)).toEqual(
        namedSchemas().map(({ name }) => name),
      );
      for (const { type, version, schema } of list.schemas) {
        const document = (await (await get(schema)).json()) as { $id: string };
        expect(document.$id).toBe(`urn:causeway:events:${type}.v${version}`);
      }
      const envelope = (await (await get(list.envelope)).json()) as { $id: string };
      expect(envelope.$id).toBe('urn:causeway:events:CloudEvent.v1');
    });

    it('has the AsyncAPI document', async () => {
      const response = await get('/events/asyncapi.yaml');
      expect(response.headers.get('content-type')).toContain('yaml');
      expect(parse(await response.text())).toMatchObject({ asyncapi: '3.0.0' });
    });

    it.each(['LedgerOpened/99', 'LedgerOpened/0', 'LedgerOpened/x', 'Nothing/1', 'CloudEvent/2'])(
      'has no %s',
      async (what) => {
        expect((await get(`/events/schemas/${what}`)).status).toBe(404);
      },
    );
  });

  it('ends its streams when the console leaves', async () => {
    const reading = await read('ledger=alice');
    await until(() => reading.asOf !== undefined);
    await service.stop();
    await until(() => reading.ended);
  });
});

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let wait = 0; !(await holds()); wait += 1) {
    if (wait > 3_000) throw new Error('it did not come');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
