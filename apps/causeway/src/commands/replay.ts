import { replayLog, type ReplayReport } from '../replay/replay-log';
import { parseUntil } from '../replay/until';
import type { Shell } from '../shell';
import { withStore, type StoreOptions } from '../store/open-store';
import { table } from '../table';

export interface ReplayOptions extends StoreOptions {
  readonly ledger?: string;
  readonly until?: string;
  readonly verify?: boolean;
  readonly json?: boolean;
}

/**
 * `causeway replay`: folds the log from zero, in this process, without asking the ledger service or
 * any read model; with `--verify` also compares with both and checks the chain. Fails the process
 * when something does not hold.
 */
export async function replay(options: ReplayOptions, shell: Shell): Promise<void> {
  const until = options.until === undefined ? undefined : parseUntil(options.until);
  const report = await withStore(options, shell, (dataSource) =>
    replayLog(dataSource, {
      verify: options.verify === true,
      ...(options.ledger === undefined ? {} : { ledger: options.ledger }),
      ...(until === undefined ? {} : { until }),
    }),
  );
  if (options.json === true) shell.print(JSON.stringify(report));
  else for (const line of describe(report, options.verify === true)) shell.print(line);
  if (!isSound(report)) process.exitCode = 1;
}

/** Does everything that was checked hold? */
export function isSound(report: ReplayReport): boolean {
  return report.matches !== false && report.chain === 'ok';
}

function describe(report: ReplayReport, verified: boolean): string[] {
  const headings = ['ledger', 'version', 'as of', 'balance', 'coming in', 'going out', 'open'];
  const rows = report.ledgers.map((ledger) => [
    ledger.ledger,
    String(ledger.version),
    ledger.asOf,
    ledger.balance,
    ledger.incomingPrepared,
    ledger.outgoingPrepared,
    String(ledger.openTransfers),
  ]);
  const lines = [...table(headings, rows, [1, 3, 4, 5, 6]), `${report.events} events replayed`];
  if (!verified) return lines;
  return [
    ...lines,
    chainLine(report),
    ...report.problems,
    ...report.differences,
    matchLine(report),
  ];
}

function chainLine({ chain }: ReplayReport): string {
  return chain === 'ok' ? 'hash chain: unbroken' : 'hash chain: BROKEN';
}

function matchLine({ matches }: ReplayReport): string {
  if (matches === undefined) return 'read models: not compared';
  return matches ? 'read models: equal' : 'read models: DIFFERENT';
}
