import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { DEFAULT_PARTITIONS, partitionOf } from '#contracts';
import {
  balanceOf,
  encodeEvent,
  isOpen,
  ledgerId,
  type LedgerEvent,
  type LedgerState,
  replayLedger,
} from '#domain/ledger';
import { acquirePartitions, ProjectionRunner, type PartitionWriter } from '#event-store';
import { canonicalJson } from '#eventsourcing';
import { aHistory, ledgerOpened, logDatabase, NOON_MS, type LogDatabase } from '#testing';
import { PROJECTIONS, readLedger, readPeers, readSettlements, readTransfers } from '.';

let database: LogDatabase;
let writer: PartitionWriter;
let ledgers = 0;

beforeAll(async () => {
  database = await logDatabase();
  const partitions = Array.from({ length: DEFAULT_PARTITIONS }, (_, partition) => partition);
  const acquired = await acquirePartitions(database.dataSource, { partitions, connector: 'spec' });
  if (acquired === undefined) throw new Error('no partition was free');
  writer = acquired;
});

afterAll(async () => {
  await writer.release();
  await database.drop();
});

const runners = (batchEvents: number): ProjectionRunner[] =>
  PROJECTIONS.map(
    (projection) =>
      new ProjectionRunner(database.dataSource, {
        projection,
        partitions: DEFAULT_PARTITIONS,
        batchEvents,
      }),
  );

async function append(id: string, events: readonly LedgerEvent[]): Promise<void> {
  for (const [index, event] of events.entries()) {
    const { payload, packet, ...rest } = encodeEvent(event);
    writer.stage({
      ...rest,
      ledgerId: id,
      partition: partitionOf(id),
      occurredAtMs: NOON_MS + index,
      payload: canonicalJson(payload),
      packet,
      packetDigest: packet && createHash('sha256').update(packet).digest(),
    });
  }
  await writer.commit();
}

/** What the read model of ledgers must say of a ledger, worked out from its fold. */
function expectedView(ledger: LedgerState): object {
  const { sums, limits, thresholds, difference } = ledger;
  const text = (amount: bigint | null): string | null => amount?.toString() ?? null;
  return {
    authority: ledger.authority,
    standing: ledger.standing,
    balance: balanceOf(sums).toString(),
    incomingPrepared: sums.incomingPrepared.toString(),
    outgoingPrepared: sums.outgoingPrepared.toString(),
    settledPaid: sums.settledPaid.toString(),
    settledReceived: sums.settledReceived.toString(),
    adjusted: sums.adjusted.toString(),
    maxBalance: text(limits.maxBalance),
    minBalance: text(limits.minBalance),
    thresholds: {
      low: text(thresholds.low),
      high: text(thresholds.high),
      settleTo: text(thresholds.settleTo),
    },
    beyond: ledger.beyond,
    difference: difference && {
      ours: difference.ours.toString(),
      theirs: difference.theirs.toString(),
    },
    agreedBalance: text(ledger.agreedBalance),
  };
}

/** When the difference that is open began: at its first report since the last one ended. */
function differenceSince(events: readonly LedgerEvent[]): string | null {
  let since: number | null = null;
  for (const [index, { type }] of events.entries()) {
    if (type === 'LedgerDisputed' || type === 'ShadowDiverged') since ??= NOON_MS + index;
    if (type === 'DisputeResolved' || type === 'ShadowReconciled') since = null;
  }
  return since === null ? null : new Date(since).toISOString();
}

/** By transfer: what the fold says it is. */
function expectedTransfers({ transfers }: LedgerState): Map<string, string> {
  return new Map([...transfers.values()].map(({ id, status }) => [id, status]));
}

test('say what the fold says, of any history, however it is cut into steps', async () => {
  await fc.assert(
    fc.asyncProperty(aHistory(), fc.integer({ min: 1, max: 30 }), async (events, batchEvents) => {
      const id = `ledger-${(ledgers += 1)}`;
      const ledger = replayLedger(ledgerId(id), events);
      if (ledger === undefined) throw new Error('the history opens no ledger');
      await append(id, events);
      for (const runner of runners(batchEvents)) await runner.catchUp();

      const view = await readLedger(database.dataSource, id);
      expect(view).toMatchObject({
        ...expectedView(ledger),
        differenceSince: differenceSince(events),
      });
      expect(view?.asOf.partition).toBe(partitionOf(id));

      const of = { ledgerId: id, limit: 1_000 };
      const transfers = await readTransfers(database.dataSource, of);
      const shown = new Map(transfers.map(({ transfer, status }) => [transfer, status]));
      expect(shown).toEqual(expectedTransfers(ledger));
      for (const { finishedAt, status } of transfers) {
        expect(finishedAt === null).toBe(['proposed', 'prepared', 'submitted'].includes(status));
      }
      await expectSettlements(id, ledger);
      await expectDealings(id, ledger);
    }),
    { numRuns: 40 },
  );
});

async function expectSettlements(id: string, ledger: LedgerState): Promise<void> {
  const views = await readSettlements(database.dataSource, { ledgerId: id, limit: 1_000 });
  const expected = [...ledger.settlements].flatMap(([reference, settlement]) =>
    settlement.kind === 'reversal'
      ? []
      : [{ reference, amount: settlement.amount.toString(), reversedBy: settlement.reversedBy }],
  );
  const shown = views.map(({ reference, amount, reversal }) => ({
    reference,
    amount,
    reversedBy: reversal?.reference ?? null,
  }));
  expect(shown.sort(byReference)).toEqual(expected.sort(byReference));
}

function byReference(one: { reference: string }, other: { reference: string }): number {
  return one.reference < other.reference ? -1 : 1;
}

async function expectDealings(id: string, ledger: LedgerState): Promise<void> {
  const peer = (await readPeers(database.dataSource)).find((view) => view.peer === id);
  for (const direction of ['incoming', 'outgoing'] as const) {
    const all = [...ledger.transfers.values()].filter((one) => one.direction === direction);
    const numberOf = (status: string): string =>
      String(all.filter((transfer) => transfer.status === status).length);
    expect(peer?.[direction]).toEqual({
      prepared: String(all.length),
      fulfilled: numberOf('fulfilled'),
      rejected: numberOf('rejected'),
      expired: numberOf('expired'),
      amount: ledger.sums[`${direction}Fulfilled`].toString(),
    });
    expect(all.filter(isOpen)).toHaveLength(
      all.length - all.filter(({ status }) => /filled|rejected|expired/.test(status)).length,
    );
  }
}

test('are the same again after they were emptied and built anew', async () => {
  const everything = (): Promise<unknown[]> =>
    Promise.all(
      ['ledgers', 'balances', 'transfers', 'settlements', 'peers'].map((table) =>
        database.dataSource.query(`SELECT * FROM ${table} ORDER BY 1, 2`),
      ),
    );
  const before = await everything();
  const lags: number[] = [];
  for (const runner of runners(7)) await runner.rebuild((lag) => lags.push(lag));
  expect(await everything()).toEqual(before);
  expect(lags).toContain(0);
  expect(Math.max(...lags)).toBeGreaterThan(0);
});

test('every read says up to where in the log it counts', async () => {
  const id = `ledger-${(ledgers += 1)}`;
  await append(id, [ledgerOpened()]);
  for (const runner of runners(100)) await runner.catchUp();
  const [head] = await database.dataSource.query<{ position: string }[]>(
    'SELECT max(position)::text AS position FROM ledger_events WHERE partition = $1',
    [partitionOf(id)],
  );
  const view = await readLedger(database.dataSource, id);
  expect(view?.asOf).toEqual({ partition: partitionOf(id), position: head?.position });
});
