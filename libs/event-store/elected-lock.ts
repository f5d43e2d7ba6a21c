import { createHash } from 'node:crypto';
import type { PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import { checkOut, textRows } from './connection';

/**
 * Elects one process of a connector for something that should be done once: whoever holds the
 * advisory lock of that name. It ends with the connection that took it, so the work of a process that
 * dies falls to another one. Whoever has lost it may believe for a moment that he has not: what is
 * written must not rely on it.
 */
export class ElectedLock {
  private readonly key: string;
  private client: PoolClient | undefined;
  private tellLoss: () => void = () => undefined;

  constructor(
    private readonly dataSource: DataSource,
    { connector, name }: { readonly connector: string; readonly name: string },
  ) {
    this.key = lockKey(`causeway/elected/${name}/${connector}`);
  }

  /**
   * Takes the lock unless somebody else has it. If it is ours, makes sure that it still is.
   * @throws DatabaseUnreachableError, or what the connection fails with; the lock is lost then
   */
  async hold(): Promise<boolean> {
    try {
      this.client ??= await this.connect();
      return await this.ask(this.client);
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** Calls `listener` as soon as the connection breaks that the lock hangs on; `hold` fails then. */
  onLoss(listener: () => void): void {
    this.tellLoss = listener;
  }

  /** Lets somebody else be elected. */
  release(): void {
    // The connection goes, and the lock with it.
    this.client?.release(true);
    this.client = undefined;
  }

  private async ask(client: PoolClient): Promise<boolean> {
    // Taken a second time it would have to be given back twice.
    const [row] = await textRows<[string]>(client, {
      text: `SELECT EXISTS (
               SELECT FROM pg_catalog.pg_locks l
               WHERE l.locktype = 'advisory' AND l.granted AND l.pid = pg_backend_pid()
                 AND l.objsubid = 1
                 AND (l.classid::int8 << 32 | l.objid::int8) = $1::int8
             ) OR pg_try_advisory_lock($1::int8)`,
      values: [this.key],
    });
    return row?.[0] === 't';
  }

  private async connect(): Promise<PoolClient> {
    const client = await checkOut(this.dataSource);
    let isBroken = false;
    // The next question fails with the reason. A connection that ends may say so more than once.
    client.on('error', () => {
      if (isBroken || this.client !== client) return;
      isBroken = true;
      this.tellLoss();
    });
    return client;
  }
}

/** 63 bits, so that it has no sign. */
function lockKey(name: string): string {
  const digest = createHash('sha256').update(name).digest();
  return String(digest.readBigUInt64BE(0) >> 1n);
}
