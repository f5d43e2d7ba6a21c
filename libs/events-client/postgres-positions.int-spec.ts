import { Pool } from 'pg';
import { ledgerOpened } from '#testing';
import { scratchDatabase, type ScratchDatabase } from '../../test/support/scratch-database';
import type { LogEvent } from './log-event';
import type { Fold } from './position-store';
import { PostgresPositions } from './postgres-positions';
import { MemoryLog } from './test/memory-log';

describe('positions in PostgreSQL', () => {
  let database: ScratchDatabase;
  let pool: Pool;
  let events: readonly LogEvent[];

  beforeAll(async () => {
    database = await scratchDatabase();
    pool = new Pool({ connectionString: database.url });
    await pool.query('CREATE TABLE folded (id text PRIMARY KEY)');
    const log = new MemoryLog();
    events = log
      .append(3, 'alice', ...Array.from({ length: 6 }, () => ledgerOpened()))
      .map((one) => log.read(one));
  });

  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  beforeEach(async () => {
    await pool.query('TRUNCATE folded');
    await pool.query('DROP TABLE IF EXISTS causeway_positions');
  });

  const write: Fold<{ query: Pool['query'] }> = async (event, client) => {
    await client.query('INSERT INTO folded VALUES ($1)', [event.id]);
  };

  const folded = async (): Promise<string[]> =>
    (await pool.query<{ id: string }>('SELECT id FROM folded ORDER BY id')).rows.map(
      ({ id }) => id,
    );

  const ids = (count: number): string[] =>
    Array.from({ length: count }, (_, index) => `alice:${index + 1}`);

  it('move with the rows of the fold, in line and once', async () => {
    const store = await PostgresPositions.open(pool, { subscription: 'spec' });
    expect(await store.positions()).toEqual(new Map());
    expect(await store.advance(3, events.slice(0, 2), write)).toEqual({
      position: 2,
      applied: 2,
      duplicates: 0,
      gapBefore: undefined,
    });
    expect(await store.advance(3, events.slice(1, 4), write)).toMatchObject({
      position: 4,
      applied: 2,
      duplicates: 1,
    });
    expect(await store.advance(3, events.slice(5), write)).toEqual({
      position: 4,
      applied: 0,
      duplicates: 0,
      gapBefore: 6,
    });
    expect(await folded()).toEqual(ids(4));
    const again = await PostgresPositions.open(pool, { subscription: 'spec' });
    expect(await again.positions()).toEqual(new Map([[3, 4]]));
  });

  it('stay where they are when the fold fails, and so do its rows', async () => {
    const store = await PostgresPositions.open(pool, { subscription: 'spec' });
    await store.advance(3, events.slice(0, 1), write);
    const failing: Fold<{ query: Pool['query'] }> = async (event, client) => {
      await write(event, client);
      if (event.position === 4) throw new Error('no more');
    };
    await expect(store.advance(3, events, failing)).rejects.toThrow('no more');
    expect(await folded()).toEqual(ids(1));
    expect(await store.positions()).toEqual(new Map([[3, 1]]));
    await store.advance(3, events, write);
    expect(await folded()).toEqual(ids(6));
  });

  it('stay where they are when the connection dies before the commit', async () => {
    const store = await PostgresPositions.open(pool, { subscription: 'spec' });
    const dying: Fold<{ query: Pool['query'] }> = async (event, client) => {
      await write(event, client);
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
    };
    await expect(store.advance(3, events, dying)).rejects.toThrow();
    expect(await folded()).toEqual([]);
    expect(await store.positions()).toEqual(new Map());
    expect(pool.totalCount).toBeLessThanOrEqual(2);
  });

  it('let two at once fold each event once', async () => {
    const stores = await Promise.all(
      [1, 2, 3].map(() => PostgresPositions.open(pool, { subscription: 'spec' })),
    );
    const advances = await Promise.all(stores.map((store) => store.advance(3, events, write)));
    expect(advances.map(({ applied }) => applied).sort()).toEqual([0, 0, 6]);
    expect(advances.map(({ position }) => position)).toEqual([6, 6, 6]);
    expect(await folded()).toEqual(ids(6));
  });

  it('are those of one subscription', async () => {
    const store = await PostgresPositions.open(pool, { subscription: 'spec' });
    await store.advance(3, events, write);
    const other = await PostgresPositions.open(pool, { subscription: 'other' });
    expect(await other.positions()).toEqual(new Map());
  });
});
