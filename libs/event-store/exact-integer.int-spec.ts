import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';
import { scratchDatabase, type ScratchDatabase } from '../../test/support/scratch-database';
import { dataSourceOptions } from './data-source';
import { InexactNumberError } from './event-store-errors';
import { bigintColumn, countColumn } from './exact-integer';
import { migrate } from './migrate';

@Entity({ name: 'balances' })
class BalanceRow {
  @PrimaryColumn({ name: 'ledger_id', type: 'text' })
  ledgerId!: string;

  @Column({ name: 'incoming_fulfilled', type: 'numeric', transformer: bigintColumn })
  incomingFulfilled!: bigint;

  @Column({ name: 'outgoing_fulfilled', type: 'numeric', transformer: bigintColumn })
  outgoingFulfilled!: bigint;

  @Column({ type: 'numeric', transformer: bigintColumn, insert: false, update: false })
  balance!: bigint;

  @Column({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;

  @Column({ name: 'last_version', type: 'int8', transformer: bigintColumn })
  lastVersion!: bigint;

  @Column({ name: 'last_position', type: 'int8', transformer: countColumn })
  lastPosition!: number;
}

let scratch: ScratchDatabase;
let dataSource: DataSource;
beforeAll(async () => {
  scratch = await scratchDatabase();
  await migrate(scratch.url);
  const settings = { applicationName: 'spec', entities: [BalanceRow] };
  dataSource = await new DataSource(dataSourceOptions(scratch.url, settings)).initialize();
});
afterAll(async () => {
  await dataSource.destroy();
  await scratch.drop();
});

test.each([
  [0n, 0n],
  [2n ** 53n + 1n, 1n],
  [2n ** 64n - 1n, 2n ** 53n + 1n],
  [1n, 10n ** 39n - 1n],
  [10n ** 39n - 1n, 2n ** 64n - 1n],
])('numeric and int8 columns keep %p and %p exactly', async (incoming, outgoing) => {
  const rows = dataSource.getRepository(BalanceRow);
  await rows.save({
    ledgerId: 'alice',
    incomingFulfilled: incoming,
    outgoingFulfilled: outgoing,
    updatedAt: new Date(0),
    lastVersion: 2n ** 63n - 1n,
    lastPosition: Number.MAX_SAFE_INTEGER,
  });
  expect(await rows.findOneByOrFail({ ledgerId: 'alice' })).toMatchObject({
    incomingFulfilled: incoming,
    outgoingFulfilled: outgoing,
    balance: incoming - outgoing,
    lastVersion: 2n ** 63n - 1n,
    lastPosition: Number.MAX_SAFE_INTEGER,
  });
});

test('a count beyond 2^53 is an error, never a rounded number', async () => {
  await dataSource.query(`UPDATE balances SET last_position = 9007199254740993`);
  const found = dataSource.getRepository(BalanceRow).findOneBy({ ledgerId: 'alice' });
  await expect(found).rejects.toThrow(InexactNumberError);
});
