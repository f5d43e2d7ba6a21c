/**
 * What travels on the batched link: prepare, fulfill, reject and their answers. Buffers are slices
 * of what arrived. Ids of ledgers are slugs, of transfers lower-case UUID text, times are
 * milliseconds since the epoch, amounts base units of the named ledger.
 */

/** Where the answer goes, and what the gateway calls the request there. */
export interface ReplyTo {
  readonly gatewayId: string;
  /** UInt32, unique among the gateway's pending requests. */
  readonly reference: number;
}

/** How the amount of the plan came about; as `PlanPricing` of the domain. */
export interface HotPricing {
  readonly pays: 'asked' | 'brought';
  readonly ratesVersion?: number | undefined;
  readonly spreadPpm: number;
  readonly fee?: bigint | undefined;
  readonly maxIn?: bigint | undefined;
  readonly maxOut?: bigint | undefined;
  readonly slippagePpm?: number | undefined;
}

export type HotPlan =
  | {
      readonly kind: 'forward';
      readonly ledgerId: string;
      readonly transferId: string;
      readonly amount: bigint;
      readonly expiresAtMs: number;
      readonly pricing?: HotPricing | undefined;
    }
  | {
      readonly kind: 'refuse';
      readonly code: string;
      readonly triggeredBy: string;
      readonly message: string;
    };

interface IncomingTransfer {
  readonly replyTo: ReplyTo;
  /** The ledger the Prepare came in on. */
  readonly ledgerId: string;
  readonly transferId: string;
  readonly amount: bigint;
  readonly condition: Buffer;
  readonly expiresAtMs: number;
  readonly receivedAtMs: number;
  /** ILP packet; empty when the Prepare carried none. */
  readonly packet: Buffer;
  /** 32 bytes, or null when the protocol data was just the one `ilp` entry. */
  readonly sideDataDigest: Buffer | null;
  /** Where we are a validator: the whole protocol data, encoded, if it is more than the packet. */
  readonly sideData?: Buffer | undefined;
}

/** gateway → router */
export interface PreparePayment extends IncomingTransfer {
  readonly kind: 'prepare-payment';
}

/** router → owner of the incoming ledger */
export interface PlannedPayment extends IncomingTransfer {
  readonly kind: 'planned-payment';
  readonly plan: HotPlan;
}

/** gateway → owner: the peer fulfilled what we sent it. */
export interface PeerFulfilled {
  readonly kind: 'peer-fulfilled';
  readonly replyTo: ReplyTo;
  readonly ledgerId: string;
  readonly transferId: string;
  readonly fulfillment: Buffer;
  readonly data: Buffer | null;
  readonly receivedAtMs: number;
}

/** gateway → owner: the peer rejected a transfer. */
export interface PeerRejected {
  readonly kind: 'peer-rejected';
  readonly replyTo: ReplyTo;
  readonly ledgerId: string;
  readonly transferId: string;
  /** Encoded ILP error. */
  readonly reason: Buffer;
  readonly receivedAtMs: number;
}

/** gateway → owner: the peer answered our Prepare with a definite Error. */
export interface PeerRefused {
  readonly kind: 'peer-refused';
  readonly replyTo: ReplyTo;
  readonly ledgerId: string;
  readonly transferId: string;
  /** BTP error name as resolved by the gateway. */
  readonly error: string;
  readonly message: string;
  readonly receivedAtMs: number;
}

/** gateway → owner: the peer answered our Fulfill with a definite Error. */
export interface FulfillRefused {
  readonly kind: 'fulfill-refused';
  readonly ledgerId: string;
  readonly transferId: string;
  /** BTP error name as resolved by the gateway. */
  readonly error: string;
  readonly message: string;
  readonly receivedAtMs: number;
}

/** gateway → owner: what the peer says its balance is, asked for by `ask-peer-balance`. */
export interface PeerBalance {
  readonly kind: 'peer-balance';
  readonly ledgerId: string;
  /** Of the question. */
  readonly reference: number;
  /** As the peer sees it: minus ours, if all is well. */
  readonly balance: bigint;
}

/** gateway → owner: the peer answered a delivery; it need not be repeated any more. */
export interface Delivered {
  readonly kind: 'delivered';
  readonly ledgerId: string;
  readonly transferId: string;
  readonly what: 'prepare' | 'fulfill' | 'reject';
}

/**
 * gateway → owner: a session with the ledger's peer opened; hand over whatever is undelivered. Said
 * again until `session-current` has answered it, and every now and then afterwards.
 */
export interface SessionOpened {
  readonly kind: 'session-opened';
  readonly ledgerId: string;
  /** Unlike that of any other session, of this gateway or another. */
  readonly sessionId: string;
}

/** gateway → owner: what is our balance now? */
export interface BalanceAsked {
  readonly kind: 'balance-asked';
  readonly replyTo: ReplyTo;
  readonly ledgerId: string;
}

