import {
  auditIdentities,
  auditPayments,
  LedgerAudit,
  type Leg,
  legKey,
  noPayments,
  paymentKey,
  type PaymentCounts,
  type Tell,
} from '#domain/audit';
import { balanceOf, isOpen, type LedgerState, type Sums } from '#domain/ledger';
import { CONNECTOR_STREAM } from '#contracts';
import { LogVerification, type SeenPosition } from '#event-store';
import type { ChainHead, RecordedEvent } from '#eventsourcing';
import { ConnectorAudit } from './connector-audit';
import { type Findings, problemOfLog } from './findings';
import type { LegSpill, TaggedLeg } from './leg-spill';

/** What the log says of a ledger at the end of what was audited. */
export interface AuditedLedger {
  readonly ledger: string;
  readonly version: number;
  readonly hash: Buffer;
  /**
   * null where it could not be folded: in part only, because of what was found, or because it is the
   * connector's own stream and no ledger.
   */
  readonly folded: FoldedLedger | null;
}

export interface FoldedLedger {
  readonly prefix: string;
  readonly balance: bigint;
  readonly sums: Readonly<Sums>;
  readonly openTransfers: number;
}

export interface LogAuditOptions {
  readonly partitions: number;
  /** Whether events come partition by partition, in the order of positions, and none is left out. */
  readonly positions: boolean;
  /** Whether every ledger there is will be seen; then what is not there is missing. */
  readonly isWhole: boolean;
  /** Whether all ledgers end at one moment; only then can one leg be held against the other. */
  readonly payments: boolean;
  readonly findings: Findings;
  readonly spill: LegSpill;
}

/** What a record in the spill is there for. */
export const TAGS = { payment: 1, identity: 2, both: 3, row: 4 } as const;

/**
 * Audits a log event by event: places and chains, each ledger's fold, the connector's own
 * stream, and after the last event both legs of each payment. Events of one ledger come in the order
 * of versions; ledgers may mix.
 */
export class LogAudit {
  readonly verification: LogVerification;
  readonly counts: PaymentCounts & { transfers: number } = { ...noPayments(), transfers: 0 };
  private readonly folded = new Map<string, FoldedLedger>();
  private readonly open = new Map<string, LedgerAudit>();
  private readonly broken = new Set<string>();
  private readonly closed = new Set<string>();
  private readonly chainOnly = new Set<string>();
  private readonly connector: ConnectorAudit;

  constructor(private readonly options: LogAuditOptions) {
    const { partitions, positions } = options;
    this.verification = new LogVerification({ partitions, positions });
    this.connector = new ConnectorAudit(options.findings.teller('connector'));
  }

  /** Every ledger seen, in order of ids. */
  get ledgers(): readonly AuditedLedger[] {
    return [...this.verification.heads]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([ledger, { version, hash }]) => {
        return { ledger, version, hash, folded: this.folded.get(ledger) ?? null };
      });
  }

  /** The ledger's events begin in the middle of its history: only its chain can be checked. */
  startAt(ledgerId: string, head: ChainHead): void {
    this.verification.startAt(ledgerId, head);
    this.chainOnly.add(ledgerId);
  }

  apply(event: RecordedEvent): void {
    const tell = this.options.findings.teller('chain');
    for (const problem of this.verification.check(event)) tell(problemOfLog(problem));
    const { ledgerId } = event;
    // A ledger that goes on in another partition was found above; its fold has ended.
    if (this.chainOnly.has(ledgerId) || this.closed.has(ledgerId)) return;
    if (ledgerId === CONNECTOR_STREAM) {
      this.connector.apply(event);
      return;
    }
    let audit = this.open.get(ledgerId);
    if (audit === undefined) {
      audit = this.openLedger(ledgerId);
      this.open.set(ledgerId, audit);
    }
    audit.apply(event);
  }

  /** No event of any ledger seen so far will come any more. */
  closeLedgers(): void {
    for (const [ledgerId, audit] of this.open) {
      audit.finish();
      this.closed.add(ledgerId);
      if (audit.isBroken) this.broken.add(ledgerId);
      if (audit.state !== undefined) this.folded.set(ledgerId, describe(audit.state));
    }
    this.open.clear();
  }

  /** Tells what somebody who follows the log has seen and is no longer there. */
  missingEnds(seen: readonly SeenPosition[], tell: Tell): void {
    for (const problem of this.verification.missingEnds(seen)) tell(problemOfLog(problem));
  }

  /** After the last event; `visit` hears every bucket of records. */
  finish(visit: (bucket: readonly TaggedLeg[]) => void): void {
    this.closeLedgers();
    const { findings, spill, payments } = this.options;
    const tell = findings.teller('payments');
    const scope = { isComplete: (ledger: string) => this.isComplete(ledger) };
    for (const bucket of spill.buckets()) {
      const tagged = (...tags: number[]): Leg[] =>
        bucket.filter(({ tag }) => tags.includes(tag)).map(({ leg }) => leg);
      if (payments) {
        auditPayments(tagged(TAGS.payment, TAGS.both), scope, { counts: this.counts, tell });
      }
      auditIdentities(tagged(TAGS.identity, TAGS.both), findings.teller('ledgers'));
      visit(bucket);
    }
  }

  /** Has the whole history of the ledger been folded? */
  isComplete(ledger: string): boolean {
    if (this.broken.has(ledger) || this.chainOnly.has(ledger)) return false;
    return this.options.isWhole || this.closed.has(ledger);
  }

  private openLedger(ledgerId: string): LedgerAudit {
    const tell = this.options.findings.teller('ledgers');
    return new LedgerAudit(ledgerId, {
      tell,
      onLeg: (leg) => {
        this.spillLeg(leg);
      },
    });
  }

  private spillLeg(leg: Leg): void {
    const { spill } = this.options;
    this.counts.transfers += 1;
    const own = legKey(leg.ledger, leg.transfer);
    const payment = paymentKey(leg);
    if (spill.isTogether(own, payment)) {
      spill.add(leg, TAGS.both, own);
      return;
    }
    spill.add(leg, TAGS.payment, payment);
    spill.add(leg, TAGS.identity, own);
  }
}

function describe({ sums, prefix, transfers }: LedgerState): FoldedLedger {
  return {
    prefix,
    balance: balanceOf(sums),
    sums: { ...sums },
    openTransfers: [...transfers.values()].filter(isOpen).length,
  };
}
