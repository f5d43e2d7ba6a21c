import type { LedgerId, TransferId } from './identifiers';

/**
 * Who decides what happened on a ledger (SPEC §7.2): we (`admin`), the peer (`shadow`), both of us
 * (`symmetric`), or a third connector that runs it for both (`validated`).
 */
export const AUTHORITIES = ['admin', 'shadow', 'symmetric', 'validated'] as const;
export type Authority = (typeof AUTHORITIES)[number];

/** Limits of our own balance, in base units; null is unlimited (SPEC §7.3). */
export interface Limits {
  /** How much the peer may owe us; null = no limit. */
  readonly maxBalance: bigint | null;
  /** At most 0: minus how much we may owe the peer; null = no limit. */
  readonly minBalance: bigint | null;
}

/** A ledger between us and one peer came into being. */
export interface LedgerOpened {
  readonly type: 'LedgerOpened';
  /** ILP prefix, ends in a dot. */
  readonly prefix: string;
  readonly currencyCode: string;
  readonly currencyScale: number;
  /** Our account's name, without the prefix. */
  readonly account: string;
  readonly peerAccount: string;
  readonly authority: Authority;
  readonly limits: Limits;
}

/** Who changes limits where the configuration, or on a shadow the peer's own limit, says so. */
export const BY_CONFIGURATION = 'configuration';

export interface LimitsChanged {
  readonly type: 'LimitsChanged';
  readonly limits: Limits;
  /** An operator's name, or `configuration`. */
  readonly by: string;
}

/** The next hop, fixed for ever when the incoming transfer is prepared (one plan per payment). */
export interface ForwardPlan {
  readonly kind: 'forward';
  readonly ledgerId: LedgerId;
  readonly transferId: TransferId;
  /** Base units of the outgoing ledger. */
  readonly amount: bigint;
  readonly expiresAtMs: number;
  /** Absent where nothing is exchanged: we are a validator, or it was planned before this was kept. */
  readonly pricing?: PlanPricing | undefined;
}

/**
 * How the amount of a forward plan came about. With both ledgers, the incoming amount, the packet and
 * the rates of that version it can be worked out again for ever. What it does not depend on is absent.
 */
export interface PlanPricing {
  /**
   * asked: as the packet asks on the last hop, and the rest of what the exchange brought is ours;
   * brought: all of it.
   */
  readonly pays: 'asked' | 'brought';
  /** Of the exchange rates; absent = one for one, whatever the rates. */
  readonly ratesVersion?: number | undefined;
  /** Parts per million taken off. */
  readonly spreadPpm: number;
  /** Base units of the incoming ledger taken off before; absent = none. */
  readonly fee?: bigint | undefined;
  /** The limit that cut the amount short; at most one of the two. */
  readonly maxIn?: bigint | undefined;
  readonly maxOut?: bigint | undefined;
  /** Parts per million by which what was brought may fall short; only where it did. */
  readonly slippagePpm?: number | undefined;
}

/** The payment cannot go on: the incoming transfer is prepared and at once rejected with this ILP error. */
export interface RefusePlan {
  readonly kind: 'refuse';
  /** ILP error code, e.g. `F02` (SPEC §6.5). */
  readonly code: string;
  /** ILP address of whoever found the fault. */
  readonly triggeredBy: string;
  readonly message: string;
}

export type PaymentPlan = ForwardPlan | RefusePlan;

/** The incoming transfer that an outgoing one was made for (note to self, SPEC §13.2). */
export interface Cause {
  readonly ledgerId: LedgerId;
  readonly transferId: TransferId;
  readonly amount: bigint;
}

/**
 * Where an ordered payment has its other amount from, be it that of the source or of the destination:
 * the address lies on this very ledger, the peer was asked for a quote, or had told us of the route.
 */
export const PRICED_BY = ['same-ledger', 'quote', 'routes'] as const;
export type PricedBy = (typeof PRICED_BY)[number];

/** An operator's order to pay: a transfer of our own, for which nothing came in. */
export interface PaymentOrder {
  /** Who gave the order, as the console knows him. */
  readonly by: string;
  /** What it is for; null = nothing was said. */
  readonly memo: string | null;
  readonly pricedBy: PricedBy;
}

