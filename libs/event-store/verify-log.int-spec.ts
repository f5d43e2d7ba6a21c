import { partitionOf } from '#contracts';
import { anEvent, logDatabase, type LogDatabase } from '../testing/log-database';
import { acquirePartitions } from './acquire-partitions';
import { CheckpointStore } from './checkpoint-store';
import type { LogProblem } from './log-verification';
import { verifyLog, type VerifyCounts, type VerifyOptions } from './verify-log';

const every = Array.from({ length: 64 }, (_, partition) => partition);

let database: LogDatabase;
beforeAll(async () => {
  database = await logDatabase();
  const options = { partitions: every, connector: 'test.causeway' };
  const writer = await acquirePartitions(database.dataSource, options);
  for (let n = 0; n < 60; n += 1) writer?.stage(anEvent(n % 2 === 0 ? 'alice' : 'bob'));
  await writer?.commit();
  await writer?.release();
});
afterAll(() => database.drop());

async function verify(
  more: Partial<VerifyOptions> = {},
): Promise<{ problems: LogProblem[]; counts: VerifyCounts }> {
  const problems: LogProblem[] = [];
  const verification = verifyLog(database.dataSource, { partitions: 64, ...more });
  for (;;) {
    const step = await verification.next();
    if (step.done === true) return { problems, counts: step.value };
    problems.push(step.value);
  }
}

/** Changes history as somebody with every right would, looks, and puts it back. */
async function withTampered(statement: string): Promise<Awaited<ReturnType<typeof verify>>> {
  const off = 'ALTER TABLE ledger_events DISABLE TRIGGER ALL';
  const on = 'ALTER TABLE ledger_events ENABLE TRIGGER ALL';
  await database.asSuperuser('CREATE TABLE original AS TABLE ledger_events', off, statement);
  try {
    return await verify();
  } finally {
    await database.asSuperuser(
      'TRUNCATE ledger_events',
      'INSERT INTO ledger_events SELECT * FROM original',
      'DROP TABLE original',
      on,
    );
  }
}

const alice20 = `WHERE ledger_id = 'alice' AND version = 20`;
const flip = (column: string): string =>
  `${column} = set_byte(${column}, 7, 255 - get_byte(${column}, 7))`;

test('an honest log has no problems, and every event is counted', async () => {
  const progress: VerifyCounts[] = [];
  const { problems, counts } = await verify({
    progressEvery: 25,
    onProgress: (now) => progress.push(now),
  });
  expect(problems).toEqual([]);
  expect(counts).toEqual({ events: 60, ledgers: 2, problems: 0 });
  expect(progress.map(({ events }) => events)).toEqual([25, 50, 60]);
});

test('one ledger alone', async () => {
  const { problems, counts } = await verify({ ledgerId: 'bob' });
  expect({ problems, counts }).toEqual({
    problems: [],
    counts: { events: 30, ledgers: 1, problems: 0 },
  });
});

describe('one change to one row is found and named', () => {
  test.each([
    ['type', `type = 'TransferRejected'`, 'hash'],
    ['schema version', 'schema_version = 2', 'hash'],
    ['transfer id', `transfer_id = 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa'`, 'hash'],
    ['transfer id taken away', 'transfer_id = NULL', 'hash'],
    ['time, by a millisecond', `occurred_at = occurred_at + interval '1 millisecond'`, 'hash'],
    [
      'payload, by one digit',
      `payload = jsonb_set(payload, '{amount}', '"18446744073709551614"')`,
      'hash',
    ],
    ['payload, by one member', `payload = payload || '{"more": null}'`, 'hash'],
    ['packet', flip('packet'), 'packet-digest'],
    ['packet with a matching digest', `packet = 'x', packet_digest = sha256('x')`, 'hash'],
    ['packet digest', flip('packet_digest'), 'packet-digest'],
    ['previous hash', flip('previous_hash'), 'previous-hash'],
    ['hash', flip('hash'), 'hash'],
  ])('%s', async (_, change, rule) => {
    const { problems } = await withTampered(`UPDATE ledger_events SET ${change} ${alice20}`);
    expect(problems[0]).toEqual({ kind: 'broken-link', ledgerId: 'alice', version: 20, rule });
    // A changed hash also breaks the link of the event after it; nothing else breaks anything more.
    const next = { kind: 'broken-link', ledgerId: 'alice', version: 21, rule: 'previous-hash' };
    expect(problems.slice(1)).toEqual(change === flip('hash') ? [next] : []);
  });

  test('a pruned packet is no problem: its digest still stands', async () => {
    const { problems } = await withTampered(`UPDATE ledger_events SET packet = NULL ${alice20}`);
    expect(problems).toEqual([]);
  });

  test('version', async () => {
    const { problems } = await withTampered(`UPDATE ledger_events SET version = 900 ${alice20}`);
    expect(problems[0]).toMatchObject({ ledgerId: 'alice', version: 900, rule: 'version-gap' });
  });

  test('ledger', async () => {
    const { problems } = await withTampered(
      `UPDATE ledger_events SET ledger_id = 'mallory' ${alice20}`,
    );
    expect(problems).toContainEqual(
      expect.objectContaining({ ledgerId: 'mallory', version: 20, rule: 'version-gap' }),
    );
    expect(problems).toContainEqual(
      expect.objectContaining({ ledgerId: 'alice', version: 21, rule: 'version-gap' }),
    );
  });

  test('partition, even one that does not exist', async () => {
    for (const partition of [(partitionOf('alice') + 1) % 64, 999]) {
      const change = `UPDATE ledger_events SET partition = ${partition}, position = 500 ${alice20}`;
      const { problems } = await withTampered(change);
      expect(problems).toContainEqual({
        kind: 'wrong-partition',
        ledgerId: 'alice',
        version: 20,
        partition,
        expected: partitionOf('alice'),
      });
    }
  });

  test('position', async () => {
    const { problems } = await withTampered(`UPDATE ledger_events SET position = 777 ${alice20}`);
    expect(problems).toContainEqual(
      expect.objectContaining({
        kind: 'position-gap',
        ledgerId: 'alice',
        version: 20,
        position: 777,
      }),
    );
  });
});

test('a row taken out of the middle is found at the next one, in chain and positions', async () => {
  const { problems, counts } = await withTampered(`DELETE FROM ledger_events ${alice20}`);
  expect(problems).toEqual([
    { kind: 'broken-link', ledgerId: 'alice', version: 21, rule: 'version-gap' },
    expect.objectContaining({ kind: 'position-gap', ledgerId: 'alice', version: 21 }),
  ]);
  expect(counts).toEqual({ events: 59, ledgers: 2, problems: 2 });
});

test('an end that was cut off is found where somebody had seen it', async () => {
  const partition = partitionOf('alice');
  const seen = new Map([[partition, 30]]);
  await new CheckpointStore(database.dataSource).advance('publisher', seen);
  const cut = `DELETE FROM ledger_events WHERE ledger_id = 'alice' AND version > 28`;
  const { problems } = await withTampered(cut);
  expect(problems).toEqual([
    { kind: 'missing-end', partition, position: 28, seenBy: 'publisher', seenPosition: 30 },
  ]);
});

test('a log of another number of partitions is noticed', async () => {
  const { problems } = await verify({ partitions: 63 });
  expect(problems).toContainEqual(expect.objectContaining({ kind: 'wrong-partition' }));
});
