import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { eventStream, partitionOf } from '#contracts';
import { CheckpointStore, EventReader } from '#event-store';
import { republish } from '../../apps/causeway/src/events/republish';
import { scratchDatabase, type ScratchDatabase } from '../../test/support/scratch-database';
import { ConnectorStage } from '../test/connector-stage';
import { areEqual, compareBalances, keepBalances } from './balance-subscriber';
import { readBalances } from './balance-tables';

const LIMITS = { waitMs: 200, checkEveryMs: 1_000, retryMinMs: 20, retryMaxMs: 200 };

describe('the balance subscriber', () => {
  let stage: ConnectorStage;
  let database: ScratchDatabase;
  let pool: Pool;
  let subscription: { stop(): Promise<void> } | undefined;
  let told: string[];

  beforeEach(async () => {
    stage = await ConnectorStage.start();
    database = await scratchDatabase();
    pool = new Pool({ connectionString: database.url });
    told = [];
  });

  afterEach(async () => {
    await subscription?.stop();
    subscription = undefined;
    await pool.end();
    await database.drop();
    await stage.stop();
  });

  const subscribe = async (limits = LIMITS): Promise<void> => {
    subscription = await keepBalances({
      at: stage.at,
      pool,
      limits,
      observer: {
        consumerCreated: () => told.push('consumer created'),
        skipped: () => told.push('skipped'),
        filled: () => told.push('filled'),
        retrying: (error) => told.push(String(error)),
      },
    });
  };

  const away = async (): Promise<void> => {
    await subscription?.stop();
    subscription = undefined;
  };

  async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
    for (let wait = 0; !(await holds()); wait += 1) {
      if (wait > 1_000) throw new Error(`did not come: ${what}; told: ${told.join('; ')}`);
      await sleep(50);
    }
  }

  /** Ours and the connector's, of every ledger and as of its last event. */
  const equal = (): Promise<void> =>
    until('equal balances', async () => {
      await stage.project();
      const comparisons = await compareBalances(stage.at, pool);
      return comparisons.length === 3 && areEqual(comparisons);
    });

  const published = (): Promise<void> =>
    until('every event on the stream', async () => {
      const { log, stream } = await stage.counts();
      return stream === log;
    });

  it('comes to the balances of the connector, and stays with them', async () => {
    await stage.happen(60);
    await subscribe();
    await equal();
    await stage.happen(30);
    await stage.addPeer('dave');
    await stage.happen(30);
    await equal();
    const balances = await readBalances(pool);
    expect(balances.every(({ balance }) => balance !== 0n)).toBe(true);
  });

  it('would notice a wrong balance', async () => {
    await stage.happen(12);
    await subscribe();
    await equal();
    await pool.query(`UPDATE balance SET balance = balance + 1 WHERE ledger = 'bob'`);
    expect(areEqual(await compareBalances(stage.at, pool))).toBe(false);
  });

  it('goes on where it was, with what came while it was away', async () => {
    await subscribe();
    await stage.happen(20);
    await equal();
    await away();
    await stage.happen(40);
    await subscribe();
    await equal();
  });

  it('heals from the feed when the stream is deleted and nobody fills it again', async () => {
    await subscribe();
    await stage.happen(30);
    await equal();
    await stage.publisher.streams.drop(stage.stream);
    await stage.happen(30);
    await equal();
  });

  it('ends with the same balances when the stream is deleted while it runs and republished', async () => {
    await subscribe();
    await stage.happen(40);
    await equal();
    await published();

    const checkpoints = new CheckpointStore(stage.database.dataSource);
    const partitions = ['alice', 'bob', 'carol'].map((id) => partitionOf(id));
    const before = await checkpoints.progress('jetstream', partitions);
    await stage.publisher.streams.drop(stage.stream);
    const living = stage.happen(60);
    await sleep(50);
    const report = await republish(
      {
        connector: stage.at.connector,
        reader: new EventReader(stage.database.dataSource),
        ensureStream: () => stage.publisher.streams.ensure(eventStream(stage.at.connector)),
        publish: (events) => stage.publisher.publishBatch(events),
        progress: () => undefined,
      },
      { from: { kind: 'all' } },
    );
    await living;

    expect(report.stored).toBeGreaterThan(0);
    await published();
    await equal();
    // The checkpoint moves only after the stream has acknowledged: a moment behind it.
    await until('the publisher is at the end of the log', async () => {
      const now = await checkpoints.progress('jetstream', partitions);
      for (const [index, { position }] of now.entries()) {
        expect(position).toBeGreaterThanOrEqual(before[index]?.position ?? Infinity);
      }
      return now.every(({ position, head }) => position === head);
    });
  });

  it('ends with the same balances when the stream is deleted while it is away', async () => {
    await subscribe();
    await stage.happen(20);
    await equal();
    await away();
    await stage.publisher.streams.drop(stage.stream);
    await stage.happen(20);
    told = [];
    await subscribe();
    await equal();
    await until('another consumer', () => Promise.resolve(told.includes('consumer created')));
    await stage.happen(20);
    await equal();
  });

  it('proves its balances as a program', async () => {
    await stage.happen(30);
    await stage.project();
    const words = ['--once', '--database', database.url];
    const { code, output } = await stage.run('balance-subscriber', words);
    expect(output).toMatch(/^alice: -?\d+ as of \d+, equal$/m);
    expect(output).not.toContain('DIFFERENT');
    expect(code).toBe(0);
  });
});
