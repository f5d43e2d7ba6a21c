import { z } from 'zod';

const amount = z.string().regex(/^-?\d+$/);
const amountOrNone = amount.nullable();

/** A ledger right after an order, as its owner has it. Amounts are decimal text of base units. */
const orderedLedger = z.object({
  ledger: z.string(),
  currencyCode: z.string(),
  currencyScale: z.number().int(),
  standing: z.enum(['open', 'paused', 'draining', 'closed']),
  balance: amount,
  /** On hold for what the peer pays us, and for what we pay the peer. */
  incomingPrepared: amount,
  outgoingPrepared: amount,
  maxBalance: amountOrNone,
  minBalance: amountOrNone,
  thresholds: z.object({ low: amountOrNone, high: amountOrNone, settleTo: amountOrNone }),
  /** Which thresholds the balance is at or beyond. */
  beyond: z.object({ low: z.boolean(), high: z.boolean() }),
  /** The two figures while we and the peer do not agree. */
  difference: z.object({ ours: amount, theirs: amount }).nullable(),
});

/** Why an order was not obeyed. */
export const orderRefused = z.object({
  /** Of the domain's `OrderRefusal`, for programs. */
  kind: z.string(),
  /** For people: names field, rule and both figures. */
  message: z.string(),
  /** The member of the order that is wrong, where one is. */
  field: z.string().nullable(),
  rule: z.string().nullable(),
  /** What was held against each other, by name, as decimal text. */
  figures: z.record(z.string(), z.string()),
});

const reply = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('done'),
    /** Type of the event that the order is on record as, and its version on the ledger. */
    event: z.string(),
    version: z.number().int(),
    ledger: orderedLedger,
  }),
  /** Obeyed before, or asks for what is so already: nothing was put on record. */
  z.object({ outcome: z.literal('repeated'), ledger: orderedLedger }),
  z.object({ outcome: z.literal('refused'), refusal: orderRefused }),
  /** Nothing has happened; ask again. */
  z.object({ outcome: z.literal('unavailable') }),
]);

export type OrderedLedger = Readonly<z.output<typeof orderedLedger>>;
export type OrderRefused = Readonly<z.output<typeof orderRefused>>;
export type LedgerOrderReply = Readonly<z.output<typeof reply>>;

/** @throws ZodError for what does not describe a ledger; further members are left out */
export function readOrderedLedger(described: unknown): OrderedLedger {
  return orderedLedger.parse(described);
}

/** @throws ZodError for what is no reply to an order */
export function readLedgerOrderReply(answer: unknown): LedgerOrderReply {
  return reply.parse(answer);
}
