import { OerReader } from '../oer/oer-reader';
import { UnreadablePacketError } from '../oer/unreadable-packet-error';
import { readAddress } from './address-field';
import { ILP_LIMIT, ILP_TYPE_BYTE } from './ilp-packet';

/** What a router has to know of a payment; `amount` is undefined for type 10. */
export interface PaymentPeek {
  readonly amount: bigint | undefined;
  readonly account: string;
}

/**
 * Reads where a payment goes and how much is to arrive, and passes over its data. Succeeds for
 * exactly those bytes that `decodeIlp` reads as a payment or forwarded payment.
 * @throws UnreadablePacketError, rule `wrong-type` for any other ILP packet
 */
export function peekPayment(bytes: Buffer): PaymentPeek {
  const reader = new OerReader(bytes);
  const type = reader.uint8('type');
  if (type !== ILP_TYPE_BYTE.payment && type !== ILP_TYPE_BYTE['forwarded-payment']) {
    throw new UnreadablePacketError('type', 'wrong-type');
  }
  reader.enterContent('content');
  const amount = type === ILP_TYPE_BYTE.payment ? reader.uint64('amount') : undefined;
  const account = readAddress(reader, 'account');
  if (reader.skipVarOctets('data') > ILP_LIMIT.paymentData) {
    throw new UnreadablePacketError('data', 'too-long');
  }
  return { amount, account };
}