/** Money is on hold on this ledger until the transfer is fulfilled, rejected or expired. */
export interface TransferPrepared {
  readonly type: 'TransferPrepared';
  readonly transferId: TransferId;
  /** incoming: the peer pays us; outgoing: we pay the peer. */
  readonly direction: 'incoming' | 'outgoing';
  readonly amount: bigint;
  /** 32 bytes. */
  readonly condition: Buffer;
  readonly expiresAtMs: number;
  /** ILP packet as it travels, byte for byte; may be empty when an incoming Prepare carried none. */
  readonly packet: Buffer;
  /** SHA-256 of the whole protocol data when it held more than the one `ilp` entry, else null. */
  readonly sideDataDigest: Buffer | null;
  /**
   * That protocol data itself, encoded, where we hand it on as it came: on the ledgers that we run as
   * a validator (SPEC D-17).
   */
  readonly sideData?: Buffer | undefined;
  /** Incoming transfers only. */
  readonly plan?: PaymentPlan;
  /** Outgoing transfers only. */
  readonly cause?: Cause;
  /** Outgoing transfers without a cause only. */
  readonly order?: PaymentOrder;
}

export interface TransferFulfilled {
  readonly type: 'TransferFulfilled';
  readonly transferId: TransferId;
  /** 32 bytes. */
  readonly fulfillment: Buffer;
  /** Fulfillment data (`ilp` of the Fulfill), relayed unchanged; null when there was none. */
  readonly data: Buffer | null;
}

/** Rejected by its receiver: the peer of what we sent, we of what the peer sent. */
export interface TransferRejected {
  readonly type: 'TransferRejected';
  readonly transferId: TransferId;
  /** Encoded ILP error packet (type 8) that the payer hears. */
  readonly reason: Buffer;
}

/** Rolled back because its time was over, in the words of whose clock decides (R00, SPEC §5.7). */
export interface TransferExpired {
  readonly type: 'TransferExpired';
  readonly transferId: TransferId;
  readonly reason: Buffer;
}

/**
 * On a ledger that another decides we ask for an outgoing transfer: held on our side, and nothing
 * more before the authority has accepted it.
 */
export interface TransferProposed extends Omit<
  TransferPrepared,
  'type' | 'direction' | 'plan' | 'sideData'
> {
  readonly type: 'TransferProposed';
  readonly direction: 'outgoing';
}

/** The authority has answered our proposal: the transfer is prepared. */
export interface ProposalAccepted {
  readonly type: 'ProposalAccepted';
  readonly transferId: TransferId;
}

/**
 * On a ledger that another decides we have shown the preimage for what the peer sent us; it is paid
 * once the authority says so.
 */
export interface FulfillmentSubmitted {
  readonly type: 'FulfillmentSubmitted';
  readonly transferId: TransferId;
  /** 32 bytes. */
  readonly fulfillment: Buffer;
  readonly data: Buffer | null;
}

/** Two balances of one ledger, both from our side: positive = the peer owes us. */
export interface ComparedBalances {
  /**
   * What we have counted; of what was under way while they were compared, as much as brings it
   * nearest to theirs. Adopting theirs moves our balance by the distance between the two.
   */
  readonly ours: bigint;
  /** Minus what the other side says it has counted. */
  readonly theirs: bigint;
}

/** Both sides have counted the same; recorded when the figure is a new one. */
export interface BalanceCompared extends ComparedBalances {
  readonly type: 'BalanceCompared';
}

/** A symmetric ledger on which the two sides do not agree. Nothing is adjusted (SPEC §7.5, D-16). */
export interface LedgerDisputed extends ComparedBalances {
  readonly type: 'LedgerDisputed';
  /** balance: the figures differ; outcome: the peer ended a transfer otherwise than we did. */
  readonly cause: 'balance' | 'outcome';
  /** The transfer that parted us, where it is known. */
  readonly about: TransferId | null;
}

/** How two figures became one: they came together by themselves, or ours was set to theirs. */
export type Agreement = 'agreed' | 'adopted';

/** The dispute is over. Only an operator adopts the other side's figure. */
export interface DisputeResolved extends ComparedBalances {
  readonly type: 'DisputeResolved';
  readonly how: Agreement;
  /** Who says so; `peer` where the figures alone do. */
  readonly by: string;
  readonly note: string;
}

