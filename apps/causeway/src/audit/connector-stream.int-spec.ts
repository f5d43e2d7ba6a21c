import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONNECTOR_STREAM } from '#contracts';
import { encodeRatesEvent, type LoggedRatesEvent } from '#domain/rates';
import {
  ConnectorLog,
  createDataSource,
  EventReader,
  ProjectionRunner,
  prunePackets,
} from '#event-store';
import { canonicalJson } from '#eventsourcing';
import { PeerRegistry } from '#peers';
import { PROJECTIONS } from '#read-models';
import { logDatabase, type LogDatabase } from '#testing';
import { freshDirectory } from '../../../../test/support/fresh-directory';
import { scratchDatabase } from '../../../../test/support/scratch-database';
import {
  CONNECTOR,
  followLog,
  logStory,
  paymentStory,
  signHeads,
  signingKey,
} from '../../test/logged-story';
import { republish } from '../events/republish';
import { NothingToReplayError, replayLog } from '../replay/replay-log';
import { auditExport } from './export-audit';
import { loadExport } from './export-load';
import { exportLog } from './export-log';
import { compareLedgers, IncomparableError } from './ledger-comparison';
import { UnknownLedgerError, verifyDatabase } from './verify-database';

const key = signingKey();
const folder = freshDirectory();
const STORY = paymentStory({ amounts: [40, 30, 20], fulfilled: [0, 1] });
const MIDDLE = 7;

const quoted = { fetchedAtMs: 5, base: 'EUR', rates: { USD: '1.1' } };
const fetched = { ...quoted, source: 'https://rates.example/daily' };
const RATES: readonly LoggedRatesEvent[] = [
  { type: 'RatesPublished', sheet: fetched, sequence: 1, by: 'quoter' },
  { type: 'RatesConfirmed', fetchedAtMs: 6, sequence: 2, by: 'quoter' },
  { type: 'RatesWithdrawn', reason: 'too-old', sequence: 3, by: 'quoter' },
  { type: 'RatesRestored', fetchedAtMs: 9, sequence: 4, by: 'quoter' },
  { type: 'RatesSet', sheet: { ...quoted, source: 'table' }, sequence: 5, by: 'configuration' },
];
/** Peers come and go between the payments, and rates change in between. */
const OWN_TYPES = [
  'RatesPublished',
  'PeerAdded',
  'RatesConfirmed',
  'RatesWithdrawn',
  'PeerTokenRotated',
  'RatesRestored',
  'PeerRemoved',
  'RatesSet',
];
const CONNECTOR_EVENTS = OWN_TYPES.length;

const dave = {
  id: 'dave',
  socket: 'server',
  token: 'secret-of-dave',
  authority: 'admin',
  ledger: { prefix: 'test.dave.', currencyCode: 'USD', currencyScale: 9, maxBalance: '1000' },
};

let database: LogDatabase;
let log: ConnectorLog;
beforeEach(async () => {
  database = await logDatabase();
  log = new ConnectorLog(database.dataSource, { connector: CONNECTOR, partitions: 64 });
  const registry = new PeerRegistry(log);
  const around = { configured: [], ownHostname: undefined, by: 'carol' };
  await logStory(database.dataSource, STORY.slice(0, MIDDLE));
  await note(...RATES.slice(0, 1));
  await registry.add({ document: dave, ...around });
  await note(...RATES.slice(1, 3));
  const credentials = { tokenSha256: '00'.repeat(32) };
  await registry.rotateToken({ peerId: 'dave', credentials, ...around });
  await note(...RATES.slice(3, 4));
  await logStory(database.dataSource, STORY.slice(MIDDLE));
  await registry.remove({ peerId: 'dave', reason: 'gone', ledger: 'none', ...around });
  await note(...RATES.slice(4));
  await followLog(database.dataSource);
  await signHeads(database.dataSource, key);
});
afterEach(() => database.drop());

const verify = (ledger?: string) =>
  verifyDatabase(database.dataSource, { pinned: [], ...(ledger === undefined ? {} : { ledger }) });

async function exported(name: string, ledgers: readonly string[] = []): Promise<string> {
  const out = join(folder.path, name);
  await exportLog(database.dataSource, { out, ledgers, key });
  return out;
}

/** Puts changes of the rates on record, as a quoter does. */
async function note(...events: readonly LoggedRatesEvent[]): Promise<void> {
  for (const event of events) {
    await append(event.type, canonicalJson(encodeRatesEvent(event).payload));
  }
}

