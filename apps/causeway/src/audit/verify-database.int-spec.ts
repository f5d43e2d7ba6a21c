import { publicKeyOf } from '#domain/audit';
import { logDatabase, type LogDatabase } from '#testing';
import {
  CONNECTOR,
  followLog,
  logStory,
  paymentStory,
  signHeads,
  signingKey,
} from '../../test/logged-story';
import { chained } from '../../test/recorded-story';
import { EventReader, SignedHeadStore } from '#event-store';
import type { RecordedEvent } from '#eventsourcing';
import type { AuditReport } from './audit-report';
import { SignedHeadAudit } from './signed-head-audit';
import { UnknownLedgerError, verifyDatabase, type VerifyRequest } from './verify-database';

const key = signingKey();
const STORY = paymentStory({ amounts: [40, 30, 20], fulfilled: [0, 1] });

let database: LogDatabase;
beforeEach(async () => {
  database = await logDatabase();
  await logStory(database.dataSource, STORY);
  await followLog(database.dataSource);
  await signHeads(database.dataSource, key);
});
afterEach(() => database.drop());

const verify = (request: Partial<VerifyRequest> = {}): Promise<AuditReport> =>
  verifyDatabase(database.dataSource, { pinned: [], ...request });

const rulesOf = (report: AuditReport): string[] =>
  report.findings.map(({ check, rule, ledger, version }) =>
    [check, rule, ledger ?? '', version ?? ''].join(' ').trimEnd(),
  );

/** Does to tables what only somebody with every right can do. */
async function tamper(...statements: string[]): Promise<void> {
  const tables = ['ledger_events', 'signed_heads', 'audit_keys'];
  const off = tables.map((table) => `ALTER TABLE ${table} DISABLE TRIGGER ALL`);
  await database.asSuperuser(...off, ...statements);
}

async function allEvents(): Promise<RecordedEvent[]> {
  const reader = new EventReader(database.dataSource);
  const events: RecordedEvent[] = [];
  for (const partition of await reader.partitionsInUse()) {
    for await (const event of reader.readPartition({ partition })) events.push(event);
  }
  return events;
}

/** Puts a whole new history in the place of the old one, every hash worked out anew. */
async function rewrite(change: (event: RecordedEvent) => RecordedEvent): Promise<void> {
  const events = chained((await allEvents()).map(change));
  await tamper(
    ...events.map(
      ({ ledgerId, version, payload, previousHash, hash }) =>
        `UPDATE ledger_events SET payload = '${payload}',
           previous_hash = '\\x${previousHash.toString('hex')}', hash = '\\x${hash.toString('hex')}'
         WHERE ledger_id = '${ledgerId}' AND version = ${version}`,
    ),
  );
}

test('an honest log is clean, and the report says what it is about', async () => {
  const progress: number[] = [];
  const report = await verify({ onProgress: (events) => progress.push(events) });
  expect(report).toMatchObject({
    source: 'database',
    connector: CONNECTOR,
    partitions: 64,
    scope: null,
    result: 'clean',
    checks: { chain: 'ok', ledgers: 'ok', payments: 'ok', signedHeads: 'ok', readModels: 'ok' },
    trust: 'first-use',
    keys: [publicKeyOf(key).id],
    findings: [],
    remarks: [],
  });
  expect(report.counts).toEqual({
    events: STORY.length,
    ledgers: 3,
    transfers: 6,
    payments: 3,
    unfinishedPayments: 0,
    losses: 0,
    signedHeads: 3,
    findings: 0,
  });
  expect(progress.at(-1)).toBe(STORY.length);
  expect(report.ledgers.map(({ ledger, balance }) => [ledger, balance])).toEqual([
    ['alice', '70'],
    ['bob', '-68'],
    ['carol', '0'],
  ]);
  for (const { version, signedHead, unsignedEvents } of report.ledgers) {
    expect(signedHead?.version).toBe(version);
    expect(unsignedEvents).toBe(0);
  }
});

test('a large log is sorted on disk and gives the same', async () => {
  const { counts, result } = await verify({ spill: { memoryBytes: 200 } });
  expect({ result, payments: counts.payments }).toEqual({ result: 'clean', payments: 3 });
});

test('one ledger alone', async () => {
  const report = await verify({ ledger: 'alice' });
  expect(report).toMatchObject({ result: 'clean', scope: ['alice'] });
  expect(report.checks).toMatchObject({ payments: 'not-checked', readModels: 'ok' });
  expect(report.ledgers).toHaveLength(1);
  await expect(verify({ ledger: 'nobody' })).rejects.toThrow(UnknownLedgerError);
});

test('trust in a key that the auditor brings', async () => {
  expect(await verify({ pinned: [publicKeyOf(key)] })).toMatchObject({
    result: 'clean',
    trust: 'pinned',
  });
  const report = await verify({ pinned: [publicKeyOf(signingKey())] });
  expect(report.checks.signedHeads).toBe('failed');
  expect(new Set(report.findings.map(({ rule }) => rule))).toEqual(new Set(['signed-head-key']));
});

test('a key that signs for the first time while the log is read is as good as any before', async () => {
  await tamper('DELETE FROM signed_heads', 'DELETE FROM audit_keys');
  const found: unknown[] = [];
  const heads = await SignedHeadAudit.of({
    connector: CONNECTOR,
    pinned: [],
    store: new SignedHeadStore(database.dataSource),
    reader: new EventReader(database.dataSource),
    tell: (problem) => found.push(problem),
  });
  expect(heads.keyIds).toEqual([]);
  await signHeads(database.dataSource, key);
  for (const ledger of ['alice', 'bob', 'carol']) await heads.finish(ledger);
  expect(found).toEqual([]);
  expect(heads.keyIds).toEqual([publicKeyOf(key).id]);
  expect([...heads.newest.keys()]).toEqual(['alice', 'bob', 'carol']);
});

