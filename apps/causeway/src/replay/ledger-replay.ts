import { LedgerFold } from '#domain/audit';
import { balanceOf, isOpen, type LedgerState, type Sums, type Violation } from '#domain/ledger';
import {
  GENESIS_HASH,
  verifyLink,
  type BrokenLink,
  type ChainHead,
  type RecordedEvent,
} from '#eventsourcing';

/** Every sum of a ledger, as decimal text of base units. */
export type SumTexts = Readonly<Record<keyof Sums, string>>;

/** What the log alone says of a ledger. Amounts are decimal text of base units. */
export interface ReplayedLedger extends SumTexts {
  readonly ledger: string;
  readonly prefix: string;
  readonly version: number;
  /** When the event of this version happened, ISO 8601. */
  readonly asOf: string;
  readonly balance: string;
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

/** Folds one ledger's events, oldest first, and keeps an eye on its chain. */
export class LedgerReplay {
  private readonly fold: LedgerFold;
  private head: ChainHead = { version: 0, hash: GENESIS_HASH };
  private firstBreak: BrokenLink | undefined;
  private asOfMs = 0;

  constructor(readonly ledger: string) {
    this.fold = new LedgerFold(ledger);
  }

  /** The first link that does not hold, if any. */
  get broken(): BrokenLink | undefined {
    return this.firstBreak;
  }

  /** @throws ReplayError if the event cannot be read or cannot follow. */
  apply(event: RecordedEvent): void {
    this.firstBreak ??= verifyLink(this.head, event);
    this.head = { version: event.version, hash: event.hash };
    this.asOfMs = event.occurredAtMs;
    try {
      this.fold.apply(event);
    } catch (error) {
      throw new ReplayError(this.ledger, event.version, error);
    }
  }

  violations(): Violation[] {
    return this.fold.violations();
  }

  result(): ReplayedLedger | undefined {
    const { state } = this.fold;
    return state && replayedLedger(state, this.head, this.asOfMs);
  }
}

export function sumTexts(sums: Readonly<Sums>): SumTexts {
  return {
    incomingFulfilled: String(sums.incomingFulfilled),
    incomingPrepared: String(sums.incomingPrepared),
    outgoingFulfilled: String(sums.outgoingFulfilled),
    outgoingPrepared: String(sums.outgoingPrepared),
    settledPaid: String(sums.settledPaid),
    settledReceived: String(sums.settledReceived),
    adjusted: String(sums.adjusted),
  };
}

function replayedLedger(
  state: LedgerState,
  { version, hash }: ChainHead,
  asOfMs: number,
): ReplayedLedger {
  const { id, prefix, sums, transfers } = state;
  return {
    ledger: id,
    prefix,
    version,
    asOf: new Date(asOfMs).toISOString(),
    balance: String(balanceOf(sums)),
    ...sumTexts(sums),
    openTransfers: [...transfers.values()].filter(isOpen).length,
    hash: hash.toString('hex'),
  };
}
