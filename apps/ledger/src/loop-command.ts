import type { LedgerId } from '#domain/ledger';
import type {
  LedgerDescription,
  LedgerMessage,
  LedgerOpenReply,
  LedgerOrder,
  LedgerOrderReply,
  PaymentOrderQuestion,
  PaymentOrderReply,
} from '#contracts';

/** Some transfer's time is over. */
export interface ExpireDue {
  readonly kind: 'expire-due';
}

/** Some delivery was not confirmed for a while. */
export interface Redeliver {
  readonly kind: 'redeliver';
}

/** A new owner takes up what the last one left. */
export interface Resume {
  readonly kind: 'resume';
  /** The ledgers that are new here. */
  readonly ledgers: readonly LedgerId[];
}

/** Opens a ledger, or adjusts its limits to what is wanted. */
export interface EnsureLedger {
  readonly kind: 'ensure-ledger';
  readonly wanted: LedgerDescription;
  /** The ledger that may bear the same prefix: the other party's, where we are the validator. */
  readonly twin?: string | undefined;
  reply(reply: LedgerOpenReply): void;
}

/** An operator orders something of one ledger. */
export interface OrderLedger {
  readonly kind: 'order';
  readonly order: LedgerOrder;
  reply(reply: LedgerOrderReply): void;
}

/** An operator has us pay. The ids stand beside the order too, as of every command about a transfer. */
export interface OrderedPaymentCommand {
  readonly kind: 'pay';
  readonly ledgerId: string;
  readonly transferId: string;
  readonly order: PaymentOrderQuestion;
  reply(reply: PaymentOrderReply): void;
}

/** Everything that the loop decides on. */
export type LoopCommand =
  | LedgerMessage
  | ExpireDue
  | Redeliver
  | Resume
  | EnsureLedger
  | OrderLedger
  | OrderedPaymentCommand;