test('nothing signed is nothing proven, and said so', async () => {
  await tamper('DELETE FROM signed_heads');
  const report = await verify();
  expect(report).toMatchObject({ result: 'clean', trust: 'none' });
  expect(report.checks.signedHeads).toBe('not-checked');
  expect(report.ledgers.map(({ unsignedEvents, version }) => unsignedEvents === version)).toEqual([
    true,
    true,
    true,
  ]);
});

test('a history that was rewritten as a whole, every hash worked out anew, is found', async () => {
  await rewrite((event) =>
    event.ledgerId === 'carol'
      ? { ...event, payload: event.payload.replace('test.carol.', 'test.carla.') }
      : event,
  );
  const report = await verify();
  expect(report.checks.chain).toBe('ok');
  expect(rulesOf(report)).toEqual(['signedHeads signed-head carol 1']);
});

test('and so is one whose end was cut off, with everything that followed it', async () => {
  const { version } = (await verify()).ledgers[0] ?? { version: 0 };
  await tamper(
    `DELETE FROM ledger_events WHERE ledger_id = 'alice' AND version = ${version}`,
    'DELETE FROM checkpoints',
    `UPDATE balances SET last_version = ${version - 1} WHERE ledger_id = 'alice'`,
  );
  const report = await verify();
  expect(rulesOf(report)).toContain(`signedHeads signed-head alice ${version}`);
  expect(report.findings.find(({ check }) => check === 'signedHeads')?.found).toBe('no such event');
});

test('a ledger that vanished altogether is missed', async () => {
  await tamper(`DELETE FROM ledger_events WHERE ledger_id = 'carol'`, 'DELETE FROM checkpoints');
  expect(rulesOf(await verify())).toContain('signedHeads signed-head carol 1');
});

test.each([
  ['hash', `hash = set_byte(hash, 0, 255 - get_byte(hash, 0))`, 'signed-head-signature'],
  ['version', 'version = version + 1', 'signed-head-signature'],
  ['time', `signed_at = signed_at + interval '1 second'`, 'signed-head-signature'],
  [
    'signature',
    'signature = set_byte(signature, 0, 255 - get_byte(signature, 0))',
    'signed-head-signature',
  ],
])('a signed head with another %s is found', async (_what, change, rule) => {
  await tamper(`UPDATE signed_heads SET ${change} WHERE ledger_id = 'bob'`);
  const report = await verify();
  expect(report.findings.map((each) => [each.ledger, each.rule])).toEqual([['bob', rule]]);
});

test('events that came after the signature are counted as not vouched for', async () => {
  await logStory(database.dataSource, [
    {
      ledgerId: 'carol',
      event: { type: 'LimitsChanged', limits: { maxBalance: 5n, minBalance: null }, by: 'olga' },
    },
  ]);
  await followLog(database.dataSource);
  const report = await verify();
  expect(report.result).toBe('clean');
  expect(report.ledgers.find(({ ledger }) => ledger === 'carol')).toMatchObject({
    version: 2,
    unsignedEvents: 1,
    signedHead: { version: 1 },
  });
});

describe('a read model that says something else is named:', () => {
  test.each([
    [
      'a sum',
      `UPDATE balances SET outgoing_fulfilled = 67 WHERE ledger_id = 'bob'`,
      ['read-model: balance', 'read-model: outgoing fulfilled'],
    ],
    ['no row of a ledger', `DELETE FROM balances WHERE ledger_id = 'bob'`, ['read-model: version']],
    [
      'a transfer’s outcome',
      `UPDATE transfers SET status = 'expired' WHERE ledger_id = 'bob' AND amount = 39`,
      ['read-model: transfers'],
    ],
    [
      'a transfer’s amount',
      `UPDATE transfers SET amount = 38 WHERE ledger_id = 'bob' AND amount = 39`,
      ['read-model: transfers'],
    ],
    [
      'no such transfer',
      `DELETE FROM transfers WHERE ledger_id = 'bob' AND amount = 39`,
      ['read-model: transfers'],
    ],
    [
      'a transfer too many',
      `INSERT INTO transfers (ledger_id, transfer_id, direction, amount, status, expires_at,
                              prepared_at, prepared_version, last_version, last_position)
       VALUES ('bob', '00000000-0000-4000-8000-000000000000', 'incoming', 5, 'prepared',
               now(), now(), 2, 2, 2)`,
      ['read-model: transfers'],
    ],
  ])('%s', async (_what, statement, rules) => {
    await database.asSuperuser(statement);
    const report = await verify();
    expect(report.findings.map(({ rule }) => rule).sort()).toEqual(rules);
    expect(report.checks).toMatchObject({ chain: 'ok', ledgers: 'ok', readModels: 'failed' });
  });
});

test('a checkpoint beyond the end says that the end is gone', async () => {
  await tamper(`UPDATE checkpoints SET position = position + 1 WHERE name = 'ledgers'`);
  const report = await verify();
  expect(new Set(report.findings.map(({ rule }) => rule))).toEqual(new Set(['missing-end']));
});

test('the audit reads up to one moment while the connector goes on writing', async () => {
  const more = paymentStory({ amounts: [40, 30, 20, 10], fulfilled: [0, 1, 3] }).slice(
    STORY.length,
  );
  let written: Promise<void> | undefined;
  const report = await verify({
    onProgress: () => {
      written ??= logStory(database.dataSource, more);
    },
  });
  await written;
  await followLog(database.dataSource);
  expect(report.findings.filter(({ check }) => check !== 'readModels')).toEqual([]);
  expect((await verify()).counts.payments).toBe(4);
});