const append = (type: string, payload: string) =>
  log.append(() =>
    Promise.resolve({
      events: [{ type, schemaVersion: 1, occurredAtMs: 1_800_000_000_000, payload }],
      result: undefined,
    }),
  );

describe('an audit of a log in which peers come and go and rates change', () => {
  test('is clean, takes no time waiting for read models, and shows the stream with its head', async () => {
    const report = await verify();
    expect(report).toMatchObject({ result: 'clean', findings: [], remarks: [] });
    expect(Object.values(report.checks)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', 'ok']);
    expect(report.counts).toMatchObject({
      events: STORY.length + CONNECTOR_EVENTS,
      ledgers: 3,
      signedHeads: 4,
    });
    expect(report.positions).toContainEqual({ partition: 64, position: CONNECTOR_EVENTS });
    expect(report.ledgers[0]).toMatchObject({
      ledger: CONNECTOR_STREAM,
      version: CONNECTOR_EVENTS,
      balance: null,
      signedHead: { version: CONNECTOR_EVENTS },
      unsignedEvents: 0,
    });
  });

  test('may be of the stream alone, or of one ledger, and says what was not checked', async () => {
    expect((await verify(CONNECTOR_STREAM)).checks).toMatchObject({
      chain: 'ok',
      connector: 'ok',
      ledgers: 'not-checked',
      payments: 'not-checked',
    });
    expect((await verify('alice')).checks).toMatchObject({
      ledgers: 'ok',
      connector: 'not-checked',
    });
    await expect(verify('_other')).rejects.toThrow(UnknownLedgerError);
  });

  test.each([
    ['rewritten', `UPDATE ledger_events SET payload = jsonb_set(payload, '{by}', '"mallory"')`],
    ['moved', `UPDATE ledger_events SET partition = 3, position = 99`],
    ['cut', `DELETE FROM ledger_events`],
  ])('finds that it was %s', async (_how, statement) => {
    await database.asSuperuser(
      'ALTER TABLE ledger_events DISABLE TRIGGER ALL',
      `${statement} WHERE ledger_id = '_connector' AND version = 3`,
    );
    const { result, findings } = await verify();
    expect(result).toBe('findings');
    expect(findings.some(({ ledger }) => ledger === CONNECTOR_STREAM)).toBe(true);
  });

  test.each([
    ['PeerTokenRotated', '{"by":"carol","peerId":"dave"}', /dave, which is not there/],
    ['PeerAdded', '{"by":"carol","peer":{}}', /peer not-a-peer/],
    ['Invented', '{}', /unknown-type/],
    ['RatesConfirmed', '{"by":"quoter","fetchedAtMs":99,"sequence":7}', /sequence 7/],
    ['RatesConfirmed', '{"by":"quoter","fetchedAtMs":99,"sequence":5}', /sequence 5/],
    ['RatesRestored', '{"by":"quoter","fetchedAtMs":99,"sequence":6}', /rates in force/],
    ['RatesWithdrawn', '{"by":"quoter","reason":"mood","sequence":6}', /reason not-one-of/],
  ])('finds an event that cannot be: %s', async (type, payload, found) => {
    await append(type, payload);
    const { checks, findings } = await verify();
    expect(checks).toMatchObject({ chain: 'ok', connector: 'failed', ledgers: 'ok' });
    const version = CONNECTOR_EVENTS + 1;
    expect(findings).toMatchObject([{ check: 'connector', ledger: CONNECTOR_STREAM, version }]);
    expect(findings[0]?.found).toMatch(found);
  });
});

describe('an export of such a log', () => {
  test('holds the stream and no secret, proves itself, and can be loaded and audited again', async () => {
    const file = await exported('log.ndjson');
    expect(readFileSync(file, 'utf8')).not.toMatch(/secret-of-dave|tokenSha256/);
    const audited = await auditExport(file, { pinned: [] });
    expect(audited.report).toMatchObject({ result: 'clean', checks: { connector: 'ok' } });
    expect(audited.manifest.ledgers[0]).toMatchObject({
      ledger: CONNECTOR_STREAM,
      partition: 64,
      events: CONNECTOR_EVENTS,
    });
    const scratch = await scratchDatabase();
    try {
      await loadExport(file, audited, scratch.url);
      const loaded = await createDataSource(scratch.url, { applicationName: 'spec' });
      const report = await verifyDatabase(loaded, { pinned: [] });
      await loaded.destroy();
      expect(report.checks).toMatchObject({ chain: 'ok', connector: 'ok', signedHeads: 'ok' });
      expect(report.counts.events).toBe(STORY.length + CONNECTOR_EVENTS);
    } finally {
      await scratch.drop();
    }
  });

  test('may be of the stream alone, or without it', async () => {
    const alone = await auditExport(await exported('own.ndjson', [CONNECTOR_STREAM]), {
      pinned: [],
    });
    expect(alone.report).toMatchObject({ result: 'clean', checks: { connector: 'ok' } });
    const without = await auditExport(await exported('alice.ndjson', ['alice']), { pinned: [] });
    expect(without.report.checks.connector).toBe('not-checked');
  });

  test('is compared by its ledgers', async () => {
    const file = await exported('both.ndjson', ['alice', CONNECTOR_STREAM]);
    const { dataSource } = database;
    const ours = { kind: 'database', dataSource, ledger: 'alice' } as const;
    const theirs = { kind: 'export', file, ledger: undefined } as const;
    expect((await compareLedgers({ ours, theirs, pinned: [] })).theirs.ledger).toBe('alice');
    const stream = { ...ours, ledger: CONNECTOR_STREAM };
    await expect(compareLedgers({ ours: stream, theirs, pinned: [] })).rejects.toThrow(
      IncomparableError,
    );
  });
});

describe('a replay', () => {
  test('counts the stream and has no balance for it', async () => {
    const report = await replayLog(database.dataSource, { verify: true });
    expect(report).toMatchObject({
      events: STORY.length + CONNECTOR_EVENTS,
      chain: 'ok',
      matches: true,
      problems: [],
    });
    expect(report.ledgers.map(({ ledger }) => ledger)).toEqual(['alice', 'bob', 'carol']);
    await expect(
      replayLog(database.dataSource, { verify: false, ledger: CONNECTOR_STREAM }),
    ).rejects.toThrow(NothingToReplayError);
  });

  test('tells of an event of the stream that cannot be', async () => {
    await append('PeerRemoved', '{"by":"x","ledger":"none","peerId":"dave","reason":"x"}');
    const { chain, problems } = await replayLog(database.dataSource, { verify: true });
    expect(chain).toBe('broken');
    expect(problems.join()).toMatch(/ledger _connector, version 9: impossible: PeerRemoved/);
  });

  test('tells of a change of the rates that is missing', async () => {
    await note({ type: 'RatesWithdrawn', reason: 'other-source', sequence: 7, by: 'quoter' });
    const { chain, problems } = await replayLog(database.dataSource, { verify: true });
    expect(chain).toBe('broken');
    expect(problems.join()).toMatch(/version 9: impossible: RatesWithdrawn.*sequence 6.*7/);
  });
});

test('read models are rebuilt, and have nothing to do with the stream', async () => {
  for (const projection of PROJECTIONS) {
    const runner = new ProjectionRunner(database.dataSource, { projection, partitions: 64 });
    await runner.rebuild();
    expect(await runner.lag()).toBe(0);
  }
  expect((await verify()).result).toBe('clean');
});

test('packets are taken away around it, and every hash stays', async () => {
  const options = { partitions: 64, endedBefore: new Date(), by: 'carol' };
  expect((await prunePackets(database.dataSource, options)).packets).toBeGreaterThan(0);
  expect((await verify()).result).toBe('clean');
});

test('the stream of subscribers is filled with it again, or with it alone', async () => {
  const createdAt = new Date();
  const published = async (ledger?: string) => {
    const subjects: string[] = [];
    const parts = {
      connector: 'test-causeway',
      reader: new EventReader(database.dataSource),
      ensureStream: () =>
        Promise.resolve({ messages: 0, bytes: 0, firstSequence: 0, lastSequence: 0, createdAt }),
      publish: (events: readonly { readonly subject: string }[]) => {
        subjects.push(...events.map(({ subject }) => subject));
        return Promise.resolve({ stored: events.length, duplicates: 0 });
      },
      progress: () => undefined,
    };
    await republish(parts, { from: { kind: 'all' }, ...(ledger === undefined ? {} : { ledger }) });
    return subjects;
  };
  const own = OWN_TYPES.map((type) => `causeway.events.test-causeway._connector.${type}`);
  const all = await published();
  expect(all).toHaveLength(STORY.length + CONNECTOR_EVENTS);
  expect(all.filter((subject) => subject.includes('_connector'))).toEqual(own);
  expect(await published(CONNECTOR_STREAM)).toEqual(own);
});
