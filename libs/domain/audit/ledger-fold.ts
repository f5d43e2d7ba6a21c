import {
  decodeRecorded,
  evolve,
  forgetTransfer,
  isOpen,
  type LedgerEvent,
  type LedgerId,
  ledgerId,
  type LedgerState,
  ledgerViolations,
  replayLedger,
  type Transfer,
  type TransferId,
  type Violation,
} from '#domain/ledger';
import type { RecordedEvent } from '#eventsourcing';

/** What one event did. */
export interface FoldedStep {
  readonly event: LedgerEvent;
  readonly ledger: LedgerState;
  /** The transfer that it is about, as it is now. */
  readonly transfer: Transfer | undefined;
  /** It came into being by this event. */
  readonly isNew: boolean;
  /** It showed its preimage by this event. */
  readonly isRevealed: boolean;
  /** It became final by this event. */
  readonly isEnded: boolean;
}

/** Final transfers that stay in memory, so that most second endings are told from unknown ones. */
const KEEP_FINAL = 32;

/**
 * One ledger's history, folded by the very functions that the ledger service uses, in memory that
 * depends on what is open at one time and not on how long the history is.
 */
export class LedgerFold {
  private readonly id: LedgerId;
  private ledger: LedgerState | undefined;
  private final: TransferId[] = [];
  private readonly forgotten = { incoming: 0n, outgoing: 0n };

  /** @throws RangeError if the text is no ledger id */
  constructor(
    id: string,
    private readonly keepFinal = KEEP_FINAL,
  ) {
    this.id = ledgerId(id);
  }

  /** undefined before the first event. Must not be written to. */
  get state(): LedgerState | undefined {
    return this.ledger;
  }

  /**
   * Takes the ledger one event further; after an error the fold is not to be used any more.
   * @throws UnreadableEventError, LedgerInvariantError
   */
  apply(recorded: RecordedEvent): FoldedStep {
    const event = decodeRecorded(recorded);
    const id = 'transferId' in event ? event.transferId : undefined;
    const before = id && this.ledger?.transfers.get(id);
    const was = before && { isOpen: isOpen(before), hasPreimage: before.fulfillment !== null };
    const ledger = this.advance(event);
    const transfer = id && ledger.transfers.get(id);
    const isEnded = transfer !== undefined && !isOpen(transfer) && was?.isOpen !== false;
    if (isEnded) this.final.push(transfer.id);
    const hasPreimage = transfer !== undefined && transfer.fulfillment !== null;
    const isRevealed = hasPreimage && was?.hasPreimage !== true;
    const isNew = transfer !== undefined && was === undefined;
    this.forgetOld(ledger);
    return { event, ledger, transfer, isNew, isRevealed, isEnded };
  }

  /** Whatever must hold of the ledger as it is now and does not, its whole history counted. */
  violations(): Violation[] {
    if (this.ledger === undefined) return [];
    const { sums } = this.ledger;
    // What was forgotten has been counted by itself: what is left must add up by itself.
    const left = {
      ...sums,
      incomingFulfilled: sums.incomingFulfilled - this.forgotten.incoming,
      outgoingFulfilled: sums.outgoingFulfilled - this.forgotten.outgoing,
    };
    const rest = { ...this.ledger, sums: left };
    return ledgerViolations(rest, { history: 'complete', limits: 'lowered' });
  }

  private advance(event: LedgerEvent): LedgerState {
    if (this.ledger !== undefined) {
      evolve(this.ledger, event);
      return this.ledger;
    }
    const opened = replayLedger(this.id, [event]);
    if (opened === undefined) throw new RangeError('a ledger cannot begin with nothing');
    this.ledger = opened;
    return opened;
  }

  private forgetOld(ledger: LedgerState): void {
    if (this.final.length < 2 * this.keepFinal + 1) return;
    for (const id of this.final.slice(0, this.keepFinal)) {
      const transfer = ledger.transfers.get(id);
      if (transfer?.status === 'fulfilled') this.forgotten[transfer.direction] += transfer.amount;
      forgetTransfer(ledger, id);
    }
    this.final = this.final.slice(this.keepFinal);
  }
}
