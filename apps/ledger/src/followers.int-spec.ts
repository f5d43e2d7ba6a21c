import { createHash, randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { eventStream, partitionOf } from '#contracts';
import { encodeEvent, type LedgerEvent } from '#domain/ledger';
import {
  acquirePartitions,
  CheckpointStore,
  EventReader,
  ProjectionRunner,
  type PartitionWriter,
} from '#event-store';
import { canonicalJson } from '#eventsourcing';
import { BusConnection, EventPublisher } from '#messaging';
import { MetricsRegistry } from '#platform';
import { encodeIlp } from '#protocol';
import {
  anIncoming,
  anOutgoing,
  aPreimage,
  aTransferId,
  ledgerOpened,
  logDatabase,
  transferPrepared,
  type LogDatabase,
} from '#testing';
import { testNatsUrl } from '../../../test/support/test-nats';
import { until } from '../test/ledger-stage';
import { LedgerMetrics } from './ledger-metrics';
import { LogPublisher } from './log-publisher';
import { PROJECTIONS } from '#read-models';

const PARTITIONS = 64;
const connector = `spec-${randomBytes(4).toString('hex')}`;

const noThanks = encodeIlp({
  type: 'error',
  code: 'F99',
  name: 'Application Error',
  triggeredBy: 'test.bob.client',
  forwardedBy: [],
  triggeredAtMs: 1_500_000_000_000,
  data: Buffer.from('no thanks'),
});

describe('who follows the log', () => {
  let database: LogDatabase;
  let writer: PartitionWriter;
  let bus: BusConnection;
  let atMs = 1_000_000;

  const append = async (ledgerId: string, ...events: LedgerEvent[]): Promise<void> => {
    for (const event of events) {
      const { payload, packet, ...rest } = encodeEvent(event);
      writer.stage({
        ...rest,
        ledgerId,
        partition: partitionOf(ledgerId),
        occurredAtMs: (atMs += 10),
        payload: canonicalJson(payload),
        packet,
        packetDigest: packet && createHash('sha256').update(packet).digest(),
      });
    }
    await writer.commit();
  };

  const catchUp = async (): Promise<void> => {
    for (const projection of PROJECTIONS) {
      await new ProjectionRunner(database.dataSource, {
        projection,
        partitions: PARTITIONS,
      }).catchUp();
    }
  };

  const rows = (sql: string): Promise<Record<string, unknown>[]> => database.dataSource.query(sql);

  beforeAll(async () => {
    database = await logDatabase();
    bus = await BusConnection.connect({ url: testNatsUrl(), name: 'followers' });
    const partitions = ['alice', 'bob'].map((id) => partitionOf(id));
    const acquired = await acquirePartitions(database.dataSource, { partitions, connector });
    if (acquired === undefined) throw new Error('no partitions');
    writer = acquired;
    await append('alice', ledgerOpened());
    await append('bob', ledgerOpened({ prefix: 'test.bob.' }));
  });

  afterAll(async () => {
    await writer.release();
    await bus.drain();
    await database.drop();
  });

  it('read models show what the log says, step by step', async () => {
    const [paid, declined, open] = [aTransferId(1), aTransferId(2), aTransferId(3)];
    await append('alice', transferPrepared(anIncoming({ transferId: paid, amount: 100n })));
    await append('bob', transferPrepared(anOutgoing({ transferId: declined, amount: 7n })));
    await catchUp();
    expect(await rows('SELECT ledger_id, incoming_prepared FROM balances ORDER BY 1')).toEqual([
      { ledger_id: 'alice', incoming_prepared: '100' },
      { ledger_id: 'bob', incoming_prepared: '0' },
    ]);
    const { fulfillment } = aPreimage();
    await append('alice', { type: 'TransferFulfilled', transferId: paid, fulfillment, data: null });
    await append('bob', { type: 'TransferRejected', transferId: declined, reason: noThanks });
    await append(
      'alice',
      transferPrepared(anIncoming({ transferId: open, amount: 18_446_744_073_709_551_615n })),
    );
    await catchUp();
    expect(
      await rows(
        'SELECT ledger_id, balance, incoming_prepared, outgoing_prepared FROM balances ORDER BY 1',
      ),
    ).toEqual([
      {
        ledger_id: 'alice',
        balance: '100',
        incoming_prepared: '18446744073709551615',
        outgoing_prepared: '0',
      },
      { ledger_id: 'bob', balance: '0', incoming_prepared: '0', outgoing_prepared: '0' },
    ]);
    expect(
      await rows(
        'SELECT transfer_id, status, reason_code, reason_triggered_by, reason_message FROM transfers ORDER BY 1',
      ),
    ).toEqual([
      {
        transfer_id: paid,
        status: 'fulfilled',
        reason_code: null,
        reason_triggered_by: null,
        reason_message: null,
      },
      {
        transfer_id: declined,
        status: 'rejected',
        reason_code: 'F99',
        reason_triggered_by: 'test.bob.client',
        reason_message: 'no thanks',
      },
      {
        transfer_id: open,
        status: 'prepared',
        reason_code: null,
        reason_triggered_by: null,
        reason_message: null,
      },
    ]);
  });

  it('a ledger shows its latest limits', async () => {
    await append('bob', {
      type: 'LimitsChanged',
      limits: { maxBalance: 5n, minBalance: null },
      by: 'carol',
    });
    await append('bob', {
      type: 'LimitsChanged',
      limits: { maxBalance: 6n, minBalance: -1n },
      by: 'carol',
    });
    await catchUp();
    expect(
      await rows(`SELECT max_balance, min_balance FROM ledgers WHERE ledger_id = 'bob'`),
    ).toEqual([{ max_balance: '6', min_balance: '-1' }]);
  });

  it('rebuilding gives the same read models', async () => {
    const all = () =>
      Promise.all(
        ['ledgers', 'balances', 'transfers'].map((table) =>
          rows(`SELECT * FROM ${table} ORDER BY ledger_id, last_version`),
        ),
      );
    const before = await all();
    for (const projection of PROJECTIONS) {
      await new ProjectionRunner(database.dataSource, {
        projection,
        partitions: PARTITIONS,
      }).rebuild();
    }
    expect(await all()).toEqual(before);
  });

  it('JetStream gets every event once, in order, also after the stream was deleted', async () => {
    const events = new EventPublisher(bus);
    const checkpoints = new CheckpointStore(database.dataSource);
    const partitions = ['alice', 'bob'].map((id) => partitionOf(id));
    const publisher = new LogPublisher({
      connector,
      partitions,
      reader: new EventReader(database.dataSource),
      checkpoints,
      ensureStream: () => events.streams.ensure(eventStream(connector)),
      publish: (batch) => events.publishBatch(batch),
      metrics: new LedgerMetrics(new MetricsRegistry('ledger')),
      logger: pino({ level: 'silent' }),
    });
    const stop = new AbortController();
    const following = publisher.follow(stop.signal);
    const { name } = eventStream(connector);
    const stored = async (): Promise<number> => (await events.streams.state(name))?.messages ?? 0;
    const [{ count } = { count: '0' }] = (await rows('SELECT count(*) FROM ledger_events')) as {
      count: string;
    }[];
    await eventually(async () => (await stored()) === Number(count));
    await events.streams.drop(name);
    await append('alice', {
      type: 'LimitsChanged',
      limits: { maxBalance: null, minBalance: null },
      by: 'carol',
    });
    await eventually(async () => (await stored()) === 1);
    stop.abort();
    await following;
    events.close();
  });
});

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  let result = false;
  const poll = setInterval(() => void holds().then((now) => (result ||= now)), 50);
  try {
    await until(() => result, 'the stream to catch up');
  } finally {
    clearInterval(poll);
  }
}
