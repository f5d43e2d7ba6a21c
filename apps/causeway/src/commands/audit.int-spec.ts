import { execFile } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publicKeyOf, publicKeyText } from '#domain/audit';
import type { LedgerEvent, TransferPrepared } from '#domain/ledger';
import { keptSigningKey } from '#platform';
import { logDatabase, type LogDatabase } from '#testing';
import { freshDirectory } from '../../../../test/support/fresh-directory';
import { scratchDatabase } from '../../../../test/support/scratch-database';
import { followLog, logStory, paymentStory, signHeads, signingKey } from '../../test/logged-story';

const ROOT = join(__dirname, '../../../..');
const STORY = paymentStory({ amounts: [40, 30, 20], fulfilled: [0, 1] });
const folder = freshDirectory();

// Each command is a process that compiles its sources first, and some tests give many.
jest.setTimeout(180_000);

let database: LogDatabase;
beforeAll(async () => {
  database = await logDatabase();
  await logStory(database.dataSource, STORY);
  await followLog(database.dataSource);
});
afterAll(() => database.drop());

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line as a process of its own, on this database. */
function causeway(...words: string[]): Promise<Ended> {
  const script = join(ROOT, 'test/support/run-typescript.cjs');
  const args = [script, join(ROOT, 'apps/causeway/src/main.ts'), ...words];
  const env = {
    DATABASE_URL: database.url,
    CAUSEWAY_AUDIT_KEY_FILE: join(folder.path, 'key.pem'),
  };
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env, cwd: folder.path }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });
}

const isPrepared = (event: LedgerEvent): event is TransferPrepared =>
  event.type === 'TransferPrepared';

const at = (name: string): string => join(folder.path, name);

test('verify: a clean log ends with 0, a report for people and one to be filed', async () => {
  const { code, out, err } = await causeway('audit', 'verify', '--out', 'report.json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^alice\s+\d+\s+70\s/m);
  expect(out).toMatch(/clean: no findings\n$/);
  expect(JSON.parse(readFileSync(at('report.json'), 'utf8'))).toMatchObject({
    format: 'causeway-audit-report',
    formatVersion: 1,
    software: { name: 'causeway' },
    result: 'clean',
  });
});

test('verify: findings end with 1, what kept it from running with 2', async () => {
  await database.asSuperuser(`UPDATE balances SET adjusted = 1 WHERE ledger_id = 'bob'`);
  const found = await causeway('audit', 'verify', '--json', '--ledger', 'bob');
  await database.asSuperuser(`UPDATE balances SET adjusted = 0 WHERE ledger_id = 'bob'`);
  expect(found.code).toBe(1);
  expect(JSON.parse(found.out)).toMatchObject({ result: 'findings', scope: ['bob'] });

  const nobody = await causeway('audit', 'verify', '--ledger', 'nobody');
  expect(nobody).toEqual({ code: 2, out: '', err: 'causeway: ledger "nobody" has no events\n' });
  const noKey = await causeway('audit', 'verify', '--key', 'missing.pem');
  expect(noKey.code).toBe(2);
  expect(noKey.err).toMatch(/--key missing\.pem/);
});

test.each([
  [['audit'], 'Usage: causeway audit'],
  [['audit', 'verfy'], "unknown command 'verfy'"],
  [['audit', 'verify', '--legder', 'alice'], "unknown option '--legder'"],
  [['audit', 'import'], "missing required argument 'file'"],
])('%j is no finding: 2', async (words, said) => {
  const { code, out, err } = await causeway(...words);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(said);
});

test('help is what was asked for: 0', async () => {
  expect(await causeway('audit', 'verify', '--help')).toMatchObject({ code: 0, err: '' });
});

test('the program has the version that stands in its reports', async () => {
  const { out } = await causeway('--version');
  const report = await causeway('audit', 'verify', '--json');
  expect(JSON.parse(report.out)).toMatchObject({ software: { version: out.trim() } });
});

test('price: what has no price, and what cannot be found', async () => {
  const { transferId } = STORY.map(({ event }) => event).find(isPrepared) ?? { transferId: '' };
  // Told before prices were put on record.
  const { code, err, out } = await causeway('audit', 'price', '--transfer', transferId);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^verdict {4}nothing to price: it was planned before prices/m);
  const unknown = await causeway('audit', 'price', '--transfer', transferId.replace('b', 'c'));
  expect(unknown.code).toBe(2);
  expect(unknown.err).toMatch(/^causeway: no transfer \S+ in the log\n$/);
});

