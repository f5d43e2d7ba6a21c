import type { Transfer } from '#domain/ledger';
import { decodeIlp, UnreadablePacketError } from '#protocol';

/** What an operator said of a payment. Of the two amounts one is what he named. */
export interface SaidOfPayment {
  readonly condition: Buffer;
  readonly account: string;
  readonly data: Buffer;
  /** Base units of the ledger that it goes out on. */
  readonly amount?: bigint | undefined;
  /** What is to arrive. */
  readonly delivers?: bigint | undefined;
}

type Sent = Pick<Transfer, 'condition' | 'amount' | 'packet'>;

/** What an order says that is worked out already. */
export function sentBy(sent: Sent): SaidOfPayment | undefined {
  const payment = readPayment(sent.packet);
  return payment && { ...payment, condition: sent.condition, amount: sent.amount };
}

/**
 * Was the transfer ordered in these words? One amount that agrees is enough, for the other was worked
 * out then, at the prices of then. A packet that is pruned tells no address: the condition has to do.
 */
export function isSameOrder(
  known: Sent & Pick<Transfer, 'order'>,
  said: SaidOfPayment | undefined,
): boolean {
  if (known.order === undefined || said === undefined) return false;
  if (!known.condition.equals(said.condition)) return false;
  const sent = readPayment(known.packet);
  if (sent === undefined) return true;
  if (sent.account !== said.account || !sent.data.equals(said.data)) return false;
  return known.amount === said.amount || sent.delivers === said.delivers;
}

function readPayment(packet: Buffer): Omit<SaidOfPayment, 'condition'> | undefined {
  try {
    const read = decodeIlp(packet);
    if (read.type !== 'payment') return undefined;
    return { account: read.account, data: read.data, delivers: read.amount };
  } catch (error) {
    if (error instanceof UnreadablePacketError) return undefined;
    throw error;
  }
}
