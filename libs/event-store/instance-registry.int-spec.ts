import { setTimeout as sleep } from 'node:timers/promises';
import { anEvent, logDatabase, type LogDatabase } from '../testing/log-database';
import { openWriter } from './acquire-partitions';
import { InstanceRegistry, type Sight } from './instance-registry';
import type { PartitionWriter } from './partition-writer';

const connector = 'test.causeway';

interface Member {
  readonly registry: InstanceRegistry;
  readonly writer: PartitionWriter;
}

let database: LogDatabase;
let members: Member[];
beforeEach(async () => {
  database = await logDatabase();
  members = [];
});
afterEach(async () => {
  for (const { registry, writer } of members) {
    await registry.close().catch(() => undefined);
    await writer.release();
  }
  await database.drop();
});

async function member(instanceId: string, staleAfterMs = 60_000): Promise<Member> {
  const dataSource = await database.connect(instanceId);
  const writer = await openWriter(dataSource, { connector });
  const registry = new InstanceRegistry(dataSource, { instanceId, connector, staleAfterMs });
  await registry.join(await writer.backendPid());
  members.push({ registry, writer });
  return { registry, writer };
}

async function seen(registry: InstanceRegistry, as: (sight: Sight) => boolean): Promise<Sight> {
  for (let attempt = 0; ; attempt += 1) {
    const sight = await registry.look();
    if (as(sight)) return sight;
    if (attempt > 500) throw new Error(`only saw ${JSON.stringify(sight)}`);
    await sleep(20);
  }
}

describe('the registry of ledger processes', () => {
  test('shows everybody who joined, in order, and which partitions are taken', async () => {
    const b = await member('ledger-b');
    const a = await member('ledger-a');
    await a.writer.take([3, 5]);
    await b.writer.take([5, 6]);
    for (const { registry } of [a, b]) {
      expect(await registry.look()).toEqual({
        sharers: ['ledger-a', 'ledger-b'],
        overdue: [],
        taken: new Set([3, 5, 6]),
      });
    }
  });

  test('does not mistake the locks of another connector for its own', async () => {
    const { registry } = await member('ledger-a');
    const other = await openWriter(database.dataSource, { connector: 'test.elsewhere' });
    await other.take([1]);
    expect((await registry.look()).taken).toEqual(new Set());
    await other.release();
  });

  test('no longer counts on who is leaving, and forgets who left', async () => {
    const a = await member('ledger-a');
    const b = await member('ledger-b');
    await b.registry.leave();
    await b.registry.beat();
    expect((await a.registry.look()).sharers).toEqual(['ledger-a']);
    await b.registry.close();
    expect(await database.asSuperuser('SELECT instance_id FROM ledger_instances')).toEqual([
      { instance_id: 'ledger-a' },
    ]);
  });

  test('does not wait for the time of an instance whose connection to the log is gone', async () => {
    const a = await member('ledger-a');
    const b = await member('ledger-b');
    const pid = await b.writer.backendPid();
    await database.asSuperuser(`SELECT pg_terminate_backend(${pid})`);
    expect(await seen(a.registry, ({ sharers }) => sharers.length === 1)).toMatchObject({
      sharers: ['ledger-a'],
      overdue: [],
    });
  });

  test('no longer counts on who misses its time, until it is heard of again', async () => {
    const a = await member('ledger-a');
    const b = await member('ledger-b', 50);
    await seen(a.registry, ({ sharers }) => sharers.length === 1);
    const patient = await member('ledger-b', 60_000);
    await patient.registry.beat();
    expect((await a.registry.look()).sharers).toEqual(['ledger-a', 'ledger-b']);
    expect(b.writer.partitions).toEqual([]);
  });

  test('writes itself down again when somebody has removed it', async () => {
    const { registry } = await member('ledger-a');
    await database.asSuperuser('DELETE FROM ledger_instances');
    await registry.beat();
    expect((await registry.look()).sharers).toEqual(['ledger-a']);
  });

  test('goes on with a new connection when its own is cut', async () => {
    const { registry } = await member('ledger-a');
    const session = await (Reflect.get(registry, 'client') as Promise<{
      query(text: string): Promise<{ rows: { pid: number }[] }>;
    }>);
    const { rows } = await session.query('SELECT pg_backend_pid() AS pid');
    await database.asSuperuser(`SELECT pg_terminate_backend(${String(rows[0]?.pid)})`);
    await expect(registry.beat().catch(() => registry.beat())).resolves.toBeUndefined();
    expect((await registry.look()).sharers).toEqual(['ledger-a']);
  });

  test('forgets at joining who ended long ago, but not who still has a connection', async () => {
    await member('ledger-b');
    await database.asSuperuser(
      `UPDATE ledger_instances SET stale_at = stale_at - interval '1 day'`,
      `INSERT INTO ledger_instances SELECT 'ledger-gone', lock_key, 2147483647, started_at, seen_at,
         stale_at FROM ledger_instances`,
    );
    await member('ledger-a');
    const rows = await database.asSuperuser(
      'SELECT instance_id FROM ledger_instances ORDER BY instance_id',
    );
    expect(rows.map((row) => row.instance_id)).toEqual(['ledger-a', 'ledger-b']);
  });
});

