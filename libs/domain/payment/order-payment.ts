import {
  decidePrepareTransfer,
  type LedgerId,
  type PaymentOrder,
  type PrepareRefusal,
  type OrderRefusal,
  textRefusal,
  type TransferId,
} from '#domain/ledger';
import { deliveriesOf } from './deliveries';
import type { Ledgers } from './ledgers';
import { delivering, type News, NO_NEWS } from './outcome';
import { isSameOrder, sentBy } from './same-order';

/** An operator has us pay the peer of a ledger from our own account on it. */
export interface OrderPayment {
  readonly ledgerId: LedgerId;
  /** The order's identity for ever. */
  readonly transferId: TransferId;
  /** Base units of the ledger. */
  readonly amount: bigint;
  readonly condition: Buffer;
  /** Counted from now. */
  readonly expiresInMs: number;
  /** ILP payment packet. */
  readonly packet: Buffer;
  readonly order: PaymentOrder;
  readonly nowMs: number;
}

export type PaymentOrderRefusal =
  PrepareRefusal | Extract<OrderRefusal, { readonly kind: 'InvalidText' }>;

export type OrderedPayment =
  | { readonly kind: 'refused'; readonly refusal: PaymentOrderRefusal }
  /** Ordered before: nothing was recorded, however the payment ended. */
  | { readonly kind: 'repeated' }
  | { readonly kind: 'ordered'; readonly news: News };

/**
 * Puts the money on hold and has the peer hear of it, once for each id. The same order again changes
 * nothing, even though its expiry, and the amount that was not named in it, would come out otherwise
 * now. Refuses, in this order: InvalidText, LedgerNotFound, DuplicateId (the id is known for something
 * else), and as `decidePrepareTransfer`.
 *
 * Money hangs on `ledger.transfers` holding the transfer of this id if there ever was one.
 */
export function orderPayment(ledgers: Ledgers, command: OrderPayment): OrderedPayment {
  const { ledgerId, transferId, order, nowMs, expiresInMs, ...terms } = command;
  const invalid = textRefusal('by', order.by) ?? memoRefusal(order.memo);
  if (invalid !== undefined) return refused(invalid);
  const ledger = ledgers.find(ledgerId);
  if (ledger === undefined) return refused({ kind: 'LedgerNotFound', ledgerId });
  const known = ledger.transfers.get(transferId);
  if (known !== undefined) {
    if (isSameOrder(known, sentBy(terms))) return { kind: 'repeated' };
    return refused({ kind: 'DuplicateId', transferId });
  }
  const decision = decidePrepareTransfer(ledger, {
    ...terms,
    transferId,
    direction: 'outgoing',
    expiresAtMs: nowMs + expiresInMs,
    sideDataDigest: null,
    order,
  });
  if ('refusal' in decision) return refused(decision.refusal);
  if ('event' in decision) ledgers.record(ledger, decision.event);
  const transfer = ledger.transfers.get(transferId);
  const news = transfer === undefined ? NO_NEWS : delivering(deliveriesOf({ ledger, transfer }));
  return { kind: 'ordered', news };
}

function memoRefusal(memo: string | null) {
  return memo === null ? undefined : textRefusal('memo', memo);
}

function refused(refusal: PaymentOrderRefusal): OrderedPayment {
  return { kind: 'refused', refusal };
}
