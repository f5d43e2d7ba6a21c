import { z } from 'zod';
import { PRICED_BY } from '#domain/ledger';
import { FULFILLMENT_SIZE } from '#protocol';
import { orderRefused } from './ledger-order-reply';
import { isUnits } from './quote-question';

/**
 * An operator's order to pay, as it is put to the owner of the ledger that the money goes out on:
 * everything in it is worked out. JSON: amounts are decimal text of base units, bytes base64url.
 */

const bytes = () =>
  z.base64url('must be base64url').transform((text): Buffer => Buffer.from(text, 'base64url'));

const paymentOrder = z.strictObject({
  ledgerId: z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/),
  /** Of the order and of its transfer. */
  transferId: z.string().regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
  amount: z.string().refine(isUnits, 'must be base units').transform(BigInt),
  condition: bytes().refine(({ length }) => length === FULFILLMENT_SIZE, 'must be 32 bytes'),
  expiresInMs: z.int().min(1),
  packet: bytes(),
  by: z.string(),
  memo: z.string().nullable(),
  pricedBy: z.enum(PRICED_BY),
});

const reply = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('done') }),
  /** Ordered before, however it ended: nothing was put on record. */
  z.object({ outcome: z.literal('repeated') }),
  z.object({ outcome: z.literal('refused'), refusal: orderRefused }),
  /** Nothing has happened; ask again. */
  z.object({ outcome: z.literal('unavailable') }),
]);

export type PaymentOrderQuestion = Readonly<z.output<typeof paymentOrder>>;
export type PaymentOrderReply = Readonly<z.output<typeof reply>>;

export function encodePaymentOrder(order: PaymentOrderQuestion): object {
  const { amount, condition, packet, ...rest } = order;
  return {
    ...rest,
    amount: amount.toString(),
    condition: condition.toString('base64url'),
    packet: packet.toString('base64url'),
  };
}

/** @throws ZodError */
export function readPaymentOrder(written: unknown): PaymentOrderQuestion {
  return paymentOrder.parse(written);
}

/** @throws ZodError for what is no reply to an order to pay */
export function readPaymentOrderReply(answer: unknown): PaymentOrderReply {
  return reply.parse(answer);
}
