import type { DataSource } from 'typeorm';
import { CONNECTOR_STREAM, connectorPartition } from '#contracts';
import type { PublicKey } from '#domain/audit';
import { EventReader, seenPositions, SettingsStore, SignedHeadStore } from '#event-store';
import type { RecordedEvent } from '#eventsourcing';
import { compareWithReadModel } from '../replay/compare-read-model';
import { sumTexts } from '../replay/ledger-replay';
import { type AuditReport, auditReport, type Trust } from './audit-report';
import { type Check, Findings } from './findings';
import { LegSpill, type SpillOptions } from './leg-spill';
import { LogAudit } from './log-audit';
import { SignedHeadAudit } from './signed-head-audit';
import { compareTransferRows, spillTransferRows, transfersCaughtUp } from './transfer-rows';

export interface VerifyRequest {
  /** Only this one. */
  readonly ledger?: string | undefined;
  /** Keys that the auditor trusts. */
  readonly pinned: readonly PublicKey[];
  readonly onProgress?: (events: number, total: number) => void;
  readonly spill?: SpillOptions;
}

/** The ledger that was asked for has no events. */
export class UnknownLedgerError extends Error {
  override readonly name = 'UnknownLedgerError';
}

/**
 * Audits the log of a database as it stands when the reading begins; a connector may go on writing.
 * @throws UnknownLedgerError
 */
export async function verifyDatabase(
  dataSource: DataSource,
  request: VerifyRequest,
): Promise<AuditReport> {
  const spill = new LegSpill(request.spill);
  try {
    return await new DatabaseAudit(dataSource, request, spill).run();
  } finally {
    spill.close();
  }
}

