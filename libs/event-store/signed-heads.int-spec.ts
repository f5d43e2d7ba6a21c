import { createHash, randomBytes } from 'node:crypto';
import { partitionOf } from '#contracts';
import { anEvent, logDatabase, type LogDatabase } from '../testing/log-database';
import { acquirePartitions } from './acquire-partitions';
import { revertLastMigration } from './migrate';
import { type SignedHead, SignedHeadStore } from './signed-heads';

const every = Array.from({ length: 64 }, (_, partition) => partition);
const publicKey = Buffer.from('any bytes will do here');
const keyId = createHash('sha256').update(publicKey).digest('hex');

let database: LogDatabase;
let store: SignedHeadStore;
beforeEach(async () => {
  database = await logDatabase();
  store = new SignedHeadStore(database.dataSource, 3);
  await append('alice', 'alice', 'bob');
  await store.addKey({ keyId, publicKey });
});
afterEach(() => database.drop());

async function append(...ledgers: string[]): Promise<void> {
  const options = { partitions: every, connector: 'test.causeway' };
  const writer = await acquirePartitions(database.dataSource, options);
  for (const ledger of ledgers) writer?.stage(anEvent(ledger));
  await writer?.commit();
  await writer?.release();
}

const signed = (head: Partial<SignedHead> = {}): SignedHead => ({
  ledgerId: 'alice',
  version: 2,
  hash: randomBytes(32),
  signedAtMs: 1_800_000_000_123,
  keyId,
  signature: randomBytes(64),
  ...head,
});

async function headsOf(ledgerId: string): Promise<SignedHead[]> {
  const heads: SignedHead[] = [];
  for await (const head of store.ofLedger(ledgerId)) heads.push(head);
  return heads;
}

test('heads that are not signed yet are those of the partitions that were asked for', async () => {
  const idsOf = async (partitions: readonly number[]): Promise<string[]> =>
    (await store.unsigned(partitions, keyId)).map((head) => `${head.ledgerId} ${head.version}`);
  expect(await idsOf(every)).toEqual(['alice 2', 'bob 1']);
  expect(await idsOf([partitionOf('bob')])).toEqual(['bob 1']);
  const [alice] = await store.unsigned(every, keyId);
  await store.add([signed({ ...alice })]);
  expect(await idsOf(every)).toEqual(['bob 1']);
  await append('alice');
  expect(await idsOf(every)).toEqual(['alice 3', 'bob 1']);
});

test('signing the same head twice is harmless: what was signed first stays', async () => {
  const head = signed();
  await store.add([head]);
  await store.add([signed(), signed({ version: 1 })]);
  expect((await headsOf('alice')).map(({ version }) => version)).toEqual([1, 2]);
  expect((await headsOf('alice'))[1]).toEqual(head);
  await store.addKey({ keyId, publicKey });
  expect(await store.keys()).toEqual([{ keyId, publicKey }]);
});

test('heads come in the order of versions, however many there are', async () => {
  const heads = Array.from({ length: 10 }, (_, at) => signed({ version: at + 1 }));
  await store.add([...heads].reverse());
  expect(await headsOf('alice')).toEqual(heads);
  expect(await headsOf('bob')).toEqual([]);
  expect(await store.newest('alice', { firstVersion: 3, lastVersion: 7 })).toEqual(heads[6]);
  expect(await store.newest('alice', { firstVersion: 11, lastVersion: 12 })).toBeUndefined();
});

test('ledgers are known by their signed heads, though the log has lost them', async () => {
  await store.add([signed(), signed({ ledgerId: 'zoe' }), signed({ version: 1 })]);
  expect(await store.ledgerIds()).toEqual(['alice', 'zoe']);
});

describe.each(['signed_heads', 'audit_keys'])('%s', (table) => {
  const rewriting = [
    `UPDATE ${table} SET key_id = key_id`,
    `DELETE FROM ${table}`,
    `TRUNCATE ${table} CASCADE`,
  ];
  test.each(rewriting)('gives nobody the right to: %s', async (statement) => {
    await store.add([signed()]);
    await expect(database.dataSource.query(statement)).rejects.toMatchObject({ code: '42501' });
    await expect(database.asSuperuser(statement)).rejects.toThrow(/append-only/);
  });
});

test('a key whose fingerprint is another is not taken', async () => {
  const attempt = store.addKey({ keyId: 'ab'.repeat(32), publicKey });
  await expect(attempt).rejects.toThrow(/audit_keys_key_id_fingerprint/);
});

test('the migration does not go down over what was signed', async () => {
  await store.add([signed()]);
  let failure: unknown;
  for (let step = 0; step < 10 && failure === undefined; step += 1) {
    failure = await revertLastMigration(database.url).catch((error: unknown) => error);
  }
  expect(String(failure)).toMatch(/heads were signed/);
});
