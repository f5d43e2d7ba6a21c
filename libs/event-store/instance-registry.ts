import type { PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import { checkOut, execute, textRows } from './connection';
import { lockKeyOf } from './partition-lock';

export interface InstanceSettings {
  /** Unlike that of any other process, also of the one before a restart. */
  readonly instanceId: string;
  /** Names the connector, as for its locks. */
  readonly connector: string;
  /** Without a heartbeat for so long, others take the partitions over. */
  readonly staleAfterMs: number;
}

/** What one instance sees of all; times by the database's clock. */
export interface Sight {
  /** Ids of those that take part in sharing out, sorted: alive, connected to the log, not leaving. */
  readonly sharers: readonly string[];
  /** Ids of those that hold locks although their time is over. */
  readonly overdue: readonly string[];
  /** Partitions that somebody holds. */
  readonly taken: ReadonlySet<number>;
}

/**
 * Which ledger processes there are. Uses a connection of its own, so that neither a slow append nor
 * a pool in use can make this process look dead.
 */
export class InstanceRegistry {
  private client: Promise<PoolClient> | undefined;
  private readonly lockKey: number;
  private backendPid: number | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: InstanceSettings,
  ) {
    this.lockKey = lockKeyOf(settings.connector);
  }

  /**
   * Takes part from now on. `backendPid` is the server process that holds our locks: when it is
   * gone, others need not wait for the time to run out. Removes what is left of instances that
   * ended long ago.
   */
  async join(backendPid: number): Promise<void> {
    const { instanceId, staleAfterMs } = this.settings;
    this.backendPid = backendPid;
    await this.use((client) => execute(client, { text: FORGET_THE_DEAD }));
    await this.use((client) =>
      execute(client, { text: JOIN, values: [instanceId, this.lockKey, backendPid, staleAfterMs] }),
    );
  }

  /** A sign of life of who has joined. */
  async beat(): Promise<void> {
    const { instanceId, staleAfterMs } = this.settings;
    const known = await this.use((client) =>
      execute(client, {
        name: 'causeway-instance-beat',
        text: BEAT,
        values: [instanceId, staleAfterMs],
      }),
    );
    if (known === 0 && this.backendPid !== undefined) await this.join(this.backendPid);
  }

  /** Wants no partitions any more, but still has some to give up. */
  async leave(): Promise<void> {
    await this.use((client) =>
      execute(client, {
        text: 'UPDATE ledger_instances SET leaving = true WHERE instance_id = $1',
        values: [this.settings.instanceId],
      }),
    );
  }

  async look(): Promise<Sight> {
    const values = [this.lockKey];
    const instances = await this.use((client) =>
      textRows<[string, string, string]>(client, {
        name: 'causeway-instances',
        text: INSTANCES,
        values,
      }),
    );
    const taken = await this.use((client) =>
      textRows<[string]>(client, { name: 'causeway-taken-partitions', text: TAKEN, values }),
    );
    return {
      sharers: instances.filter(([, shares]) => shares === 't').map(([id]) => id),
      overdue: instances.filter(([, , isOverdue]) => isOverdue === 't').map(([id]) => id),
      taken: new Set(taken.map(([partition]) => Number(partition))),
    };
  }

  /**
   * Ends the connection by which an overdue instance holds its locks. The database looks once more
   * whether it is overdue.
   * @returns whether it was, and had locks.
   */
  async fence(instanceId: string): Promise<boolean> {
    const [row] = await this.use((client) =>
      textRows<[string]>(client, {
        text: 'SELECT public.fence_ledger_instance($1)',
        values: [instanceId],
      }),
    );
    return row?.[0] === 't';
  }

  /** Since it last joined: was this instance fenced? */
  async wasFenced(): Promise<boolean> {
    const [row] = await this.use((client) =>
      textRows<[string]>(client, {
        text: 'SELECT fenced_at IS NOT NULL FROM ledger_instances WHERE instance_id = $1',
        values: [this.settings.instanceId],
      }),
    );
    return row?.[0] === 't';
  }

  /** Nobody need count on this instance, and its connection goes back. */
  async close(): Promise<void> {
    try {
      await this.use((client) =>
        execute(client, {
          text: 'DELETE FROM ledger_instances WHERE instance_id = $1',
          values: [this.settings.instanceId],
        }),
      );
    } finally {
      if (this.client !== undefined) this.drop(this.client);
    }
  }

  private async use<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    this.client ??= this.connect();
    const connecting = this.client;
    try {
      return await work(await connecting);
    } catch (error) {
      // Whatever went wrong, the next question has a fresh connection.
      if (this.client === connecting) this.drop(connecting);
      throw error;
    }
  }

  private async connect(): Promise<PoolClient> {
    const client = await checkOut(this.dataSource);
    // The statement under way, or the next one, fails with the reason.
    client.on('error', () => undefined);
    // Worth nothing after a crash of the database, and a slow disk must not make anybody look dead.
    await client.query('SET synchronous_commit = off');
    return client;
  }

  private drop(connecting: Promise<PoolClient>): void {
    this.client = undefined;
    connecting.then(
      (client) => {
        client.release(true);
      },
      () => undefined,
    );
  }
}

/** Nobody asks about an instance any more that ended so long ago; one that holds locks is kept. */
const FORGET_THE_DEAD = `
DELETE FROM ledger_instances i WHERE i.stale_at < clock_timestamp() - interval '1 hour'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.pid = i.backend_pid)`;

const FROM_NOW = (parameter: string): string =>
  `clock_timestamp() + ${parameter}::int4 * interval '1 millisecond'`;

const JOIN = `
INSERT INTO ledger_instances AS i (instance_id, lock_key, backend_pid, stale_at)
VALUES ($1, $2, $3, ${FROM_NOW('$4')})
ON CONFLICT (instance_id) DO UPDATE
SET lock_key = excluded.lock_key, backend_pid = excluded.backend_pid, seen_at = clock_timestamp(),
    stale_at = excluded.stale_at, leaving = false, fenced_at = NULL`;

const BEAT = `
UPDATE ledger_instances SET seen_at = clock_timestamp(), stale_at = ${FROM_NOW('$2')}
WHERE instance_id = $1`;

const PARTITION_LOCKS = `
SELECT l.pid, l.objid FROM pg_catalog.pg_locks l
WHERE l.locktype = 'advisory' AND l.classid = $1::int8::oid AND l.objsubid = 2 AND l.granted
  AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())`;

// An instance whose backend is gone has ended, or lost its locks and has not joined anew.
const INSTANCES = `
WITH holders AS (SELECT DISTINCT pid FROM (${PARTITION_LOCKS}) AS locks)
SELECT i.instance_id,
  i.stale_at >= clock_timestamp() AND NOT i.leaving AND EXISTS (
    SELECT FROM pg_catalog.pg_stat_activity a WHERE a.pid = i.backend_pid
  ),
  i.stale_at < clock_timestamp() AND i.backend_pid IN (SELECT pid FROM holders)
FROM ledger_instances i WHERE i.lock_key = $1
ORDER BY i.instance_id`;

const TAKEN = `SELECT DISTINCT objid FROM (${PARTITION_LOCKS}) AS locks`;