/** The authority of a ledger that we shadow counts otherwise than we do (SPEC §7.5). */
export interface ShadowDiverged extends ComparedBalances {
  readonly type: 'ShadowDiverged';
}

/** Our copy is one with the authority's again. */
export interface ShadowReconciled extends ComparedBalances {
  readonly type: 'ShadowReconciled';
  readonly how: Agreement;
  /** An operator's name, or `authority` where the configuration lets us adopt its figure. */
  readonly by: string;
  readonly note: string;
}

/** Why somebody changed what a ledger may do. */
export interface OperatorOrder {
  /** Who gave the order, as the console knows him. */
  readonly by: string;
  readonly reason: string;
}

/** No new transfers until further notice; what is open goes on. */
export interface LedgerPaused extends OperatorOrder {
  readonly type: 'LedgerPaused';
}

export interface LedgerResumed extends OperatorOrder {
  readonly type: 'LedgerResumed';
}

/** No new transfers ever again, unless it is resumed: the way to closing. */
export interface LedgerDraining extends OperatorOrder {
  readonly type: 'LedgerDraining';
}

/** The end of a ledger; nothing is open on it. */
export interface LedgerClosed extends OperatorOrder {
  readonly type: 'LedgerClosed';
  /** What was left unsettled, as the order acknowledged it. */
  readonly balance: bigint;
}

/** At which balances somebody has to be told, in base units; null = never. */
export interface Thresholds {
  /** Reached when the balance is this or less. */
  readonly low: bigint | null;
  /** Reached when the balance is this or more. */
  readonly high: bigint | null;
  /** Reaching one of them asks for a settlement down or up to this balance; null = asks for none. */
  readonly settleTo: bigint | null;
}

export interface ThresholdsChanged {
  readonly type: 'ThresholdsChanged';
  readonly thresholds: Thresholds;
  readonly by: string;
}

/** The balance reached a threshold, or left it again. */
export interface ThresholdCrossed {
  readonly type: 'ThresholdCrossed';
  readonly threshold: 'low' | 'high';
  readonly change: 'reached' | 'left';
  readonly limit: bigint;
  readonly balance: bigint;
}

/** A threshold asks for money to be paid outside of the ledger. */
export interface SettlementRequested {
  readonly type: 'SettlementRequested';
  /** pay: we owe too much; collect: the peer owes too much. */
  readonly direction: 'pay' | 'collect';
  /** What would bring the balance to `settleTo`. */
  readonly amount: bigint;
  readonly balance: bigint;
}

/** Money that changed hands outside of the ledger and moves its balance. */
export interface SettlementRecorded {
  readonly type: 'SettlementRecorded';
  /** Unique for ever on this ledger. */
  readonly reference: string;
  /** paid: we paid the peer, our balance rises; received: the peer paid us, it falls. */
  readonly direction: 'paid' | 'received';
  readonly amount: bigint;
  readonly by: string;
}

/** Takes a settlement back: it was a mistake, or the payment bounced. */
export interface SettlementReversed {
  readonly type: 'SettlementReversed';
  /** Of this event. */
  readonly reference: string;
  /** Of the settlement that it takes back, with its direction and amount. */
  readonly reverses: string;
  readonly direction: 'paid' | 'received';
  readonly amount: bigint;
  readonly reason: string;
  readonly by: string;
}

/**
 * What can happen on a ledger. A type is a storage format: it is never renamed, only upcast.
 */
export type LedgerEvent =
  | LedgerOpened
  | LimitsChanged
  | TransferPrepared
  | TransferFulfilled
  | TransferRejected
  | TransferExpired
  | TransferProposed
  | ProposalAccepted
  | FulfillmentSubmitted
  | BalanceCompared
  | LedgerDisputed
  | DisputeResolved
  | ShadowDiverged
  | ShadowReconciled
  | LedgerPaused
  | LedgerResumed
  | LedgerDraining
  | LedgerClosed
  | ThresholdsChanged
  | ThresholdCrossed
  | SettlementRequested
  | SettlementRecorded
  | SettlementReversed;

/** What concerns neither one transfer nor the opening: what two sides and their operators agree on. */
export type TermsEvent = Exclude<
  LedgerEvent,
  LedgerOpened | { readonly type: unknown; readonly transferId: TransferId }
>;