class DatabaseAudit {
  private readonly startedAtMs = Date.now();
  private readonly findings = new Findings();
  private readonly reader: EventReader;
  private readonly remarks: string[] = [];
  private readonly notChecked: Check[] = [];
  private events = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly request: VerifyRequest,
    private readonly spill: LegSpill,
  ) {
    this.reader = new EventReader(dataSource);
  }

  async run(): Promise<AuditReport> {
    const { ledger, pinned } = this.request;
    const settings = new SettingsStore(this.dataSource);
    const connector = (await settings.get('connector.address')) ?? 'unknown';
    const partitions = Number((await settings.get('partitions')) ?? '64');
    const heads = await SignedHeadAudit.of({
      connector,
      pinned,
      store: new SignedHeadStore(this.dataSource),
      reader: this.reader,
      tell: this.findings.teller('signedHeads'),
    });
    const isWhole = ledger === undefined;
    const { findings, spill } = this;
    const log = new LogAudit({
      partitions,
      positions: isWhole,
      isWhole,
      payments: true,
      findings,
      spill,
    });
    const positions = isWhole ? await this.readLog(log, heads) : await this.readLedger(log, heads);
    await this.finishHeads(log, heads);
    await this.finishPayments(log, positionsOfLedgers(positions, partitions));
    const trust = trustOf(heads, pinned);
    if (trust === 'none') this.notChecked.push('signedHeads');
    return auditReport({
      source: 'database',
      connector,
      partitions,
      scope: ledger === undefined ? null : [ledger],
      startedAtMs: this.startedAtMs,
      finishedAtMs: Date.now(),
      trust,
      keys: heads.keyIds,
      counts: { ...this.countsOf(log), signedHeads: heads.count },
      positions,
      ledgers: log.ledgers,
      newestHeads: heads.newest,
      findings,
      notChecked: this.notChecked,
      remarks: this.remarks,
    });
  }

  /**
   * Partition by partition up to where the log ended at one moment: what was committed together, or
   * caused by what is in it, is in it as well.
   */
  private async readLog(log: LogAudit, heads: SignedHeadAudit): Promise<Map<number, number>> {
    // Read first: a checkpoint that moves while we read would look as if the log had been cut.
    const seen = await seenPositions(this.dataSource);
    const ends = await this.partitionEnds();
    const total = [...ends.values()].reduce((sum, position) => sum + position, 0);
    for (const [partition, untilPosition] of ends) {
      const events = this.reader.readPartition({ partition, untilPosition });
      for await (const event of events) {
        const meeting = this.take(event, { log, heads, total });
        if (meeting !== undefined) await meeting;
      }
      log.closeLedgers();
    }
    const tell = this.findings.teller('chain');
    log.missingEnds(seen, tell);
    return ends;
  }

  private async readLedger(log: LogAudit, heads: SignedHeadAudit): Promise<Map<number, number>> {
    const ledgerId = this.request.ledger ?? '';
    const head = await this.reader.ledgerHead(ledgerId);
    if (head === undefined) throw new UnknownLedgerError(`ledger "${ledgerId}" has no events`);
    const events = this.reader.readLedger({ ledgerId, untilVersion: head.version });
    for await (const event of events) {
      await this.take(event, { log, heads, total: head.version });
    }
    log.closeLedgers();
    this.notChecked.push(ledgerId === CONNECTOR_STREAM ? 'ledgers' : 'connector', 'payments');
    this.remarks.push('one ledger alone: nothing is said about the other legs of its payments');
    return new Map();
  }

  private take(
    event: RecordedEvent,
    to: { readonly log: LogAudit; readonly heads: SignedHeadAudit; readonly total: number },
  ): Promise<void> | undefined {
    to.log.apply(event);
    this.events += 1;
    this.request.onProgress?.(this.events, to.total);
    return to.heads.apply(event);
  }

  private async partitionEnds(): Promise<Map<number, number>> {
    const partitions = await this.reader.partitionsInUse();
    // One statement for all of them: one moment.
    const heads = await this.reader.partitionHeads(partitions);
    return new Map([...heads].sort(([one], [other]) => one - other));
  }

  private async finishHeads(log: LogAudit, heads: SignedHeadAudit): Promise<void> {
    const { ledger } = this.request;
    const signed = ledger === undefined ? await this.signedLedgers() : [ledger];
    for (const id of new Set([...log.ledgers.map((each) => each.ledger), ...signed])) {
      await heads.finish(id);
    }
  }

  private signedLedgers(): Promise<readonly string[]> {
    return new SignedHeadStore(this.dataSource).ledgerIds();
  }

  private async finishPayments(
    log: LogAudit,
    positions: ReadonlyMap<number, number>,
  ): Promise<void> {
    const tell = this.findings.teller('readModels');
    const isCompared = await this.compareBalances(log);
    const hasRows = isCompared && (await this.spillRows(positions));
    const ends = new Map(
      log.ledgers.flatMap(({ ledger, version }) =>
        log.isComplete(ledger) ? [[ledger, version] as const] : [],
      ),
    );
    log.finish((bucket) => {
      if (hasRows) compareTransferRows(bucket, (ledger) => ends.get(ledger), tell);
    });
  }

  /** A log that is wrong says nothing about copies of it. */
  private async compareBalances(log: LogAudit): Promise<boolean> {
    if (this.findings.countOf('chain') + this.findings.countOf('ledgers') > 0) {
      this.notChecked.push('readModels');
      this.remarks.push('the read models were not compared, because the log itself is wrong');
      return false;
    }
    const tell = this.findings.teller('readModels');
    const ledgers = log.ledgers.flatMap(({ ledger, version, folded }) => {
      if (folded === null) return [];
      return [{ ledger, version, balance: String(folded.balance), ...sumTexts(folded.sums) }];
    });
    for (const difference of await compareWithReadModel(this.dataSource, ledgers)) {
      const { ledger, what, log: expected, model: found } = difference;
      const rule = `read-model: ${what}`;
      tell({ rule, ledger, version: null, transfer: null, expected, found });
    }
    return true;
  }

  private async spillRows(positions: ReadonlyMap<number, number>): Promise<boolean> {
    const { ledger } = this.request;
    if (ledger === undefined && !(await transfersCaughtUp(this.dataSource, positions))) {
      this.remarks.push('transfers were not compared: their read model has not caught up');
      return false;
    }
    await spillTransferRows(this.dataSource, this.spill, ledger);
    return true;
  }

  private countsOf(log: LogAudit) {
    const { payments, unfinished, losses, transfers } = log.counts;
    return { events: this.events, transfers, payments, unfinishedPayments: unfinished, losses };
  }
}

/** Read models follow ledgers, and so never come to where the connector's own stream is. */
function positionsOfLedgers(
  positions: ReadonlyMap<number, number>,
  partitions: number,
): ReadonlyMap<number, number> {
  const own = connectorPartition(partitions);
  return new Map([...positions].filter(([partition]) => partition !== own));
}

function trustOf(heads: SignedHeadAudit, pinned: readonly PublicKey[]): Trust {
  if (heads.count === 0) return 'none';
  return pinned.length > 0 ? 'pinned' : 'first-use';
}
