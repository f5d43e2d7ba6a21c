import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventStream, readPeersListReply, subjectsOf } from '#contracts';
import { encodeRatesEvent } from '#domain/rates';
import { ConnectorLog } from '#event-store';
import { canonicalJson } from '#eventsourcing';
import { parseCloudEvent } from '#events-client';
import { BusConnection, ControlClient } from '#messaging';
import { PeerRegistry } from '#peers';
import { logDatabase, type LogDatabase } from '#testing';
import { freshDirectory } from '../../../test/support/fresh-directory';
import { testNatsUrl } from '../../../test/support/test-nats';
import { LedgerProcess } from '../test/ledger-process';

const usd = { currencyCode: 'USD', currencyScale: 9 };
const dave = {
  id: 'dave',
  socket: 'server',
  token: 'secret-of-dave',
  authority: 'admin',
  ledger: { ...usd, prefix: 'test.dave.', maxBalance: '1000' },
};
const address = `test.peers${randomBytes(3).toString('hex')}`;
const slug = address.replace('.', '-');
const subjects = subjectsOf(slug);
const stream = eventStream(slug).name;
const folder = freshDirectory();

let database: LogDatabase;
let bus: BusConnection;
let log: ConnectorLog;
let registry: PeerRegistry;
let started: LedgerProcess[];

beforeAll(async () => {
  database = await logDatabase();
  bus = await BusConnection.connect({ url: testNatsUrl(), name: 'run-time-peers' });
  log = new ConnectorLog(database.dataSource, { connector: address, partitions: 64 });
  registry = new PeerRegistry(log);
  started = [];
}, 60_000);
afterAll(async () => {
  for (const one of started) await one.end('SIGKILL');
  await (await bus.nats.jetstreamManager()).streams.delete(stream).catch(() => undefined);
  await bus.drain();
  await database.drop();
});

function start(peers: readonly object[] = []): LedgerProcess {
  const one = LedgerProcess.start(String(started.length + 1), {
    connector: { address },
    console: { token: 'a-token-for-the-console-of-this-test' },
    health: { basePort: 0 },
    audit: { keyFile: join(folder.path, 'audit-key.pem'), signHeadsEveryMs: 100 },
    databaseUrl: database.url,
    natsUrl: testNatsUrl(),
    peers,
  });
  started.push(one);
  return one;
}

const add = (document: unknown) =>
  registry.add({ document, by: 'carol', configured: [], ownHostname: undefined });

const listed = () =>
  new ControlClient(bus).ask(
    subjects.peersList,
    {},
    { deadlineMs: 20_000, parse: readPeersListReply },
  );

/** The types of the connector's events that the stream holds, in its order, once there are so many. */
async function published(count: number): Promise<string[]> {
  const manager = await bus.nats.jetstreamManager();
  const deadline = Date.now() + 30_000;
  for (;;) {
    const info = await manager.streams
      .info(stream, { subjects_filter: `causeway.events.${slug}._connector.*` })
      .catch(() => undefined);
    const subjectsSeen = Object.entries(info?.state.subjects ?? {});
    if (subjectsSeen.reduce((sum, [, times]) => sum + times, 0) >= count) break;
    if (Date.now() > deadline) throw new Error(`${JSON.stringify(subjectsSeen)} after 30 s`);
    await sleep(50);
  }
  const found: string[] = [];
  const { state } = await manager.streams.info(stream);
  for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
    const { subject, data } = await manager.streams.getMessage(stream, { seq });
    const { ledger, partition, type } = JSON.parse(Buffer.from(data).toString()) as {
      ledger: string;
      partition: number;
      type: string;
    };
    expect({ ledger, partition }).toEqual({ ledger: '_connector', partition: 64 });
    expect(subject).toBe(`causeway.events.${slug}._connector.${type.split('.')[1] ?? ''}`);
    found.push(type);
  }
  return found;
}

/** Waits for a signature of the connector under its own stream up to this version. */
async function signed(version: number): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const heads: { version: string }[] = await database.dataSource.query(
      `SELECT version FROM signed_heads WHERE ledger_id = '_connector'`,
    );
    if (heads.some((head) => Number(head.version) === version)) return;
    if (Date.now() > deadline) throw new Error(`${JSON.stringify(heads)} after 30 s`);
    await sleep(50);
  }
}

test('whoever asks hears which peers were added, and the stream has every event once', async () => {
  const first = start();
  await first.ready();
  expect(await listed()).toEqual({ version: 0, peers: [] });

  await add(dave);
  const { version, peers } = await listed();
  expect(version).toBe(1);
  expect(peers).toMatchObject([{ revision: 1, addedBy: 'carol', document: { id: 'dave' } }]);
  expect(JSON.stringify(peers)).not.toContain('secret-of-dave');
  expect(peers[0]?.document).toHaveProperty('tokenSha256');
  expect(await published(1)).toEqual(['causeway.PeerAdded.v1']);

  await signed(1);

  // Another process, and then nobody but it: what was published is not published again.
  const second = start();
  await second.ready();
  await first.end('SIGTERM');
  const removal = { peerId: 'dave', reason: 'gone', ledger: 'none', by: 'carol' } as const;
  await registry.remove({ ...removal, configured: [] });
  expect(await published(2)).toEqual(['causeway.PeerAdded.v1', 'causeway.PeerRemoved.v1']);
  expect(await listed()).toEqual({ version: 2, peers: [] });
}, 120_000);

test('changes of the exchange rates are on the stream as those of peers are', async () => {
  const sheet = { base: 'EUR', fetchedAtMs: 5, rates: { USD: '1.1' }, source: 'table' };
  const place = { by: 'configuration', sequence: 1 };
  const { type, schemaVersion, payload } = encodeRatesEvent({ type: 'RatesSet', sheet, ...place });
  const event = { type, schemaVersion, occurredAtMs: 1, payload: canonicalJson(payload) };
  await log.append(() => Promise.resolve({ events: [event], result: undefined }));
  const types = await published(3);
  expect(types.at(-1)).toBe('causeway.RatesSet.v1');
  const manager = await bus.nats.jetstreamManager();
  const subject = `causeway.events.${slug}._connector.RatesSet`;
  const { data } = await manager.streams.getMessage(stream, { last_by_subj: subject });
  const { id, body } = parseCloudEvent(Buffer.from(data));
  expect({ id, body }).toEqual({ id: '_connector:3', body: { type, sheet, ...place } });
  // Whoever lists peers passes them over.
  expect(await listed()).toEqual({ version: 2, peers: [] });
}, 120_000);

test('a configuration that takes what such a peer has is refused at start, naming both', async () => {
  await add({ ...dave, id: 'dora' });
  const erin = {
    ...dave,
    id: 'erin',
    token: 'x',
    ledger: { ...dave.ledger, prefix: 'test.dave.x.' },
  };
  await expect(start([erin]).ready()).rejects.toThrow(
    /the peer dora, added by carol on \S+: ledger\.prefix must not .*peers\.erin in the configuration/,
  );
  await expect(start([{ ...dave, id: 'dora', token: 'y' }]).ready()).rejects.toThrow(
    /the peer dora, .*: id must not be the same as that of peers\.dora in the configuration/,
  );
}, 120_000);
