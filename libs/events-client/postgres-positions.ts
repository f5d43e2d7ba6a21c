import type { Pool, PoolClient } from 'pg';
import type { LogEvent } from './log-event';
import { type Advance, type Fold, inLine, type PositionStore } from './position-store';

export interface PostgresPositionsOptions {
  /** Names the subscription; several may keep their positions in one database. */
  readonly subscription: string;
}

/**
 * Positions in the subscriber's own PostgreSQL, in the table `causeway_positions`. The fold writes
 * with the connection that it is given, and so in the transaction that moves the position. The row
 * of a partition is locked meanwhile: of two processes at once the second finds duplicates.
 */
export class PostgresPositions implements PositionStore<PoolClient> {
  private constructor(
    private readonly pool: Pool,
    private readonly subscription: string,
  ) {}

  /** Makes the table unless it is there. The pool stays the caller's. */
  static async open(
    pool: Pool,
    { subscription }: PostgresPositionsOptions,
  ): Promise<PostgresPositions> {
    await pool.query(CREATE_TABLE);
    return new PostgresPositions(pool, subscription);
  }

  async positions(): Promise<ReadonlyMap<number, number>> {
    const { rows } = await this.pool.query<{ partition: number; position: string }>(
      'SELECT partition, position::text FROM causeway_positions WHERE subscription = $1',
      [this.subscription],
    );
    return new Map(rows.map(({ partition, position }) => [partition, Number(position)]));
  }

  async advance(
    partition: number,
    events: readonly LogEvent[],
    fold: Fold<PoolClient>,
  ): Promise<Advance> {
    return this.inTransaction(async (client) => {
      const { next, advance } = inLine(events, await this.claim(client, partition));
      for (const event of next) await fold(event, client);
      if (advance.applied > 0) {
        await client.query(
          'UPDATE causeway_positions SET position = $3 WHERE subscription = $1 AND partition = $2',
          [this.subscription, partition, advance.position],
        );
      }
      return advance;
    });
  }

  /** Locks the partition's row until the transaction ends, and reads it. */
  private async claim(client: PoolClient, partition: number): Promise<number> {
    const key = [this.subscription, partition];
    await client.query(
      `INSERT INTO causeway_positions (subscription, partition, position) VALUES ($1, $2, 0)
       ON CONFLICT DO NOTHING`,
      key,
    );
    const { rows } = await client.query<{ position: string }>(
      `SELECT position::text FROM causeway_positions
       WHERE subscription = $1 AND partition = $2 FOR UPDATE`,
      key,
    );
    return Number(rows[0]?.position ?? 0);
  }

  private async inTransaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    // A connection that breaks between two statements says so by an event that nobody else hears.
    const onError = (): void => undefined;
    client.on('error', onError);
    let failed = true;
    try {
      await client.query('BEGIN');
      const result = await work(client);
      await client.query('COMMIT');
      failed = false;
      return result;
    } finally {
      client.off('error', onError);
      // A connection with an open transaction is thrown away, and the transaction with it.
      client.release(failed);
    }
  }
}

/** One transaction under one lock: two that make a table at once trip over each other. */
const CREATE_TABLE = `
SELECT pg_advisory_xact_lock(hashtext('causeway_positions'));
CREATE TABLE IF NOT EXISTS causeway_positions (
  subscription text    NOT NULL,
  partition    integer NOT NULL,
  position     bigint  NOT NULL,
  PRIMARY KEY (subscription, partition)
)`;
