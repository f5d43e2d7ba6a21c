import { createHash, type Hash } from 'node:crypto';
import {
  headText,
  isSignedBy,
  type PublicKey,
  readPublicKey,
  UnusableKeyError,
} from '#domain/audit';
import { CONNECTOR_STREAM, partitionOf } from '#contracts';
import type { RecordedEvent } from '#eventsourcing';
import { type AuditReport, auditReport } from './audit-report';
import {
  type ExportedLedger,
  isTrailer,
  type Manifest,
  readEventLine,
  readManifest,
  readTrailer,
  type Trailer,
  trailerText,
  UnreadableLineError,
} from './export-format';
import { ExportFaultError, type ExportLine, exportLines } from './export-lines';
import { Findings } from './findings';
import { LegSpill, type SpillOptions } from './leg-spill';
import { LogAudit } from './log-audit';
import { PositionSet } from './position-set';
import type { NewestHead } from './signed-head-audit';

export interface ExportAuditOptions {
  /** Keys that the reader trusts; none = the key that the file itself names. */
  readonly pinned: readonly PublicKey[];
  readonly onEvent?: (event: RecordedEvent) => void;
  readonly onProgress?: (events: number, total: number) => void;
  readonly lineBytes?: number;
  readonly spill?: SpillOptions;
}

export interface AuditedExport {
  readonly manifest: Manifest;
  /** Of everything before the trailer, hex. */
  readonly sha256: string;
  readonly report: AuditReport;
}

/**
 * Reads an export from its first byte to its last and checks it line by line, by itself: shape,
 * order, chains, what the manifest promises, digest and signature; then folds what begins at its
 * beginning and audits it as a log is audited.
 * @throws ExportFaultError at the first line that is not as it must be
 */
export async function auditExport(
  file: string,
  options: ExportAuditOptions,
): Promise<AuditedExport> {
  const spill = new LegSpill(options.spill);
  try {
    const audit = new ExportAudit(file, options, spill);
    for await (const line of exportLines(file, options.lineBytes)) audit.take(line);
    return audit.finish();
  } finally {
    spill.close();
  }
}

class ExportAudit {
  private readonly startedAtMs = Date.now();
  private readonly findings = new Findings();
  private readonly sha256: Hash = createHash('sha256');
  private readonly newest = new Map<string, NewestHead>();
  private readonly positions = new PositionSet();
  private manifest: Manifest | undefined;
  private log: LogAudit | undefined;
  private trailer: Trailer | undefined;
  private keyId = '';
  private lines = 0;
  private events = 0;
  private ledger = 0;

  constructor(
    private readonly file: string,
    private readonly options: ExportAuditOptions,
    private readonly spill: LegSpill,
  ) {}

  take(line: ExportLine): void {
    this.lines = line.number;
    if (this.trailer !== undefined) this.fault('after-trailer', 'the end of the file', 'a line');
    if (this.manifest === undefined) this.takeManifest(line.text);
    else if (isTrailer(line.text)) this.takeTrailer(line.text);
    else
      this.takeEvent(
        this.manifest,
        this.read(() => readEventLine(line.text)),
      );
    if (!isTrailer(line.text)) this.sha256.update(line.bytes).update('\n');
  }

  finish(): AuditedExport {
    const { manifest, trailer, log } = this;
    if (manifest === undefined || trailer === undefined || log === undefined) {
      this.lines += 1;
      return this.fault('trailer', 'a trailer as the last line', 'the end of the file');
    }
    log.finish(() => undefined);
    return { manifest, sha256: trailer.sha256, report: this.report(manifest, log) };
  }

  private takeManifest(text: string): void {
    const manifest = this.read(() => readManifest(text));
    const { partitions, complete, range } = manifest;
    this.log = new LogAudit({
      partitions,
      positions: false,
      isWhole: complete,
      payments: range === 'whole',
      findings: this.findings,
      spill: this.spill,
    });
    let [events, previous] = [0, ''];
    for (const ledger of manifest.ledgers) {
      if (ledger.ledger <= previous) this.fault('ledger-order', `after ${previous}`, ledger.ledger);
      this.checkExtent(ledger, manifest);
      this.startLedger(this.log, ledger);
      events += ledger.events;
      previous = ledger.ledger;
    }
    if (events !== manifest.events) {
      this.fault('manifest: events', String(events), String(manifest.events));
    }
    this.manifest = manifest;
  }

  private checkExtent(ledger: ExportedLedger, { partitions, complete, range }: Manifest): void {
    const count = ledger.lastVersion - ledger.firstVersion + 1;
    if (ledger.events !== count) {
      this.fault('manifest: events of a ledger', String(count), String(ledger.events));
    }
    const partition = partitionOf(ledger.ledger, partitions);
    if (ledger.partition !== partition) {
      this.fault('manifest: partition', String(partition), String(ledger.partition));
    }
    if (complete && range !== 'whole') this.fault('manifest: range', 'whole', range);
    if (complete && ledger.firstVersion !== 1) {
      this.fault('manifest: firstVersion', '1 in a complete export', String(ledger.firstVersion));
    }
  }

  private startLedger(log: LogAudit, { ledger, firstVersion, previousHash }: ExportedLedger): void {
    if (firstVersion === 1) return;
    const hash = Buffer.from(previousHash, 'hex');
    log.startAt(ledger, { version: firstVersion - 1, hash });
  }

