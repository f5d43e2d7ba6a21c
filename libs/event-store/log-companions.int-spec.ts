import { anEvent, logDatabase, type LogDatabase } from '../testing/log-database';
import { acquirePartitions } from './acquire-partitions';
import { CheckpointStore } from './checkpoint-store';
import { SettingConflictError } from './event-store-errors';
import { SettingsStore } from './settings-store';
import { SnapshotStore, type Snapshot } from './snapshot-store';

const every = Array.from({ length: 64 }, (_, partition) => partition);

let database: LogDatabase;
beforeAll(async () => {
  database = await logDatabase();
});
afterAll(() => database.drop());

describe('snapshots', () => {
  let store: SnapshotStore;
  let fitting: Snapshot;
  let firstHead: Pick<Snapshot, 'version' | 'hash'>;
  beforeAll(async () => {
    store = new SnapshotStore(database.dataSource);
    const options = { partitions: every, connector: 'test.causeway' };
    const writer = await acquirePartitions(database.dataSource, options);
    if (writer === undefined) throw new Error('no partition was free');
    const first = writer.stage(anEvent('alice'));
    firstHead = { version: first.version, hash: first.hash };
    writer.stage(anEvent('alice'));
    const { ledgerId, version, hash } = writer.stage(anEvent('alice'));
    writer.stage(anEvent('alice'));
    await writer.commit();
    await writer.release();
    fitting = { ledgerId, version, hash, shape: 'v1', state: '{"sum":"18446744073709551615"}' };
  });
  beforeEach(() => database.asSuperuser('TRUNCATE ledger_snapshots'));

  test('come back as they were saved', async () => {
    await store.save([fitting]);
    expect(await store.load(['alice', 'bob'], 'v1')).toEqual(new Map([['alice', fitting]]));
    expect(await store.load(['bob'], 'v1')).toEqual(new Map());
    expect(await store.load([], 'v1')).toEqual(new Map());
  });

  test.each<[string, Partial<Snapshot>]>([
    ['of another shape', { shape: 'v2' }],
    ['with a hash that the log does not have at this version', { hash: Buffer.alloc(32, 9) }],
    ['of another version than the hash', { version: 2 }],
    ['of a version that the log does not have', { version: 99 }],
    ['of a ledger that the log does not have', { ledgerId: 'mallory' }],
  ])('%s are ignored', async (_, change) => {
    await store.save([{ ...fitting, ...change }]);
    expect((await store.load(['alice', 'mallory'], 'v1')).size).toBe(0);
  });

  test('an older one does not replace a newer one that fits', async () => {
    await store.save([fitting]);
    await store.save([{ ...fitting, ...firstHead, state: 'old' }]);
    expect((await store.load(['alice'], 'v1')).get('alice')).toEqual(fitting);
  });

  test.each<[string, Partial<Snapshot>]>([
    ['a version that the log lost', { version: 99 }],
    ['another shape', { shape: 'v0' }],
    ['a hash that the log does not have', { hash: Buffer.alloc(32, 9) }],
  ])('an older one replaces one of %s', async (_, change) => {
    await store.save([{ ...fitting, ...change }]);
    await store.save([{ ...fitting, ...firstHead, state: 'old' }]);
    expect((await store.load(['alice'], 'v1')).get('alice')?.state).toBe('old');
  });
});

describe('settings', () => {
  test('all who ask at once for a value that is not there yet get the same one', async () => {
    const rival = await database.connect('rival');
    const ours = new SettingsStore(database.dataSource);
    const theirs = new SettingsStore(rival);
    const values = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        (n % 2 === 0 ? ours : theirs).getOrCreate('connector.secret', () => `secret-${n}`),
      ),
    );
    expect(new Set(values).size).toBe(1);
    expect(await ours.getOrCreate('connector.secret', () => 'another')).toBe(values[0]);
  });

  test('a database serves one connector with one number of partitions for ever', async () => {
    const settings = new SettingsStore(database.dataSource);
    const identity = { address: 'test.causeway', partitions: 64 };
    await settings.settleIdentity(identity);
    await expect(settings.settleIdentity(identity)).resolves.toBeUndefined();
    await expect(settings.settleIdentity({ ...identity, partitions: 32 })).rejects.toEqual(
      new SettingConflictError('partitions', '64', '32'),
    );
    await expect(settings.settleIdentity({ ...identity, address: 'test.other' })).rejects.toThrow(
      /connector\.address "test\.causeway", the configuration says "test\.other"$/,
    );
  });

  test('what was never set is undefined', async () => {
    expect(await new SettingsStore(database.dataSource).get('nothing')).toBeUndefined();
  });
});

describe('checkpoints', () => {
  test('move forward only, unless reset', async () => {
    const store = new CheckpointStore(database.dataSource);
    const positions = async (): Promise<number[]> =>
      (await store.progress('publisher', [7, 3, 5])).map(({ position }) => position);
    expect(await positions()).toEqual([0, 0, 0]);
    await store.advance(
      'publisher',
      new Map([
        [3, 10],
        [7, 20],
      ]),
    );
    await store.advance(
      'publisher',
      new Map([
        [3, 9],
        [7, 21],
      ]),
    );
    expect(await positions()).toEqual([21, 10, 0]);
    await store.reset('publisher', new Map([[7, 2]]));
    expect(await positions()).toEqual([2, 10, 0]);
    expect(await store.progress('projection', [7])).toEqual([
      { partition: 7, position: 0, head: 0 },
    ]);
  });

  test('who writes the same checkpoints in another order locks nobody out', async () => {
    const store = new CheckpointStore(database.dataSource);
    const ascending = Array.from({ length: 3_000 }, (_, n): [number, number] => [n, 5]);
    const both = Array.from({ length: 20 }, (_, n) =>
      store.reset('busy', new Map(n % 2 === 0 ? ascending : [...ascending].reverse())),
    );
    await expect(Promise.all(both)).resolves.toHaveLength(20);
  });
});
