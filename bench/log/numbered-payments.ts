import { createHash } from 'node:crypto';
import type {
  Delivered,
  HotPlan,
  LedgerMessage,
  PeerFulfilled,
  PeerRejected,
  PlannedPayment,
} from '#contracts';
import { conditionOf, encodeIlp } from '#protocol';

/** Whether a payment is fulfilled or rejected by its receiver. */
export type Ending = 'fulfilled' | 'rejected';

/** What is to be known of a payment; all of it follows from its number. */
export interface NumberedPayment {
  readonly from: string;
  readonly to: string;
  readonly incomingId: string;
  readonly outgoingId: string;
  readonly fulfillment: Buffer;
  readonly ending: Ending;
  /** When its Prepare arrives; both legs expire after the same time. */
  readonly atMs: number;
}

/** The next hop is found. */
export interface ForwardedPayment extends PlannedPayment {
  readonly plan: Extract<HotPlan, { kind: 'forward' }>;
}

export interface PaymentSeries {
  /** Makes the payments of one series other ones than those of another. */
  readonly name: string;
  readonly ledgers: readonly string[];
  readonly atMs: (number: number) => number;
}

const PACKET_DATA_BYTES = 215;
const HOLD_MS = 8_000;
const REJECTED_ONE_IN = 10;
const REPLY_TO = { gatewayId: 'gateway', reference: 0 };

/**
 * Payments between the peers of a connector, by number: ids and preimages as scattered as real
 * ones, a packet of about 250 bytes, one in ten rejected. Made anew whenever they are needed, so
 * that ten million of them take no memory.
 */
export class NumberedPayments {
  private readonly packets: ReadonlyMap<string, Buffer>;

  constructor(private readonly series: PaymentSeries) {
    this.packets = new Map(series.ledgers.map((id) => [id, packetTo(id)]));
  }

  payment(number: number): NumberedPayment {
    const { name, ledgers, atMs } = this.series;
    const seed = createHash('sha512').update(`${name} ${number}`).digest();
    const from = number % ledgers.length;
    const onward = 1 + (Math.floor(number / ledgers.length) % (ledgers.length - 1));
    return {
      from: ledgers[from] ?? '',
      to: ledgers[(from + onward) % ledgers.length] ?? '',
      fulfillment: seed.subarray(0, 32),
      incomingId: uuidOf(seed, 32),
      outgoingId: uuidOf(seed, 48),
      ending: number % REJECTED_ONE_IN === REJECTED_ONE_IN - 1 ? 'rejected' : 'fulfilled',
      atMs: atMs(number),
    };
  }

  planned(number: number, payment: NumberedPayment): ForwardedPayment {
    const expiresAtMs = payment.atMs + HOLD_MS;
    const amount = BigInt(1_000 + (number % 100_000));
    return {
      kind: 'planned-payment',
      replyTo: { ...REPLY_TO, reference: number },
      ledgerId: payment.from,
      transferId: payment.incomingId,
      amount,
      condition: conditionOf(payment.fulfillment),
      expiresAtMs,
      receivedAtMs: payment.atMs,
      packet: this.packet(number, payment.to),
      sideDataDigest: null,
      plan: {
        kind: 'forward',
        ledgerId: payment.to,
        transferId: payment.outgoingId,
        amount: amount - 1n,
        expiresAtMs: expiresAtMs - 1_000,
      },
    };
  }

  fulfilled(number: number, payment: NumberedPayment): PeerFulfilled {
    return {
      kind: 'peer-fulfilled',
      replyTo: { ...REPLY_TO, reference: number },
      ledgerId: payment.to,
      transferId: payment.outgoingId,
      fulfillment: payment.fulfillment,
      data: null,
      receivedAtMs: payment.atMs,
    };
  }

  rejected(number: number, payment: NumberedPayment): PeerRejected {
    return {
      kind: 'peer-rejected',
      replyTo: { ...REPLY_TO, reference: number },
      ledgerId: payment.to,
      transferId: payment.outgoingId,
      reason: REASON,
      receivedAtMs: payment.atMs,
    };
  }

  ended(number: number, payment: NumberedPayment): PeerFulfilled | PeerRejected {
    return payment.ending === 'fulfilled'
      ? this.fulfilled(number, payment)
      : this.rejected(number, payment);
  }

  private packet(number: number, to: string): Buffer {
    const packet = Buffer.from(this.packets.get(to) ?? Buffer.alloc(0));
    packet.writeUInt32BE(number, packet.length - 5);
    return packet;
  }
}

/** What the gateway says once the peer has answered the delivery. */
export function delivered(payment: NumberedPayment, what: Delivered['what']): Delivered {
  const isOutgoing = what === 'prepare';
  return {
    kind: 'delivered',
    ledgerId: isOutgoing ? payment.to : payment.from,
    transferId: isOutgoing ? payment.outgoingId : payment.incomingId,
    what,
  };
}

/**
 * The messages of payments `from` up to but without `to`: a payment's four are `lag` payments
 * apart, as those of different payments interleave when each waits for its peers.
 */
export function* messagesOf(
  payments: NumberedPayments,
  range: { readonly from: number; readonly to: number; readonly lag: number },
): Generator<LedgerMessage, void, undefined> {
  const { from, to, lag } = range;
  for (let number = from; number < to + 2 * lag; number += 1) {
    if (number < to) yield payments.planned(number, payments.payment(number));
    const ending = number - lag;
    if (ending >= from && ending < to) {
      const payment = payments.payment(ending);
      yield delivered(payment, 'prepare');
      yield payments.ended(ending, payment);
    }
    const ended = number - 2 * lag;
    if (ended >= from && ended < to) {
      const payment = payments.payment(ended);
      yield delivered(payment, payment.ending === 'fulfilled' ? 'fulfill' : 'reject');
    }
  }
}

const REASON = encodeIlp({
  type: 'error',
  code: 'F99',
  name: 'Application Error',
  triggeredBy: 'test.receiver.client',
  forwardedBy: [],
  triggeredAtMs: 1_700_000_000_000,
  data: Buffer.from('no such invoice'),
});

function packetTo(ledgerId: string): Buffer {
  const data = createHash('sha512').update(ledgerId).digest();
  return encodeIlp({
    type: 'payment',
    amount: 1_000n,
    account: `test.${ledgerId}.client.invoice`,
    data: Buffer.concat([data, data, data, data]).subarray(0, PACKET_DATA_BYTES),
  });
}

function uuidOf(bytes: Buffer, offset: number): string {
  const hex = bytes.toString('hex', offset, offset + 16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}
