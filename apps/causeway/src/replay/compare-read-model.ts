import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { EventReader } from '#event-store';
import { LedgerReplay, type ReplayedLedger, type SumTexts } from './ledger-replay';

/** How long a read model may take to reach the version that was replayed. */
const CATCH_UP_MS = 5_000;
const POLL_MS = 100;

/** Something that a read model says otherwise than the log. */
export interface ModelDifference {
  readonly ledger: string;
  readonly what: string;
  readonly log: string;
  readonly model: string;
}

export function describeDifference({ ledger, what, log, model }: ModelDifference): string {
  return `ledger ${ledger}: ${what} is ${log} by the log, ${model} by the read model`;
}

/** What the read model is held against. */
export type ComparedLedger = Pick<ReplayedLedger, 'ledger' | 'version' | 'balance'> & SumTexts;

/** Columns of `balances` by the sum that each shows. */
const COLUMNS: Readonly<Record<keyof SumTexts | 'balance', string>> = {
  balance: 'balance',
  incomingFulfilled: 'incoming_fulfilled',
  incomingPrepared: 'incoming_prepared',
  outgoingFulfilled: 'outgoing_fulfilled',
  outgoingPrepared: 'outgoing_prepared',
  settledPaid: 'settled_paid',
  settledReceived: 'settled_received',
  adjusted: 'adjusted',
};

type BalanceRow = Readonly<Record<string, string | null>>;

/**
 * Compares replayed ledgers with the `balances` read model, sum by sum, at the same version: where the
 * log has grown meanwhile, the ledger is replayed up to the version that the read model shows.
 */
export async function compareWithReadModel(
  dataSource: DataSource,
  ledgers: readonly ComparedLedger[],
): Promise<ModelDifference[]> {
  const differences: ModelDifference[] = [];
  // One deadline for all of them: a read model that stands still is waited for once.
  const deadline = Date.now() + CATCH_UP_MS;
  for (const ledger of ledgers) {
    differences.push(...(await compareLedger(dataSource, ledger, deadline)));
  }
  return differences;
}

async function compareLedger(
  dataSource: DataSource,
  replayed: ComparedLedger,
  deadline: number,
): Promise<ModelDifference[]> {
  const { ledger, version } = replayed;
  const row = await rowAtLeast(dataSource, replayed, deadline);
  const shown = Number(row?.last_version ?? 0);
  if (row === undefined || shown < version) {
    const model = row === undefined ? 'none' : String(shown);
    return [{ ledger, what: 'version', log: String(version), model }];
  }
  const same = shown === version ? replayed : await replayUntil(dataSource, ledger, shown);
  return same === undefined ? [] : sumDifferences(same, row);
}

function sumDifferences(replayed: ComparedLedger, row: BalanceRow): ModelDifference[] {
  const { ledger } = replayed;
  return SUMS.flatMap((sum) => {
    const model = row[COLUMNS[sum]] ?? 'none';
    if (replayed[sum] === model) return [];
    const what = COLUMNS[sum].replaceAll('_', ' ');
    return [{ ledger, what, log: replayed[sum], model }];
  });
}

const SUMS = Object.keys(COLUMNS).filter((name): name is keyof typeof COLUMNS =>
  Object.hasOwn(COLUMNS, name),
);

async function rowAtLeast(
  dataSource: DataSource,
  { ledger, version }: ComparedLedger,
  deadline: number,
): Promise<BalanceRow | undefined> {
  for (;;) {
    const [found]: { row: BalanceRow }[] = await dataSource.query(BALANCE, [ledger]);
    if (found !== undefined && Number(found.row.last_version) >= version) return found.row;
    if (Date.now() >= deadline) return found?.row;
    await sleep(POLL_MS);
  }
}

// As text, every column: a JSON number would lose the last units of a large sum.
const BALANCE = `
SELECT (SELECT jsonb_object_agg(key, value #>> '{}') FROM jsonb_each(to_jsonb(b))) AS row
  FROM balances b WHERE b.ledger_id = $1`;

async function replayUntil(
  dataSource: DataSource,
  ledgerId: string,
  untilVersion: number,
): Promise<ReplayedLedger | undefined> {
  const replay = new LedgerReplay(ledgerId);
  const events = new EventReader(dataSource).readLedger({ ledgerId, untilVersion });
  for await (const event of events) replay.apply(event);
  return replay.result();
}
