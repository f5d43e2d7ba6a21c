import type { DataSource } from 'typeorm';
import { CONNECTOR_STREAM } from '#contracts';
import { describeAuditProblem } from '#domain/audit';
import { EventReader, SettingsStore, verifyLog, type LogProblem } from '#event-store';
import { ConnectorAudit } from '../audit/connector-audit';
import { compareWithReadModel, describeDifference } from './compare-read-model';
import { LedgerReplay, ReplayError, type ReplayedLedger } from './ledger-replay';
import type { Until } from './until';

export interface ReplayRequest {
  readonly verify: boolean;
  readonly ledger?: string;
  readonly until?: Until;
}

export interface ReplayReport {
  readonly events: number;
  readonly ledgers: readonly ReplayedLedger[];
  /** Do the read models say the same? Absent when they were not asked, or the replay ended early. */
  readonly matches?: boolean;
  /** Whether every link of every chain, every position and every invariant holds. */
  readonly chain: 'ok' | 'broken';
  /** What is wrong with the log, each naming ledger and version. */
  readonly problems: readonly string[];
  /** Where the read models differ. */
  readonly differences: readonly string[];
}

/** What was asked for is not in the log. */
export class NothingToReplayError extends Error {
  override readonly name = 'NothingToReplayError';
}

/**
 * Folds the log, or one ledger of it, from zero to its end, to a version or to a moment.
 * @throws NothingToReplayError if a ledger was named that has no event by then, or not that version
 */
export async function replayLog(
  dataSource: DataSource,
  request: ReplayRequest,
): Promise<ReplayReport> {
  if (request.ledger === CONNECTOR_STREAM) {
    throw new NothingToReplayError(`${CONNECTOR_STREAM} is no ledger and has no balance`);
  }
  const replayed = await foldLedgers(dataSource, request);
  refuseNothing(request, replayed);
  const problems = request.verify
    ? [...new Set([...(await chainProblems(dataSource, request)), ...replayed.problems])]
    : replayed.problems;
  const report = {
    events: replayed.events,
    ledgers: replayed.ledgers,
    chain: problems.length === 0 ? ('ok' as const) : ('broken' as const),
    problems,
    differences: [],
  };
  if (!request.verify || request.until !== undefined) return report;
  if (problems.length > 0) return { ...report, matches: false };
  const compared = await compareWithReadModel(dataSource, replayed.ledgers);
  const differences = compared.map(describeDifference);
  return { ...report, differences, matches: differences.length === 0 };
}

/** A balance at a version that never was would pass for the balance of today. */
function refuseNothing({ ledger, until }: ReplayRequest, { ledgers, problems }: Folded): void {
  if (ledger === undefined || problems.length > 0) return;
  const [replayed] = ledgers;
  const untilVersion = until !== undefined && 'untilVersion' in until ? until.untilVersion : 0;
  if (replayed === undefined) {
    throw new NothingToReplayError(`ledger "${ledger}" has no event in this range`);
  }
  if (replayed.version >= untilVersion) return;
  throw new NothingToReplayError(
    `--until ${untilVersion}: ledger "${ledger}" ends at version ${replayed.version}`,
  );
}

interface Folded {
  readonly events: number;
  readonly ledgers: readonly ReplayedLedger[];
  readonly problems: readonly string[];
}

async function foldLedgers(dataSource: DataSource, request: ReplayRequest): Promise<Folded> {
  const reader = new EventReader(dataSource);
  const ids = request.ledger === undefined ? await reader.ledgerIds() : [request.ledger];
  const ledgers: ReplayedLedger[] = [];
  const problems: string[] = [];
  let events = 0;
  for (const ledgerId of ids) {
    if (ledgerId === CONNECTOR_STREAM) {
      events += await foldConnector(reader, request, problems);
      continue;
    }
    const replay = new LedgerReplay(ledgerId);
    try {
      for await (const event of reader.readLedger({ ledgerId, ...request.until })) {
        replay.apply(event);
        events += 1;
      }
    } catch (error) {
      if (!(error instanceof ReplayError)) throw error;
      problems.push(error.message);
    }
    problems.push(...replay.violations().map(describeViolation));
    const result = replay.result();
    if (result !== undefined) ledgers.push(result);
  }
  return { events, ledgers, problems };
}

/** @returns how many events it read; what is wrong with them joins the problems. */
async function foldConnector(
  reader: EventReader,
  request: ReplayRequest,
  problems: string[],
): Promise<number> {
  const audit = new ConnectorAudit((problem) => {
    problems.push(describeAuditProblem(problem));
  });
  let events = 0;
  for await (const event of reader.readLedger({ ledgerId: CONNECTOR_STREAM, ...request.until })) {
    audit.apply(event);
    events += 1;
  }
  return events;
}

function describeViolation(violation: ReturnType<LedgerReplay['violations']>[number]): string {
  const { ledgerId, transferId, rule, expected, found } = violation;
  const where =
    transferId === null ? `ledger ${ledgerId}` : `ledger ${ledgerId}, transfer ${transferId}`;
  return `${where}: ${rule} should be ${expected}, is ${found}`;
}

async function chainProblems(dataSource: DataSource, request: ReplayRequest): Promise<string[]> {
  const partitions = Number((await new SettingsStore(dataSource).get('partitions')) ?? '64');
  const scope = request.ledger === undefined ? {} : { ledgerId: request.ledger };
  const problems: string[] = [];
  for await (const problem of verifyLog(dataSource, { partitions, ...scope })) {
    problems.push(describeProblem(problem));
  }
  return problems;
}

function describeProblem(problem: LogProblem): string {
  switch (problem.kind) {
    case 'broken-link':
      return `ledger ${problem.ledgerId}, version ${problem.version}: ${problem.rule} does not hold`;
    case 'wrong-partition':
      return (
        `ledger ${problem.ledgerId}, version ${problem.version}: ` +
        `lies in partition ${problem.partition}, not ${problem.expected}`
      );
    case 'position-gap':
      return (
        `ledger ${problem.ledgerId}, version ${problem.version}: ` +
        `has position ${problem.position} in partition ${problem.partition}, not ${problem.expected}`
      );
    case 'missing-end':
      return (
        `partition ${problem.partition}: ends at position ${problem.position}, ` +
        `but ${problem.seenBy} has seen ${problem.seenPosition}`
      );
  }
}
