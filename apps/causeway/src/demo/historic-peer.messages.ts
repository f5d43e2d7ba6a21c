import { z } from 'zod';

/** What a historic peer's process is told and what it answers; the other end is test/interop/historic-peer.cjs. */
export type PeerOptions = DiallerOptions | ListenerOptions;

interface EveryPeer {
  readonly name: string;
  /** Hex; both ends of a payment share it: the fulfillment is HMAC-SHA-256(secret, the packet's data). */
  readonly secret: string;
  /** Stateful peers count for themselves and call themselves `<prefix>server`; others ask the other side. */
  readonly stateful: boolean;
  /** Decimal; how much the other side may owe it. Only read when stateful. */
  readonly maxBalance: string;
  /** Decimal, not above 0; unlimited when absent. */
  readonly minBalance?: string;
  readonly startWithinMs?: number;
}

export interface DiallerOptions extends EveryPeer {
  readonly role: 'dialler';
  /** `btp+ws://user:token@host:port` */
  readonly uri: string;
  /** What it tells the other side when asked; when absent, it asks the other side. */
  readonly ledger?: LedgerTerms;
}

export interface ListenerOptions extends EveryPeer {
  readonly role: 'listener';
  readonly port: number;
  /** Whoever dials presents an empty user name and this token. */
  readonly token: string;
  readonly ledger: LedgerTerms;
}

export interface LedgerTerms {
  readonly prefix: string;
  readonly currencyCode: string;
  readonly currencyScale: number;
}

const behaviourKinds = ['fulfill', 'delay', 'reject', 'wrong-then-right', 'ignore'] as const;

/** What the receiver does with a payment; it travels in the packet's data. */
export type ReceiverBehaviour =
  | { readonly kind: 'fulfill' }
  | { readonly kind: 'delay'; readonly delayMs: number }
  | {
      readonly kind: 'reject';
      readonly code: string;
      readonly name: string;
      readonly message: string;
    }
  /** A fulfillment that does not hash to the condition, and after its answer the right one. */
  | { readonly kind: 'wrong-then-right' }
  | { readonly kind: 'ignore' };

export interface PaymentOrder {
  /** Distinct for each payment: it makes the condition distinct. */
  readonly label: string;
  /** Decimal base units: what the sender pays, and what the packet says the receiver is to get. */
  readonly amount: string;
  readonly delivers: string;
  /** The receiver's ILP address. */
  readonly to: string;
  readonly expiresInMs: number;
  readonly behaviour: ReceiverBehaviour;
}

const outcomeNames = [
  'fulfilled',
  'rejected',
  'expired',
  /** The Prepare was answered with an Error. */
  'refused',
  /** The Prepare was not answered before it expired. */
  'undelivered',
  /** Accepted, and still open well after its expiry. */
  'unresolved',
] as const;

export const outcomesSchema = z.array(
  z.object({
    label: z.string(),
    /** What the receiver was asked to do with it. */
    asked: z.enum(behaviourKinds),
    amount: z.string(),
    delivers: z.string(),
    outcome: z.enum(outcomeNames),
    code: z.string().optional(),
    name: z.string().optional(),
    accepted: z.boolean(),
    sends: z.number(),
    latencyMs: z.number(),
  }),
);

export type PaymentOutcome = z.infer<typeof outcomesSchema>[number];

/** Decimal; positive: the other side owes the peer. */
export const balancesSchema = z.object({
  /** What the peer has counted itself; a stateless one begins anew with every connection. */
  own: z.string(),
  /** What the other side answers when asked, seen from the peer. */
  asked: z.string(),
});

export type PeerBalances = z.infer<typeof balancesSchema>;

const answeredSchema = z.array(z.object({ label: z.string(), answer: z.string() }));

export const receiptsSchema = z.object({
  prepared: z.number(),
  /** Prepares that came once more. */
  redelivered: z.number(),
  fulfilled: z.number(),
  rejected: z.number(),
  ignored: z.number(),
  expired: z.number(),
  /** How wrong fulfillments were answered: the error's name, or `accepted`. */
  wrongFulfillments: answeredSchema,
  /** Fulfillments and rejections that were answered with an error. */
  refusedAnswers: answeredSchema,
});

export type PeerReceipts = z.infer<typeof receiptsSchema>;

const countsSchema = z.partialRecord(z.enum(outcomeNames), z.number());

export type OutcomeCounts = z.infer<typeof countsSchema>;

export const peerMessageSchema = z.discriminatedUnion('event', [
  z.object({ event: z.literal('up') }),
  z.object({ event: z.literal('down') }),
  z.object({ event: z.literal('progress'), counts: countsSchema, of: z.number() }),
  z.object({ event: z.literal('weakness'), message: z.string() }),
]);

export type PeerMessage = z.infer<typeof peerMessageSchema>;

export interface PeerWatch {
  readonly onProgress?: (counts: OutcomeCounts, of: number) => void;
  /** What the plugin could not cope with. */
  readonly onWeakness?: (message: string) => void;
}