  private takeEvent(manifest: Manifest, event: RecordedEvent): void {
    const expected = manifest.ledgers[this.ledger];
    if (expected === undefined) this.fault('order', 'the trailer', 'an event');
    if (event.ledgerId !== expected.ledger) {
      this.fault('order', `an event of ledger ${expected.ledger}`, event.ledgerId);
    }
    this.log?.apply(event);
    this.refuseBrokenChain();
    if (manifest.complete) this.takePosition(manifest, event);
    this.checkSignedHead(manifest, expected, event);
    this.options.onEvent?.(event);
    this.events += 1;
    this.options.onProgress?.(this.events, manifest.events);
    if (event.version === expected.lastVersion) this.endLedger(expected, event);
  }

  private takePosition({ events }: Manifest, { partition, position }: RecordedEvent): void {
    if (position > events) this.fault('position', `at most ${events}`, String(position));
    if (this.positions.add(partition, position)) return;
    this.fault('position', 'one event per position', `position ${position} again`);
  }

  private refuseBrokenChain(): void {
    if (this.findings.countOf('chain') === 0) return;
    const problem = this.findings.listed.find(({ check }) => check === 'chain');
    if (problem !== undefined) this.fault(problem.rule, problem.expected, problem.found);
  }

  private endLedger(expected: ExportedLedger, event: RecordedEvent): void {
    const hash = event.hash.toString('hex');
    if (hash !== expected.lastHash) this.fault('manifest: lastHash', expected.lastHash, hash);
    this.log?.closeLedgers();
    this.ledger += 1;
  }

  private checkSignedHead(
    { connector }: Manifest,
    { signedHead }: ExportedLedger,
    event: RecordedEvent,
  ): void {
    if (signedHead?.version !== event.version) return;
    const { ledgerId, version, hash } = event;
    const key = this.trusted(signedHead.publicKey);
    if (key.id !== signedHead.key) this.fault('signed-head: key', key.id, signedHead.key);
    if (hash.toString('hex') !== signedHead.hash) {
      this.fault('signed-head', signedHead.hash, hash.toString('hex'));
    }
    const signedAtMs = Date.parse(signedHead.signedAt);
    const text = headText({ connector, ledgerId, version, hash, signedAtMs });
    if (!isSignedBy(text, Buffer.from(signedHead.signature, 'base64'), key)) {
      this.fault('signed-head: signature', `a signature by ${key.id}`, 'one that does not hold');
    }
    this.newest.set(ledgerId, { version, signedAtMs, keyId: key.id });
  }

  private takeTrailer(text: string): void {
    const trailer = this.read(() => readTrailer(text));
    const { manifest } = this;
    const missing = manifest?.ledgers[this.ledger];
    if (missing !== undefined)
      this.fault('order', `an event of ledger ${missing.ledger}`, 'the trailer');
    const gap = this.positions.gap();
    if (gap !== undefined) this.fault('position', `position ${gap.position}`, 'none');
    const before = this.lines - 1;
    if (trailer.lines !== before) this.fault('lines', String(before), String(trailer.lines));
    const sha256 = this.sha256.digest('hex');
    if (trailer.sha256 !== sha256) this.fault('sha256', sha256, trailer.sha256);
    const key = this.trusted(manifest?.publicKey ?? '');
    if (key.id !== trailer.key) this.fault('key', key.id, trailer.key);
    if (!isSignedBy(trailerText(trailer), Buffer.from(trailer.signature, 'base64'), key)) {
      this.fault('signature', `a signature by ${key.id}`, 'one that does not hold');
    }
    this.keyId = key.id;
    this.trailer = trailer;
  }

  /** The key that the file names, if it is one of those that the reader trusts. */
  private trusted(pem: string): PublicKey {
    const { pinned } = this.options;
    try {
      const named = readPublicKey(pem);
      if (pinned.length === 0 || pinned.some(({ id }) => id === named.id)) return named;
      const expected = pinned.map(({ id }) => id).join(' or ');
      return this.fault('key', expected, named.id);
    } catch (error) {
      if (!(error instanceof UnusableKeyError)) throw error;
      return this.fault('key', 'an Ed25519 key as PEM', error.message);
    }
  }

  private read<T>(parse: () => T): T {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof UnreadableLineError)) throw error;
      const expected = this.manifest === undefined ? 'a manifest' : 'an event or the trailer';
      return this.fault('shape', expected, error.message);
    }
  }

  private fault(rule: string, expected: string, found: string): never {
    throw new ExportFaultError(this.file, this.lines, rule, expected, found);
  }

  private report(manifest: Manifest, log: LogAudit): AuditReport {
    const { payments, unfinished, losses, transfers } = log.counts;
    const { complete } = manifest;
    return auditReport({
      source: 'export',
      connector: manifest.connector,
      partitions: manifest.partitions,
      scope: complete ? null : manifest.ledgers.map(({ ledger }) => ledger),
      startedAtMs: this.startedAtMs,
      finishedAtMs: Date.now(),
      trust: this.options.pinned.length > 0 ? 'pinned' : 'first-use',
      keys: [this.keyId],
      counts: {
        events: this.events,
        transfers,
        payments,
        unfinishedPayments: unfinished,
        losses,
        signedHeads: this.newest.size,
      },
      positions: new Map(),
      ledgers: log.ledgers,
      newestHeads: this.newest,
      findings: this.findings,
      notChecked: [
        'readModels',
        ...(this.newest.size === 0 ? ['signedHeads' as const] : []),
        ...(manifest.range === 'part' ? ['payments' as const] : []),
        ...(hasWholeConnector(manifest) ? [] : ['connector' as const]),
      ],
      remarks: complete
        ? []
        : ['a part of the log: nothing is said about legs of payments that are not in it'],
    });
  }
}

/** A complete export without the connector's stream says that nothing ever happened there. */
function hasWholeConnector({ complete, ledgers }: Manifest): boolean {
  const stream = ledgers.find(({ ledger }) => ledger === CONNECTOR_STREAM);
  return stream === undefined ? complete : stream.firstVersion === 1;
}
