import {
  balanceOf,
  decodeRecorded,
  evolve,
  forgetTransfer,
  ledgerId,
  ledgerViolations,
  openLedger,
  type LedgerState,
  type TransferId,
  type Violation,
} from '#domain/ledger';
import {
  GENESIS_HASH,
  verifyLink,
  type BrokenLink,
  type ChainHead,
  type RecordedEvent,
} from '#eventsourcing';

/** What the log alone says of a ledger. Amounts are decimal text of base units. */
export interface ReplayedLedger {
  readonly ledger: string;
  readonly prefix: string;
  readonly version: number;
  readonly balance: string;
  readonly incomingFulfilled: string;
  readonly incomingPrepared: string;
  readonly outgoingFulfilled: string;
  readonly outgoingPrepared: string;
  readonly openTransfers: number;
  /** Head of the hash chain, hex. */
  readonly hash: string;
}

/** The log holds something that no ledger could have done. */
export class ReplayError extends Error {
  override readonly name = 'ReplayError';

  constructor(
    readonly ledger: string,
    readonly version: number,
    cause: unknown,
  ) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`ledger ${ledger}, version ${version}: ${why}`, { cause });
  }
}

/** Folds one ledger's events, oldest first, with the very functions that the ledger service uses. */
export class LedgerReplay {
  private state: LedgerState | undefined;
  private head: ChainHead = { version: 0, hash: GENESIS_HASH };
  private final: TransferId[] = [];
  private firstBreak: BrokenLink | undefined;

  constructor(
    readonly ledger: string,
    private readonly keepFinal = 10_000,
  ) {}

  /** The first link that does not hold, if any. */
  get broken(): BrokenLink | undefined {
    return this.firstBreak;
  }

  /** @throws ReplayError if the event cannot be read or cannot follow. */
  apply(event: RecordedEvent): void {
    this.firstBreak ??= verifyLink(this.head, event);
    this.head = { version: event.version, hash: event.hash };
    try {
      this.evolve(event);
    } catch (error) {
      throw new ReplayError(this.ledger, event.version, error);
    }
  }

  violations(): Violation[] {
    if (this.state === undefined) return [];
    return ledgerViolations(this.state, { history: 'partial', limits: 'lowered' });
  }

  result(): ReplayedLedger | undefined {
    if (this.state === undefined) return undefined;
    const { sums, prefix, transfers } = this.state;
    return {
      ledger: this.ledger,
      prefix,
      version: this.head.version,
      balance: String(balanceOf(sums)),
      incomingFulfilled: String(sums.incomingFulfilled),
      incomingPrepared: String(sums.incomingPrepared),
      outgoingFulfilled: String(sums.outgoingFulfilled),
      outgoingPrepared: String(sums.outgoingPrepared),
      openTransfers: [...transfers.values()].filter(({ status }) => status === 'prepared').length,
      hash: this.head.hash.toString('hex'),
    };
  }

  private evolve(recorded: RecordedEvent): void {
    const event = decodeRecorded(recorded);
    if (this.state !== undefined) evolve(this.state, event);
    else if (event.type === 'LedgerOpened') this.state = openLedger(ledgerId(this.ledger), event);
    else throw new Error(`the first event is ${event.type}, not LedgerOpened`);
    if ('transferId' in event && event.type !== 'TransferPrepared') this.end(event.transferId);
  }

  /** Finished transfers leave memory after a while: the log may be longer than memory. */
  private end(id: TransferId): void {
    this.final.push(id);
    if (this.final.length < 2 * this.keepFinal || this.state === undefined) return;
    for (const old of this.final.slice(0, this.keepFinal)) forgetTransfer(this.state, old);
    this.final = this.final.slice(this.keepFinal);
  }
}
