import {
  balanceEntry,
  limitEntry,
  numberRequest,
  readBalance,
  readLimit,
} from '../btp/balance-and-limit';
import type { ProtocolData } from '../btp/btp-packet';
import { UnwritableFieldError } from '../oer/unwritable-field-error';
import { RpcFieldError } from './rpc-field-error';

/** Digits with or without quotes: servers of old send bare text, which clients take for a number. */
const NUMBER = /^\s*("?)(-?\d{1,40}|Infinity)\1\s*$/;

export type RpcNumber = 'get_balance' | 'get_limit';

/** The entry that asks in BTP what the method asks. */
export function balanceRequestOf(method: RpcNumber): ProtocolData {
  return numberRequest(method === 'get_balance' ? 'balance' : 'limit');
}

/**
 * Reads the peer's own balance or limit. From the text, not from its JSON: beyond 2^53 a number would
 * lose its last digits.
 * @throws RpcFieldError
 */
export function readNumber(method: RpcNumber, body: Buffer): ProtocolData {
  const digits = NUMBER.exec(body.toString('utf8'))?.[2];
  if (digits === undefined) throw new RpcFieldError(method, 'not-an-integer');
  if (method === 'get_limit') {
    return limitEntry(digits === 'Infinity' ? 'unlimited' : BigInt(digits));
  }
  if (digits === 'Infinity') throw new RpcFieldError(method, 'not-an-integer');
  try {
    return balanceEntry(BigInt(digits));
  } catch (error) {
    if (error instanceof UnwritableFieldError) throw new RpcFieldError(method, 'out-of-range');
    throw error;
  }
}

/** Our own balance or limit as the peers expect it, a text of digits. @throws UnreadablePacketError */
export function writeNumber(method: RpcNumber, entry: ProtocolData): string {
  if (method === 'get_balance') return readBalance(entry).toString();
  const limit = readLimit(entry);
  return limit === 'unlimited' ? 'Infinity' : limit.toString();
}
