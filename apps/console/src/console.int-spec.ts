import { createHash } from 'node:crypto';
import type { INestApplicationContext } from '@nestjs/common';
import { partitionOf } from '#contracts';
import { encodeEvent, type LedgerEvent } from '#domain/ledger';
import { acquirePartitions } from '#event-store';
import { canonicalJson } from '#eventsourcing';
import {
  anIncoming,
  ledgerOpened,
  logDatabase,
  transferPrepared,
  type LogDatabase,
} from '#testing';
import { startService, type StartedService } from '../../../test/support/started-service';
import { consoleService } from './console-service';
import { consoleUrl } from './console-url';

const token = 'token-of-the-operator';

async function write(database: LogDatabase, events: readonly LedgerEvent[]): Promise<void> {
  const partition = partitionOf('alice');
  const writer = await acquirePartitions(database.dataSource, {
    partitions: [partition],
    connector: 'spec',
  });
  if (writer === undefined) throw new Error('no partition');
  for (const event of events) {
    const { payload, packet, ...rest } = encodeEvent(event);
    const packetDigest = packet && createHash('sha256').update(packet).digest();
    const stored = { ...rest, packet, packetDigest, payload: canonicalJson(payload) };
    writer.stage({ ...stored, ledgerId: 'alice', partition, occurredAtMs: 1_000_000 });
  }
  await writer.commit();
  await writer.release();
}

describe('the console', () => {
  let database: LogDatabase;
  let service: StartedService;
  let base: string;

  const get = (path: string, authorization: string | null = `Bearer ${token}`): Promise<Response> =>
    fetch(`${base}${path}`, { headers: authorization === null ? {} : { authorization } });

  const json = async (path: string): Promise<unknown> => (await get(path)).json();

  beforeAll(async () => {
    database = await logDatabase();
    await write(database, [ledgerOpened(), transferPrepared(anIncoming())]);
    await database.dataSource.query(
      `INSERT INTO ledgers VALUES ('alice', $1, 'test.alice.', 'USD', 9, 'server', 'client', 'admin',
         1000, NULL, now(), NULL, NULL, 1, 1)`,
      [partitionOf('alice')],
    );
    await database.dataSource.query(
      `INSERT INTO balances (ledger_id, incoming_prepared, updated_at, last_version, last_position)
       VALUES ('alice', 100, now(), 2, 2)`,
    );
    service = await startService(consoleService, {
      connector: { address: 'test.causeway' },
      console: { listen: '127.0.0.1:0', token },
      databaseUrl: database.url,
    });
    const app: INestApplicationContext = service.app;
    base = consoleUrl(app);
  });

  afterAll(async () => {
    await service.stop();
    await database.drop();
  });

  it.each([null, '', 'Bearer wrong', token, `bearer ${token}`])(
    'turns away whoever presents %s',
    async (presented) => {
      const response = await get('/api/ledgers', presented);
      expect(response.status).toBe(401);
    },
  );

  it('lists ledgers with the place in the log that they show', async () => {
    expect(await json('/api/ledgers')).toEqual({
      ledgers: [
        expect.objectContaining({
          ledger: 'alice',
          prefix: 'test.alice.',
          maxBalance: '1000',
          minBalance: null,
          balance: '0',
          incomingPrepared: '100',
          asOf: { partition: partitionOf('alice'), position: '2' },
        }),
      ],
    });
  });

  it('pages through the log of a ledger and of a partition', async () => {
    const all = (await json('/api/events?ledger=alice')) as {
      events: { version: number; type: string }[];
    };
    expect(all.events.map(({ version, type }) => [version, type])).toEqual([
      [1, 'LedgerOpened'],
      [2, 'TransferPrepared'],
    ]);
    const rest = (await json(`/api/events?partition=${partitionOf('alice')}&after=1`)) as {
      events: unknown[];
    };
    expect(rest.events).toEqual([all.events[1]]);
    expect(await json('/api/events?ledger=alice&after=2')).toEqual({ events: [] });
  });

  it.each([
    ['/api/events', 400, 'either partition'],
    ['/api/events?ledger=alice&partition=1', 400, 'either partition'],
    ['/api/events?ledger=alice&after=-1', 400, 'after must be'],
    ['/api/events?partition=99999', 400, 'partition must be'],
    ['/api/ledgers/alice/transfers?limit=0', 400, 'limit must be'],
    ['/api/ledgers/nobody/transfers', 404, 'there is no ledger nobody'],
    ['/api/nothing', 404, 'Cannot GET'],
  ])('answers %s with %i and the rule', async (path, status, rule) => {
    const response = await get(path);
    expect(response.status).toBe(status);
    expect(((await response.json()) as { message: string }).message).toContain(rule);
  });
});