/** The two transfers of a payment may be on ledgers of different owners; each names its own. */
export interface HotLegName {
  readonly ledgerId: string;
  readonly transferId: string;
}

/** owner of the incoming ledger → owner of the outgoing one: put it on hold, or say what became of it */
export interface ForwardPayment extends HotLegName {
  readonly kind: 'forward-payment';
  readonly amount: bigint;
  readonly condition: Buffer;
  readonly expiresAtMs: number;
  readonly packet: Buffer;
  /** Where we are a validator: the whole protocol data, encoded, if it is more than the packet. */
  readonly sideData?: Buffer | undefined;
  /** The incoming transfer. */
  readonly cause: HotLegName & { readonly amount: bigint };
  /** UInt32; the report that answers this repeats it. Another one with every ask. */
  readonly reference: number;
}

/** What became of an outgoing transfer; see `LegState` of the domain. */
export type HotLeg =
  | { readonly kind: 'open'; readonly awaitsRelease: boolean; readonly awaitsAuthority: boolean }
  | {
      readonly kind: 'refused';
      readonly code: string;
      /** Empty: the asker's own account. */
      readonly triggeredBy: string;
      readonly message: string;
    }
  | {
      readonly kind: 'fulfilled';
      readonly fulfillment: Buffer;
      readonly data: Buffer | null;
      readonly receivedAtMs: number;
    }
  /** reason: encoded ILP error. */
  | { readonly kind: 'rolled-back'; readonly reason: Buffer };

/** owner of the outgoing ledger → owner of the incoming one; names the incoming transfer */
export interface LegReport extends HotLegName {
  readonly kind: 'leg-report';
  readonly outgoing: HotLegName;
  /** Of the ask that it answers; 0 = nobody asked. */
  readonly reference: number;
  readonly leg: HotLeg;
}

/** owner of the incoming ledger → owner of the outgoing one, upon its report */
export interface LegAnswer extends HotLegName {
  readonly kind: 'leg-answer';
  readonly verdict: 'proceed' | 'withdraw' | 'settled' | 'lost';
}

/**
 * owner of the outgoing ledger → owner of the incoming one, whose transfer it names: where we are the
 * validator, the payee has answered its Prepare, and the payer may have its answer.
 */
export interface PayeeAnswered extends HotLegName {
  readonly kind: 'payee-answered';
}

/** owner → gateway */
export interface Answer {
  readonly kind: 'answer';
  readonly reference: number;
  /** ok, or the BTP error to answer with. */
  readonly error: { readonly name: string; readonly message: string } | null;
  /** Answer to `balance-asked`. */
  readonly balance: { readonly balance: bigint; readonly maxBalance: bigint | null } | null;
}

/** owner → whoever holds the peer's session */
export interface DeliverPrepare {
  readonly kind: 'deliver-prepare';
  readonly ledgerId: string;
  readonly transferId: string;
  readonly amount: bigint;
  readonly condition: Buffer;
  readonly expiresAtMs: number;
  readonly packet: Buffer;
  /** Where we are a validator: the whole protocol data, encoded, if it is more than the packet. */
  readonly sideData?: Buffer | undefined;
  /** It was handed out before, so the peer may have it: only a definite Error refuses it. */
  readonly isRepeated: boolean;
}

export interface DeliverFulfill {
  readonly kind: 'deliver-fulfill';
  readonly ledgerId: string;
  readonly transferId: string;
  readonly fulfillment: Buffer;
  readonly data: Buffer | null;
  readonly expiresAtMs: number;
}

export interface DeliverReject {
  readonly kind: 'deliver-reject';
  readonly ledgerId: string;
  readonly transferId: string;
  readonly reason: Buffer;
}

/**
 * owner → whoever holds a session of the peer: this one is it. Every other one of them is over, and
 * is closed (SPEC D-4).
 */
export interface SessionCurrent {
  readonly kind: 'session-current';
  readonly ledgerId: string;
  readonly sessionId: string;
  /** The session whose `session-opened` this answers: whether it has been heard, only this tells. */
  readonly answers: string;
}

/** owner → whoever holds the peer's session: what does the peer say its balance is? */
export interface AskPeerBalance {
  readonly kind: 'ask-peer-balance';
  readonly ledgerId: string;
  /** UInt32; the answer repeats it. */
  readonly reference: number;
}

export type Delivery = DeliverPrepare | DeliverFulfill | DeliverReject;

/** Between owners of ledgers. */
export type Errand = ForwardPayment | LegReport | LegAnswer | PayeeAnswered;

export type LedgerMessage =
  | PlannedPayment
  | PeerFulfilled
  | PeerRejected
  | PeerRefused
  | FulfillRefused
  | PeerBalance
  | Delivered
  | SessionOpened
  | BalanceAsked
  | Errand;

export type HotMessage =
  PreparePayment | LedgerMessage | Answer | Delivery | SessionCurrent | AskPeerBalance;
