import { request } from 'node:http';
import { cloudEvent, partitionOf } from '#contracts';
import { encodeEvent } from '#domain/ledger';
import { acquirePartitions, ConnectorLog } from '#event-store';
import { canonicalJson } from '#eventsourcing';
import { PeerRegistry } from '#peers';
import { ledgerOpened, logDatabase, type LogDatabase } from '#testing';
import { startService, type StartedService } from '../../../test/support/started-service';
import { testNatsUrl } from '../../../test/support/test-nats';
import { consoleService } from './console-service';
import { consoleUrl } from './console-url';

const token = 'token-of-the-operator';
const ALICE = partitionOf('alice');
const OWN = 64;
const connector = { address: 'test.causeway' };

interface Page {
  readonly events: { readonly id: string; readonly type: string }[];
  readonly asOf: Record<string, number>;
  readonly more: boolean;
}

let database: LogDatabase;
let service: StartedService;
let base: string;
let log: ConnectorLog;
let registry: PeerRegistry;

beforeAll(async () => {
  database = await logDatabase();
  log = new ConnectorLog(database.dataSource, { connector: connector.address, partitions: 64 });
  registry = new PeerRegistry(log);
  await open('alice');
  await add('dave');
  service = await startService(consoleService, {
    connector,
    console: { listen: '127.0.0.1:0', token },
    databaseUrl: database.url,
    natsUrl: testNatsUrl(),
  });
  base = consoleUrl(service.app);
});
afterAll(async () => {
  await service.stop();
  await database.drop();
});

async function open(ledgerId: string): Promise<void> {
  const partition = partitionOf(ledgerId);
  const writer = await acquirePartitions(database.dataSource, {
    partitions: [partition],
    connector: connector.address,
  });
  const { payload, ...rest } = encodeEvent(ledgerOpened());
  const place = { ledgerId, partition, occurredAtMs: 1_000_000 };
  writer?.stage({ ...rest, ...place, payload: canonicalJson(payload), packetDigest: null });
  await writer?.commit();
  await writer?.release();
}

const add = (id: string) =>
  registry.add({
    document: {
      id,
      socket: 'server',
      token: `secret-of-${id}`,
      authority: 'shadow',
      ledger: { currencyCode: 'USD', currencyScale: 9 },
    },
    by: 'carol',
    configured: [],
    ownHostname: undefined,
  });

async function get<T>(path: string): Promise<T> {
  const headers = { authorization: `Bearer ${token}` };
  return (await (await fetch(`${base}${path}`, { headers })).json()) as T;
}

const ids = ({ events }: Page): string[] => events.map(({ id }) => id);

test.each(['ledger=_connector', `partition=${OWN}`])(
  'the feed gives the connector’s own events as the stream does: ?%s',
  async (query) => {
    const page = await get<Page>(`/api/events?${query}`);
    const [stored] = await log.read();
    if (stored === undefined) throw new Error('nothing was appended');
    expect(page.events[0]).toEqual(JSON.parse(cloudEvent('test-causeway', stored)));
    expect(page).toMatchObject({ asOf: { [OWN]: page.events.length }, more: false });
    expect(JSON.stringify(page)).not.toContain('secret-of');
    expect(await get(`/api/events?${query}&after=1`)).toMatchObject({ more: false });
  },
);

test('the heads and the pages of all partitions count it', async () => {
  const { asOf } = await get<Page>('/api/events/heads');
  expect(asOf).toMatchObject({ [ALICE]: 1, [OWN]: 1 });
  const all = await get<Page>('/api/events');
  expect(ids(all).sort()).toEqual(['_connector:1', 'alice:1']);
  expect(all.asOf).toEqual(asOf);
  expect(ids(await get<Page>(`/api/events?after=${OWN}:1`))).toEqual(['alice:1']);
});

test('the catalogue has its types and their envelope', async () => {
  const { connectorEnvelope, schemas } = await get<{
    connectorEnvelope: string;
    schemas: { type: string; schema: string }[];
  }>('/events/schemas');
  expect(await get(connectorEnvelope)).toMatchObject({ title: 'ConnectorCloudEvent.v1' });
  const added = schemas.find(({ type }) => type === 'PeerAdded');
  expect(await get(added?.schema ?? '')).toMatchObject({ title: 'PeerAdded.v1' });
});

test.each([`partition=${OWN}&after=1`, 'ledger=_connector&after=1', `after=${OWN}:1,${ALICE}:1`])(
  'a stream brings what comes: ?%s',
  async (query) => {
    const response = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' };
      request(`${base}/api/events?${query}`, { headers, agent: false }, resolve)
        .on('error', reject)
        .end();
    });
    const id = `peer-${query.length}`;
    await add(id);
    let text = '';
    for await (const chunk of response) {
      text += String(chunk);
      if (text.includes(`"id":"${id}"`)) break;
    }
    expect(text).toContain('"ledger":"_connector"');
  },
);