describe('the fence', () => {
  test('ends the connection of who holds locks past its time; nothing of it is written after', async () => {
    const a = await member('ledger-a');
    const b = await member('ledger-b', 50);
    await b.writer.take([1, 2]);
    b.writer.stage(anEvent('ledger-of-partition-9', { partition: 1 }));
    const { overdue } = await seen(a.registry, (sight) => sight.overdue.length > 0);
    expect(overdue).toEqual(['ledger-b']);
    expect(await a.registry.fence('ledger-b')).toBe(true);
    expect(await b.writer.failed).toMatchObject({ reason: 'connection-lost' });
    await expect(b.writer.commit()).rejects.toMatchObject({ name: 'WriterLostError' });
    await seen(a.registry, ({ taken }) => taken.size === 0);
    expect(await a.writer.take([1, 2])).toEqual([1, 2]);
    expect(await database.asSuperuser('SELECT 1 FROM ledger_events')).toEqual([]);
  });

  test('is remembered until the instance joins again', async () => {
    const a = await member('ledger-a');
    const b = await member('ledger-b', 50);
    await b.writer.take([1]);
    await seen(a.registry, ({ overdue }) => overdue.length > 0);
    expect(await b.registry.wasFenced()).toBe(false);
    await a.registry.fence('ledger-b');
    await b.registry.beat();
    expect(await b.registry.wasFenced()).toBe(true);
    expect((await a.registry.look()).sharers).not.toContain('ledger-b');
    await member('ledger-b');
    expect(await b.registry.wasFenced()).toBe(false);
  });

  test('spares who is in time, who holds nothing, and who nobody knows', async () => {
    const a = await member('ledger-a');
    const inTime = await member('ledger-b');
    await inTime.writer.take([1]);
    const idle = await member('ledger-c', 1);
    await sleep(20);
    for (const id of ['ledger-b', 'ledger-c', 'nobody']) {
      expect(await a.registry.fence(id)).toBe(false);
    }
    await expect(inTime.writer.check()).resolves.toBeUndefined();
    await expect(idle.writer.check()).resolves.toBeUndefined();
  });

  test('cannot be used against a connection without partition locks of its row', async () => {
    const a = await member('ledger-a');
    const bystander = await openWriter(database.dataSource, { connector: 'test.elsewhere' });
    await bystander.take([1]);
    const pid = await bystander.backendPid();
    await a.writer.take([2]);
    await database.dataSource.query(
      `INSERT INTO ledger_instances (instance_id, lock_key, backend_pid, stale_at)
       SELECT 'forged', lock_key, ${pid}, now() - interval '1 day' FROM ledger_instances`,
    );
    expect(await a.registry.fence('forged')).toBe(false);
    await expect(bystander.check()).resolves.toBeUndefined();
    await bystander.release();
  });

  test('may be called by services and by nobody else', async () => {
    const [right] = await database.asSuperuser(
      `SELECT has_function_privilege('causeway_runtime', p.oid, 'EXECUTE') AS services,
              has_function_privilege('public', p.oid, 'EXECUTE') AS everybody
       FROM pg_proc p WHERE proname = 'fence_ledger_instance'`,
    );
    expect(right).toEqual({ services: true, everybody: false });
    const { writer } = await member('ledger-a');
    const pid = await writer.backendPid();
    await expect(database.dataSource.query(`SELECT pg_terminate_backend(${pid})`)).rejects.toThrow(
      /permission denied/,
    );
  });
});
