import { join } from 'node:path';
import type { LedgerEvent } from '#domain/ledger';
import { aLedgerId, anIncoming, anOutgoing, aPreimage, aTransferId } from '#testing';
import { ledgerOpened, logDatabase, type LogDatabase } from '#testing';
import { freshDirectory } from '../../../../test/support/fresh-directory';
import { logStory, signingKey } from '../../test/logged-story';
import { describeComparison, comparisonJson } from './comparison-report';
import { exportLog } from './export-log';
import { compareLedgers, IncomparableError, type SideSource } from './ledger-comparison';

const key = signingKey();
const folder = freshDirectory();
const databases: LogDatabase[] = [];
afterAll(() => Promise.all(databases.map((database) => database.drop())));

interface Happened {
  readonly number: number;
  readonly amount?: bigint;
  readonly expiresAtMs?: number;
  readonly isFulfilled?: boolean;
}

/** The administrator's view of transfers that come in, or the shadow's of the same going out. */
function eventsOf(side: 'admin' | 'shadow', happened: readonly Happened[]): LedgerEvent[] {
  const accounts =
    side === 'admin'
      ? { account: 'server', peerAccount: 'client' }
      : { account: 'client', peerAccount: 'server' };
  return [
    ledgerOpened({ authority: side, ...accounts }),
    ...happened.flatMap((each) => transferOf(side, each)),
  ];
}

function transferOf(side: 'admin' | 'shadow', happened: Happened): LedgerEvent[] {
  const { number, amount = 100n, expiresAtMs, isFulfilled = true } = happened;
  const { condition, fulfillment } = aPreimage(number);
  const transferId = aTransferId(number);
  const agreed = {
    transferId,
    amount,
    condition,
    expiresAtMs: expiresAtMs ?? anIncoming().expiresAtMs,
  };
  const begun: LedgerEvent[] =
    side === 'admin'
      ? [{ ...anIncoming(agreed), direction: 'incoming', type: 'TransferPrepared' }]
      : [
          { ...anOutgoing(agreed), direction: 'outgoing', type: 'TransferProposed' },
          { type: 'ProposalAccepted', transferId },
        ];
  if (!isFulfilled) return begun;
  return [...begun, { type: 'TransferFulfilled', transferId, fulfillment, data: null }];
}

async function sideOf(
  side: 'admin' | 'shadow',
  happened: readonly Happened[],
): Promise<{ database: LogDatabase; ledger: string }> {
  const database = await logDatabase();
  databases.push(database);
  const ledger = side === 'admin' ? 'shadow-peer' : 'admin-peer';
  const ledgerId = aLedgerId(ledger);
  await logStory(
    database.dataSource,
    eventsOf(side, happened).map((event) => ({ ledgerId, event })),
  );
  return { database, ledger };
}

async function exportOf(
  { database }: { database: LogDatabase },
  name: string,
): Promise<SideSource> {
  const out = join(folder.path, name);
  await exportLog(database.dataSource, { out, ledgers: [], key });
  return { kind: 'export', file: out, ledger: undefined };
}

const compared = async (ours: readonly Happened[], theirs: readonly Happened[]) =>
  compareLedgers({
    ours: await exportOf(await sideOf('shadow', ours), 'ours.ndjson'),
    theirs: await exportOf(await sideOf('admin', theirs), 'theirs.ndjson.gz'),
    pinned: [],
    spill: { memoryBytes: 100 },
  });

test('a shadow and its administrator that saw the same are equal', async () => {
  const comparison = await compared(
    [{ number: 1 }, { number: 2, isFulfilled: false }],
    [{ number: 1 }, { number: 2, isFulfilled: false }],
  );
  expect(comparison).toMatchObject({ isEqual: true, transfers: 2, differences: 0, ledger: [] });
  expect(comparison.balance).toMatchObject({ ours: -100n, theirs: 100n, difference: 0n });
  expect(describeComparison(comparison).at(-1)).toBe('equal: 2 transfers, balances cancel out');
});

test('what differs is listed, and explains the balance to the last unit', async () => {
  const comparison = await compared(
    [
      { number: 1 },
      { number: 2, amount: 7n },
      { number: 3, isFulfilled: false },
      { number: 4, expiresAtMs: anIncoming().expiresAtMs + 1 },
      { number: 5 },
    ],
    [{ number: 1 }, { number: 2, amount: 8n }, { number: 3 }, { number: 4 }, { number: 6 }],
  );
  const found = comparison.listed
    .map(({ transfer, kind, fields, effect }) => [
      Number.parseInt(transfer.slice(-2), 16),
      kind,
      fields.map(({ field }) => field).join(),
      effect,
    ])
    .sort(([one], [other]) => Number(one) - Number(other));
  expect(found).toEqual([
    [2, 'different', 'amount', 1n],
    [3, 'different', 'outcome', 100n],
    [4, 'different', 'expiry', 0n],
    [5, 'only-ours', 'transfer', -100n],
    [6, 'only-theirs', 'transfer', 100n],
  ]);
  expect(comparison).toMatchObject({ isEqual: false, differences: 5, transfers: 6 });
  expect(comparison.balance).toEqual({
    ours: -307n,
    theirs: 408n,
    difference: 101n,
    byTransfers: 101n,
    bySettlements: 0n,
    byAdjustments: 0n,
    unexplained: 0n,
  });
  expect(describeComparison(comparison).join('\n')).toMatch(/unexplained\s+0$/m);
  expect(JSON.parse(JSON.stringify(comparisonJson(comparison)))).toMatchObject({
    format: 'causeway-audit-diff',
    isEqual: false,
    balance: { difference: '101', unexplained: '0' },
  });
});

test('our side may be a ledger of our own log', async () => {
  const ours = await sideOf('shadow', [{ number: 1 }]);
  const theirs = await exportOf(await sideOf('admin', [{ number: 1 }]), 'theirs.ndjson');
  const { dataSource } = ours.database;
  const comparison = await compareLedgers({
    ours: { kind: 'database', dataSource, ledger: ours.ledger },
    theirs,
    pinned: [],
  });
  expect(comparison.isEqual).toBe(true);
  const nobody = compareLedgers({
    ours: { kind: 'database', dataSource, ledger: 'nobody' },
    theirs,
    pinned: [],
  });
  await expect(nobody).rejects.toThrow(IncomparableError);
});

test('a ledger must be chosen where an export holds several', async () => {
  const one = await sideOf('admin', [{ number: 1 }]);
  await logStory(one.database.dataSource, [
    { ledgerId: aLedgerId('zoe'), event: ledgerOpened({ prefix: 'test.zoe.' }) },
  ]);
  const theirs = await exportOf(one, 'several.ndjson');
  const ours = await exportOf(await sideOf('shadow', [{ number: 1 }]), 'ours.ndjson');
  const compare = (ledger: string | undefined) =>
    compareLedgers({ ours, theirs: { ...theirs, ledger } as SideSource, pinned: [] });
  await expect(compare(undefined)).rejects.toThrow(/several ledgers/);
  await expect(compare('nobody')).rejects.toThrow(/has no ledger nobody/);
  expect((await compare(one.ledger)).isEqual).toBe(true);
});
