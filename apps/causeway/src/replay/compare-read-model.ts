import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { EventReader } from '#event-store';
import { LedgerReplay, type ReplayedLedger } from './ledger-replay';

/** How long a read model may take to reach the version that was replayed. */
const CATCH_UP_MS = 5_000;
const POLL_MS = 100;

interface BalanceRow {
  readonly last_version: string;
  readonly incoming_fulfilled: string;
  readonly incoming_prepared: string;
  readonly outgoing_fulfilled: string;
  readonly outgoing_prepared: string;
}

/**
 * Compares replayed ledgers with the `balances` read model, sum by sum, at the same version: where the
 * log has grown meanwhile, the ledger is replayed up to the version that the read model shows.
 * @returns one line per difference
 */
export async function compareWithReadModel(
  dataSource: DataSource,
  ledgers: readonly ReplayedLedger[],
): Promise<string[]> {
  const differences: string[] = [];
  for (const ledger of ledgers) differences.push(...(await compareLedger(dataSource, ledger)));
  return differences;
}

async function compareLedger(dataSource: DataSource, replayed: ReplayedLedger): Promise<string[]> {
  const row = await rowAtLeast(dataSource, replayed);
  if (row === undefined) return [`ledger ${replayed.ledger}: the read model does not have it`];
  const shown = Number(row.last_version);
  if (shown < replayed.version) {
    return [
      `ledger ${replayed.ledger}: the read model stands at version ${shown}, not ${replayed.version}`,
    ];
  }
  const same =
    shown === replayed.version ? replayed : await replayUntil(dataSource, replayed.ledger, shown);
  return same === undefined ? [] : sumDifferences(same, row);
}

function sumDifferences(replayed: ReplayedLedger, row: BalanceRow): string[] {
  const pairs = [
    ['incoming fulfilled', replayed.incomingFulfilled, row.incoming_fulfilled],
    ['incoming prepared', replayed.incomingPrepared, row.incoming_prepared],
    ['outgoing fulfilled', replayed.outgoingFulfilled, row.outgoing_fulfilled],
    ['outgoing prepared', replayed.outgoingPrepared, row.outgoing_prepared],
  ] as const;
  return pairs.flatMap(([sum, log, model]) =>
    log === model
      ? []
      : [`ledger ${replayed.ledger}: ${sum} is ${log} by the log, ${model} by the read model`],
  );
}

async function rowAtLeast(
  dataSource: DataSource,
  { ledger, version }: ReplayedLedger,
): Promise<BalanceRow | undefined> {
  const deadline = Date.now() + CATCH_UP_MS;
  for (;;) {
    const [row]: BalanceRow[] = await dataSource.query(BALANCE, [ledger]);
    if (row !== undefined && Number(row.last_version) >= version) return row;
    if (Date.now() >= deadline) return row;
    await sleep(POLL_MS);
  }
}

const BALANCE = `
SELECT last_version::text, incoming_fulfilled::text, incoming_prepared::text,
       outgoing_fulfilled::text, outgoing_prepared::text
  FROM balances WHERE ledger_id = $1`;

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
