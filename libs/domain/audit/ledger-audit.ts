import {
  isShadow,
  LedgerInvariantError,
  ledgerViolations,
  type LedgerState,
  type Transfer,
  UnreadableEventError,
  type Violation,
} from '#domain/ledger';
import type { RecordedEvent } from '#eventsourcing';
import type { AuditProblem, Tell } from './audit-problem';
import { type FoldedStep, LedgerFold } from './ledger-fold';
import { type Leg, linkOf } from './leg';

/**
 * What was here in time counts, however long it waited inside: a queue, or an owner that died and
 * was replaced. Later than this after its expiry, a fulfillment is no longer explained by waiting.
 */
export const LATE_AFTER_MS = 60_000;

export interface LedgerAuditParts {
  readonly tell: Tell;
  /** Hears each transfer once: when it becomes final, or at the end if it never does. */
  readonly onLeg: (leg: Leg) => void;
  readonly lateAfterMs?: number;
}

interface Begun {
  readonly version: number;
  readonly packetDigest: Buffer | null;
}

/**
 * Folds one ledger's events, oldest first and from the first one, and tells whatever no honest
 * ledger could have done. Transfers leave memory when they are final.
 */
export class LedgerAudit {
  private fold: LedgerFold | undefined;
  private readonly begun = new Map<string, Begun>();
  private isStopped = false;
  private version = 0;

  constructor(
    readonly ledger: string,
    private readonly parts: LedgerAuditParts,
  ) {}

  /** The fold has met something that it cannot follow; nothing more can be said of the ledger. */
  get isBroken(): boolean {
    return this.isStopped;
  }

  get state(): LedgerState | undefined {
    return this.isStopped ? undefined : this.fold?.state;
  }

  apply(recorded: RecordedEvent): void {
    if (this.isStopped) return;
    this.version = recorded.version;
    try {
      this.fold ??= new LedgerFold(this.ledger);
      this.check(this.fold.apply(recorded), recorded);
    } catch (error) {
      this.stop(error);
    }
  }

  /** After the last event: what is still open, and whether everything adds up. */
  finish(): void {
    const { state, fold } = this;
    if (state === undefined || fold === undefined) return;
    for (const transfer of state.transfers.values()) this.handOver(transfer, this.version);
    for (const violation of fold.violations()) {
      if (violation.transferId === null) this.tellViolation(violation, null);
    }
  }

  private check(step: FoldedStep, recorded: RecordedEvent): void {
    const { ledger, transfer, isNew, isRevealed, isEnded } = step;
    if (transfer === undefined) return;
    if (isNew) this.checkBeginning(ledger, transfer, recorded);
    if (isRevealed) this.checkTime(ledger, transfer, recorded);
    if (!isEnded) return;
    const alone = onlyWith(ledger, transfer);
    for (const violation of ledgerViolations(alone, { history: 'partial', limits: 'lowered' })) {
      if (violation.transferId !== null) this.tellViolation(violation, recorded.version);
    }
    this.handOver(transfer, recorded.version);
  }

  /** A new hold must fit the limits as they are at this version (SPEC §7.3). */
  private checkBeginning(ledger: LedgerState, transfer: Transfer, recorded: RecordedEvent): void {
    const { version, packetDigest } = recorded;
    this.begun.set(transfer.id, { version, packetDigest });
    const side = transfer.direction === 'incoming' ? 'max-balance' : 'min-balance';
    const empty = onlyWith(ledger);
    for (const violation of ledgerViolations(empty, { history: 'partial', limits: 'kept' })) {
      if (violation.rule !== side) continue;
      this.tellViolation({ ...violation, transferId: transfer.id }, version);
    }
    if (ledger.standing === 'open') return;
    this.tell('began-on-a-ledger-not-open', transfer.id, 'open', ledger.standing);
  }

  /** On a ledger that another decides, the authority's clock counts for what we send. */
  private checkTime(ledger: LedgerState, transfer: Transfer, recorded: RecordedEvent): void {
    if (isShadow(ledger) && transfer.direction === 'outgoing') return;
    const allowance = this.parts.lateAfterMs ?? LATE_AFTER_MS;
    if (recorded.occurredAtMs < transfer.expiresAtMs + allowance) return;
    const expected = `recorded before ${timeText(transfer.expiresAtMs)}`;
    this.tell('fulfilled-late', transfer.id, expected, timeText(recorded.occurredAtMs));
  }

  private handOver(transfer: Transfer, lastVersion: number): void {
    const begun = this.begun.get(transfer.id);
    if (begun === undefined) return;
    this.begun.delete(transfer.id);
    this.parts.onLeg({
      ledger: this.ledger,
      transfer: transfer.id,
      direction: transfer.direction,
      status: transfer.status,
      amount: transfer.amount,
      condition: transfer.condition,
      expiresAtMs: transfer.expiresAtMs,
      beganVersion: begun.version,
      lastVersion,
      packetDigest: begun.packetDigest,
      link: linkOf(transfer),
    });
  }

  private stop(error: unknown): void {
    if (error instanceof LedgerInvariantError) {
      this.tell(`impossible: ${error.rule}`, null, 'an event that can follow', error.subject);
    } else if (error instanceof UnreadableEventError) {
      this.tell('unreadable-event', null, 'an event that this version knows', error.message);
    } else if (error instanceof SyntaxError || error instanceof RangeError) {
      this.tell('unreadable-event', null, 'a readable event', error.message);
    } else {
      throw error;
    }
    this.isStopped = true;
  }

  private tellViolation(violation: Violation, version: number | null): void {
    const { ledgerId: ledger, rule, transferId: transfer, expected, found } = violation;
    this.parts.tell({ rule, ledger, version, transfer, expected, found });
  }

  private tell(rule: string, transfer: string | null, expected: string, found: string): void {
    const problem: AuditProblem = {
      rule,
      ledger: this.ledger,
      version: this.version,
      transfer,
      expected,
      found,
    };
    this.parts.tell(problem);
  }
}

/** The ledger with one transfer in it or none, for rules that look at one thing. */
function onlyWith(ledger: LedgerState, transfer?: Transfer): LedgerState {
  const transfers = transfer === undefined ? [] : [[transfer.id, transfer] as const];
  return { ...ledger, settlements: new Map(), transfers: new Map(transfers) };
}

function timeText(atMs: number): string {
  return new Date(atMs).toISOString();
}