test('key: shows what signs, and which half is here', async () => {
  const own = publicKeyOf(keptSigningKey(at('key.pem')));
  const { code, out, err } = await causeway('audit', 'key');
  expect(code).toBe(0);
  expect(out).toBe(publicKeyText(own));
  expect(err).toContain(`key ${own.id}, kept on this machine`);
  expect(statSync(at('key.pem')).mode & 0o777).toBe(0o600);

  const other = signingKey();
  await signHeads(database.dataSource, other);
  const { out: both } = await causeway('audit', 'key', '--json');
  const keys = both
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { key: string; isOurs: boolean });
  expect(keys.map(({ key, isOurs }) => [key, isOurs])).toEqual([
    [publicKeyOf(other).id, false],
    [own.id, true],
  ]);
  writeFileSync(at('other.pem'), publicKeyText(publicKeyOf(other)));
  const pinned = await causeway('audit', 'verify', '--key', 'other.pem', '--json');
  expect(JSON.parse(pinned.out)).toMatchObject({ result: 'clean', trust: 'pinned' });
});

test('export without a key is refused; with one, import proves it without a database', async () => {
  const refused = await causeway('audit', 'export', '--out', 'log.ndjson.gz');
  expect(refused.code).toBe(2);
  expect(refused.err).toMatch(/there is no key at .*key\.pem/);

  const key = publicKeyOf(keptSigningKey(at('key.pem')));
  const done = await causeway('audit', 'export', '--out', 'log.ndjson.gz', '--json');
  expect(done.code).toBe(0);
  expect(JSON.parse(done.out)).toMatchObject({ events: STORY.length, ledgers: 3, key: key.id });
  expect(existsSync(at('log.ndjson.gz'))).toBe(true);

  const imported = await causeway('audit', 'import', 'log.ndjson.gz', '--json');
  expect(imported.code).toBe(0);
  expect(JSON.parse(imported.out)).toMatchObject({ source: 'export', result: 'clean' });

  writeFileSync(at('cut.gz'), readFileSync(at('log.ndjson.gz')).subarray(0, -12));
  const cut = await causeway('audit', 'import', 'cut.gz', '--json');
  expect(cut.code).toBe(1);
  expect(JSON.parse(cut.out)).toMatchObject({ result: 'fault', rule: 'gzip' });
  expect((await causeway('audit', 'import', 'nowhere.gz')).code).toBe(2);
});

test('import into an empty database; a fault changes nothing there', async () => {
  keptSigningKey(at('key.pem'));
  await causeway('audit', 'export', '--out', 'log.ndjson');
  const { url, drop } = await scratchDatabase();
  try {
    const text = readFileSync(at('log.ndjson'), 'utf8');
    writeFileSync(at('bad.ndjson'), text.replace('"amount":"40"', '"amount":"41"'));
    const bad = await causeway('audit', 'import', 'bad.ndjson', '--database', url);
    expect(bad.code).toBe(1);
    expect(bad.out).toMatch(/bad\.ndjson, line \d+: hash: expected/);
    const good = await causeway('audit', 'import', 'log.ndjson', '--database', url);
    expect(good.code).toBe(0);
    const again = await causeway('audit', 'import', 'log.ndjson', '--database', url);
    expect(again.code).toBe(2);
    expect(again.err).toMatch(/must be empty/);
  } finally {
    await drop();
  }
});

test('diff: 0 for the same, 1 for another, 2 for what cannot be compared', async () => {
  keptSigningKey(at('key.pem'));
  await causeway('audit', 'export', '--out', 'bob.ndjson', '--ledger', 'bob');
  // A ledger held against itself has its accounts on one side: the least difference there is.
  const { code, out } = await causeway('audit', 'diff', 'bob.ndjson', '--ledger', 'bob', '--json');
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({
    isEqual: false,
    balance: { ours: '-68', theirs: '-68', difference: '-136', unexplained: '0' },
  });
  expect((await causeway('audit', 'diff', 'bob.ndjson')).code).toBe(2);
  expect((await causeway('audit', 'diff', 'bob.ndjson', 'bob.ndjson', 'x')).code).toBe(2);
});

test('replay --until gives any balance of the past, and no balance that never was', async () => {
  const balanceAt = async (until: string): Promise<string | undefined> => {
    const words = ['replay', '--ledger', 'alice', '--until', until, '--json'];
    const { out } = await causeway(...words);
    const { ledgers } = JSON.parse(out) as { ledgers: { balance: string }[] };
    return ledgers[0]?.balance;
  };
  expect(await balanceAt('2')).toBe('0');
  expect(await balanceAt('3')).toBe('40');
  const beyond = await causeway('replay', '--ledger', 'alice', '--until', '99');
  expect(beyond.code).toBe(1);
  expect(beyond.err).toMatch(/--until 99: ledger "alice" ends at version 6/);
});
