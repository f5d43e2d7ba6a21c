import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readFileSync, writeFileSync } from 'node:fs';
import { publicKeyOf } from '#domain/audit';
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
import { replayLog } from '../replay/replay-log';
import { parseUntil } from '../replay/until';
import { auditExport } from './export-audit';
import { loadExport, LoadRefusedError } from './export-load';
import { exportLog, type ExportRequest } from './export-log';
import { ExportRefusedError } from './export-writer';
import { verifyDatabase } from './verify-database';
import { createDataSource } from '#event-store';

const key = signingKey();
const folder = freshDirectory();
const STORY = paymentStory({ amounts: [40, 30, 20], fulfilled: [0, 1] });
const STARTED_MS = Date.UTC(2017, 7, 28, 12);

let database: LogDatabase;
beforeAll(async () => {
  database = await logDatabase();
  await logStory(database.dataSource, STORY, STARTED_MS);
  await followLog(database.dataSource);
  await signHeads(database.dataSource, key);
});
afterAll(() => database.drop());

async function exported(name: string, request: Partial<ExportRequest> = {}) {
  const out = join(folder.path, name);
  const summary = await exportLog(database.dataSource, { out, ledgers: [], key, ...request });
  return { file: out, summary };
}

test('an export of the whole log is audited offline with the same balances', async () => {
  const { file, summary } = await exported('log.ndjson.gz');
  expect(summary).toMatchObject({ events: STORY.length, ledgers: 3, key: publicKeyOf(key).id });
  const { report, manifest } = await auditExport(file, { pinned: [publicKeyOf(key)] });
  expect(report).toMatchObject({ result: 'clean', connector: CONNECTOR, trust: 'pinned' });
  expect(report.checks).toMatchObject({ payments: 'ok', signedHeads: 'ok' });
  expect(manifest.complete).toBe(true);
  const replayed = await replayLog(database.dataSource, { verify: false });
  expect(report.ledgers.map(({ ledger, balance, hash }) => [ledger, balance, hash])).toEqual(
    replayed.ledgers.map(({ ledger, balance, hash }) => [ledger, balance, hash]),
  );
  expect(gunzipSync(readFileSync(file)).toString().split('\n')[0]).toMatch(/^\{"manifest":/);
});

test('ledgers can be chosen', async () => {
  const { file } = await exported('two.ndjson', { ledgers: ['bob', 'alice'] });
  const { report, manifest } = await auditExport(file, { pinned: [] });
  expect(manifest).toMatchObject({ complete: false, range: 'whole' });
  expect(report).toMatchObject({ scope: ['alice', 'bob'], result: 'clean' });
  expect(report.counts.payments).toBe(3);
  await expect(exported('none.ndjson', { ledgers: ['nobody'] })).rejects.toThrow(
    ExportRefusedError,
  );
});

test.each<[string, string | undefined, string | undefined, number, number]>([
  ['up to a version', undefined, '4', 1, 4],
  ['from a version', '3', undefined, 3, 6],
  ['from a version to another one', '2', '3', 2, 3],
  ['up to a moment', undefined, '2017-08-28T12:00:00.003Z', 1, 2],
  ['from a moment', '2017-08-28T12:00:00.004Z', undefined, 3, 6],
])('a range of a ledger: %s', async (_what, from, until, first, last) => {
  const { file } = await exported('range.ndjson', {
    ledgers: ['alice'],
    from: from === undefined ? undefined : parseUntil(from),
    until: until === undefined ? undefined : parseUntil(until),
  });
  const { manifest, report } = await auditExport(file, { pinned: [] });
  expect(manifest.range).toBe('part');
  expect(manifest.ledgers).toMatchObject([{ firstVersion: first, lastVersion: last }]);
  expect(report.result).toBe('clean');
  const [ledger] = report.ledgers;
  if (first > 1) {
    expect(ledger?.balance).toBeNull();
    return;
  }
  const replayed = await replayLog(database.dataSource, {
    verify: false,
    ledger: 'alice',
    until: { untilVersion: last },
  });
  expect(ledger?.balance).toBe(replayed.ledgers[0]?.balance);
});

test('an export is loaded into an empty database, where it is audited like any other log', async () => {
  const { file } = await exported('log.ndjson');
  const audited = await auditExport(file, { pinned: [] });
  const scratch = await scratchDatabase();
  try {
    await loadExport(file, audited, scratch.url);
    const dataSource = await createDataSource(scratch.url, { applicationName: 'spec' });
    try {
      await followLog(dataSource);
      const [there, here] = [
        await verifyDatabase(dataSource, { pinned: [publicKeyOf(key)] }),
        await verifyDatabase(database.dataSource, { pinned: [publicKeyOf(key)] }),
      ];
      expect(there.result).toBe('clean');
      expect(there.ledgers).toEqual(here.ledgers);
      expect(there.checks).toEqual(here.checks);
    } finally {
      await dataSource.destroy();
    }
    await expect(loadExport(file, audited, scratch.url)).rejects.toThrow(LoadRefusedError);
  } finally {
    await scratch.drop();
  }
});

test('a file that changes between checking and loading leaves no event behind', async () => {
  const { file } = await exported('changing.ndjson');
  const audited = await auditExport(file, { pinned: [] });
  const changed = readFileSync(file, 'utf8').replace('"amount":"40"', '"amount":"41"');
  writeFileSync(file, changed);
  const scratch = await scratchDatabase();
  try {
    await expect(loadExport(file, audited, scratch.url)).rejects.toThrow(/has changed since/);
    const dataSource = await createDataSource(scratch.url, { applicationName: 'spec' });
    const rows: { events: string }[] = await dataSource.query(
      'SELECT count(*) AS events FROM ledger_events',
    );
    await dataSource.destroy();
    expect(rows).toEqual([{ events: '0' }]);
  } finally {
    await scratch.drop();
  }
});
