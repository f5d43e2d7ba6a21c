import { createHash, randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { partitionOf } from '#contracts';
import { encodeEvent, transferId, type LedgerEvent } from '#domain/ledger';
import { acquirePartitions, SettingsStore, type PartitionWriter } from '#event-store';
import { canonicalJson } from '#eventsourcing';
import {
  anIncoming,
  aPreimage,
  ledgerOpened,
  logDatabase,
  transferPrepared,
  type LogDatabase,
} from '#testing';
import { NothingToReplayError, replayLog, type ReplayRequest } from './replay-log';

const { fulfillment } = aPreimage();

async function writeHistory(
  writer: PartitionWriter,
  ledgerId: string,
  payments: number,
): Promise<void> {
  const stage = (event: LedgerEvent, occurredAtMs: number): void => {
    const { type, schemaVersion, transferId: transfer, payload, packet } = encodeEvent(event);
    writer.stage({
      ledgerId,
      partition: partitionOf(ledgerId),
      type,
      schemaVersion,
      transferId: transfer,
      occurredAtMs,
      payload: canonicalJson(payload),
      packet,
      packetDigest: packet && createHash('sha256').update(packet).digest(),
    });
  };
  stage(ledgerOpened({ prefix: `test.${ledgerId}.` }), 1_000);
  for (let i = 0; i < payments; i++) {
    const id = transferId(randomUUID());
    stage(transferPrepared(anIncoming({ transferId: id })), 2_000 + i * 10);
    stage({ type: 'TransferFulfilled', transferId: id, fulfillment, data: null }, 2_005 + i * 10);
  }
  await writer.commit();
}

async function showBalances(
  database: LogDatabase,
  ledgerId: string,
  payments: number,
): Promise<void> {
  await database.dataSource.query(
    `INSERT INTO balances (ledger_id, incoming_fulfilled, updated_at, last_version, last_position)
     VALUES ($1, $2, now(), $3, $3)`,
    [ledgerId, payments * 100, 1 + 2 * payments],
  );
}

describe('replaying the log', () => {
  let database: LogDatabase;
  let writer: PartitionWriter;

  beforeAll(async () => {
    database = await logDatabase();
    await new SettingsStore(database.dataSource).settleIdentity({
      address: 'test.causeway',
      partitions: 64,
    });
    const acquired = await acquirePartitions(database.dataSource, {
      partitions: [partitionOf('alice'), partitionOf('bob')],
      connector: 'test.causeway',
    });
    if (acquired === undefined) throw new Error('no partitions');
    writer = acquired;
    await writeHistory(writer, 'alice', 5);
    await writeHistory(writer, 'bob', 3);
    await showBalances(database, 'alice', 5);
    await showBalances(database, 'bob', 3);
  });

  afterAll(async () => {
    await writer.release();
    await database.drop();
  });

  it('gives the balances that the read models show, over an unbroken chain', async () => {
    const report = await replayLog(database.dataSource, { verify: true });
    expect(report).toMatchObject({
      events: 18,
      chain: 'ok',
      matches: true,
      problems: [],
      differences: [],
    });
    expect(
      report.ledgers.map(({ ledger, balance, version }) => [ledger, balance, version]),
    ).toEqual([
      ['alice', '500', 11],
      ['bob', '300', 7],
    ]);
  });

  it('stops at a version, or before a moment', async () => {
    const byVersion = await replayLog(database.dataSource, {
      verify: false,
      ledger: 'alice',
      until: { untilVersion: 4 },
    });
    expect(byVersion.ledgers).toMatchObject([
      { balance: '100', incomingPrepared: '100', openTransfers: 1 },
    ]);
    const byTime = await replayLog(database.dataSource, {
      verify: true,
      until: { untilMs: 2_015 },
    });
    expect(byTime.ledgers).toMatchObject([{ balance: '200' }, { balance: '200' }]);
    expect(byTime.matches).toBeUndefined();
  });

  it('gives the balance at every version and at every moment', async () => {
    const at = async (until: ReplayRequest['until']): Promise<unknown> => {
      const request = { verify: false, ledger: 'alice', ...(until === undefined ? {} : { until }) };
      const [ledger] = (await replayLog(database.dataSource, request)).ledgers;
      return ledger?.balance;
    };
    // Opened at 1000; payment n is prepared at 2000 + 10 n and fulfilled five later.
    for (let version = 1; version <= 11; version += 1) {
      const paid = Math.floor((version - 1) / 2);
      expect(await at({ untilVersion: version })).toBe(String(paid * 100));
      const happenedAtMs = version === 1 ? 1_000 : 2_000 + Math.floor((version - 2) / 2) * 10;
      const untilMs = happenedAtMs + (version % 2 === 1 && version > 1 ? 5 : 0);
      expect(await at({ untilMs })).toBe(String(paid * 100));
      expect(await at({ untilMs: untilMs + 4 })).toBe(String(paid * 100));
    }
    expect(await at(undefined)).toBe('500');
  });

  it('refuses a version that was never reached, and a time before the beginning', async () => {
    const replay = (ledger: string, until?: ReplayRequest['until']) =>
      replayLog(database.dataSource, {
        verify: false,
        ledger,
        ...(until === undefined ? {} : { until }),
      });
    await expect(replay('alice', { untilVersion: 12 })).rejects.toThrow(/ends at version 11/);
    await expect(replay('alice', { untilMs: 999 })).rejects.toThrow(NothingToReplayError);
    await expect(replay('alice', { untilVersion: 0 })).rejects.toThrow(NothingToReplayError);
    await expect(replay('nobody')).rejects.toThrow(NothingToReplayError);
    const all = await replayLog(database.dataSource, {
      verify: false,
      until: { untilVersion: 9 },
    });
    expect(all.ledgers.map(({ ledger, version }) => [ledger, version])).toEqual([
      ['alice', 9],
      ['bob', 7],
    ]);
  });

  it('names a read model that says something else', async () => {
    await database.dataSource.query(
      `UPDATE balances SET incoming_fulfilled = 499 WHERE ledger_id = 'alice'`,
    );
    const report = await replayLog(database.dataSource, { verify: true });
    await database.dataSource.query(
      `UPDATE balances SET incoming_fulfilled = 500 WHERE ledger_id = 'alice'`,
    );
    expect(report.matches).toBe(false);
    expect(report.differences).toEqual([
      'ledger alice: balance is 500 by the log, 499 by the read model',
      'ledger alice: incoming fulfilled is 500 by the log, 499 by the read model',
    ]);
  });

  const changes: [string, string][] = [
    ['payload', `payload = jsonb_set(payload, '{amount}', '"101"')`],
    ['packet', `packet = set_byte(packet, 3, get_byte(packet, 3) # 1)`],
    ['packet_digest', `packet_digest = set_byte(packet_digest, 0, get_byte(packet_digest, 0) # 1)`],
    [
      'previous_hash',
      `previous_hash = set_byte(previous_hash, 31, get_byte(previous_hash, 31) # 1)`,
    ],
    ['hash', `hash = set_byte(hash, 7, get_byte(hash, 7) # 1)`],
    ['occurred_at', `occurred_at = occurred_at + interval '1 millisecond'`],
    ['transfer_id', `transfer_id = '00000000-0000-4000-8000-000000000000'`],
    ['type', `type = 'TransferExpired'`],
  ];

  it.each(changes)('finds a changed %s and names ledger and version', async (_column, change) => {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const at = `WHERE ledger_id = 'alice' AND version = 4`;
    const { rows } = await client.query<Record<string, unknown>>(
      `SELECT * FROM ledger_events ${at}`,
    );
    await client.query('ALTER TABLE ledger_events DISABLE TRIGGER ALL');
    try {
      await client.query(`UPDATE ledger_events SET ${change} ${at}`);
      const report = await replayLog(database.dataSource, { verify: true });
      expect(report.chain).toBe('broken');
      expect(report.matches).toBe(false);
      expect(report.problems.join('\n')).toMatch(/ledger alice, version 4/);
    } finally {
      await client.query(`DELETE FROM ledger_events ${at}`);
      const columns = Object.keys(rows[0] ?? {});
      await client.query(
        `INSERT INTO ledger_events (${columns.join(', ')}) VALUES (${columns.map((_, i) => `$${i + 1}`).join(', ')})`,
        columns.map((column) => rows[0]?.[column]),
      );
      await client.query('ALTER TABLE ledger_events ENABLE TRIGGER ALL');
      await client.end();
    }
    expect((await replayLog(database.dataSource, { verify: true })).chain).toBe('ok');
  });
});
