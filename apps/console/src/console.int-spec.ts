import { createHash } from 'node:crypto';
import type { INestApplicationContext } from '@nestjs/common';
import { partitionOf } from '#contracts';
import { encodeEvent, type LedgerEvent } from '#domain/ledger';
import { acquirePartitions, ProjectionRunner } from '#event-store';
import { canonicalJson } from '#eventsourcing';
import {
  anIncoming,
  ledgerOpened,
  logDatabase,
  transferPrepared,
  type LogDatabase,
} from '#testing';
import { PROJECTIONS } from '#read-models';
import { startService, type StartedService } from '../../../test/support/started-service';
import { testNatsUrl } from '../../../test/support/test-nats';
import { consoleService } from './console-service';
import { consoleUrl } from './console-url';

const token = 'token-of-the-operator';

const by = 'carol';
const HISTORY: readonly LedgerEvent[] = [
  ledgerOpened({ limits: { maxBalance: 1000n, minBalance: null } }),
  transferPrepared(anIncoming()),
  { type: 'SettlementRecorded', reference: 'R1', direction: 'paid', amount: 40n, by },
  {
    type: 'SettlementReversed',
    reference: 'R2',
    reverses: 'R1',
    direction: 'paid',
    amount: 40n,
    reason: 'bounced',
    by,
  },
  { type: 'SettlementRecorded', reference: 'R3', direction: 'paid', amount: 50n, by },
  { type: 'ThresholdsChanged', thresholds: { low: null, high: 90n, settleTo: 0n }, by },
  { type: 'LedgerPaused', by, reason: 'maintenance' },
];

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
    await write(database, HISTORY);
    for (const projection of PROJECTIONS) {
      const { dataSource } = database;
      await new ProjectionRunner(dataSource, { projection, partitions: 64 }).catchUp();
    }
    service = await startService(consoleService, {
      connector: { address: 'test.causeway' },
      console: { listen: '127.0.0.1:0', token },
      databaseUrl: database.url,
      natsUrl: testNatsUrl(),
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
          balance: '50',
          incomingPrepared: '100',
          asOf: { partition: partitionOf('alice'), position: String(HISTORY.length) },
        }),
      ],
    });
  });

  it('shows everything about one ledger', async () => {
    expect(await json('/api/ledgers/alice')).toEqual({
      ledger: expect.objectContaining({
        ledger: 'alice',
        standing: 'paused',
        standingBy: 'carol',
        standingReason: 'maintenance',
        balance: '50',
        settledPaid: '50',
        incomingPrepared: '100',
        outgoingPrepared: '0',
        thresholds: { low: null, high: '90', settleTo: '0' },
        difference: null,
      }) as unknown,
    });
  });

  it('lists settlements, newest first, with how they were taken back', async () => {
    expect(await json('/api/ledgers/alice/settlements')).toEqual({
      settlements: [
        expect.objectContaining({ reference: 'R3', amount: '50', reversal: null }),
        expect.objectContaining({
          reference: 'R1',
          by: 'carol',
          reversal: { reference: 'R2', reason: 'bounced', by: 'carol' },
        }),
      ],
    });
    const { settlements } = (await json('/api/ledgers/alice/settlements?limit=1')) as {
      settlements: unknown[];
    };
    expect(settlements).toHaveLength(1);
  });

  it('lists transfers', async () => {
    expect(await json('/api/ledgers/alice/transfers')).toEqual({
      transfers: [expect.objectContaining({ amount: '100', status: 'prepared' })],
    });
  });

  it.each([
    ['/api/events?ledger=alice&partition=1', 400, 'either partition'],
    ['/api/events?ledger=alice&after=-1', 400, 'after must be'],
    ['/api/events?partition=99999', 400, 'partition must be'],
    ['/api/ledgers/alice/transfers?limit=0', 400, 'limit must be'],
    ['/api/ledgers/alice/settlements?limit=1001', 400, 'limit must be'],
    ['/api/nothing', 404, 'Cannot GET'],
  ])('answers %s with %i and the rule', async (path, status, rule) => {
    const response = await get(path);
    expect(response.status).toBe(status);
    expect(((await response.json()) as { message: string }).message).toContain(rule);
  });

  it.each(['', '/transfers', '/settlements'])('knows no ledger nobody%s', async (what) => {
    const response = await get(`/api/ledgers/nobody${what}`);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      error: { kind: 'LedgerNotFound', message: 'there is no ledger nobody' },
    });
  });
});
