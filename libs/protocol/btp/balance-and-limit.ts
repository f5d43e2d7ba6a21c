import { UnreadablePacketError } from '../oer/unreadable-packet-error';
import { UnwritableFieldError } from '../oer/unwritable-field-error';
import type { ProtocolData } from './btp-packet';
import { parseDecimal } from './decimal';
import { jsonEntry, octetEntry, SUB_PROTOCOL } from './sub-protocols';

const BALANCE_SIZE = 8;
const MIN_INT64 = -0x8000_0000_0000_0000n;
const MAX_INT64 = 0x7fff_ffff_ffff_ffffn;
const MAX_UINT64 = 0xffff_ffff_ffff_ffffn;

/** A maximum balance in base units; historic peers may name none. */
export type BalanceLimit = bigint | 'unlimited';

/** The `balance` or `limit` entry of a request. */
export function numberRequest(name: 'balance' | 'limit'): ProtocolData {
  return octetEntry(name, Buffer.from([0]));
}

/**
 * The `balance` entry of a BTP/1.0 answer: the responder's own balance, signed (SPEC §5.6).
 * @throws UnwritableFieldError `out-of-range` beyond 64 bits
 */
export function balanceEntry(balance: bigint): ProtocolData {
  if (balance < MIN_INT64 || balance > MAX_INT64) {
    throw new UnwritableFieldError('balance', 'out-of-range');
  }
  const data = Buffer.allocUnsafe(BALANCE_SIZE);
  data.writeBigInt64BE(balance);
  return octetEntry(SUB_PROTOCOL.balance, data);
}

/** The signed number of a BTP/1.0 answer, the responder's view: mine is minus that. */
export function readBalance(entry: ProtocolData): bigint {
  return eightBytes(entry).readBigInt64BE();
}

/**
 * The `balance` entry of a BTP/alpha answer, unsigned (SPEC §5.3).
 * @throws UnwritableFieldError `out-of-range` below zero or beyond 64 bits
 */
export function alphaBalanceEntry(balance: bigint): ProtocolData {
  if (balance < 0n || balance > MAX_UINT64) {
    throw new UnwritableFieldError('balance', 'out-of-range');
  }
  const data = Buffer.allocUnsafe(BALANCE_SIZE);
  data.writeBigUInt64BE(balance);
  return octetEntry(SUB_PROTOCOL.balance, data);
}

/** The unsigned number of a BTP/alpha answer. */
export function readAlphaBalance(entry: ProtocolData): bigint {
  return eightBytes(entry).readBigUInt64BE();
}

/** The `limit` entry of an answer: the responder's maximum balance as a JSON string. */
export function limitEntry(limit: BalanceLimit): ProtocolData {
  const text = limit === 'unlimited' ? 'Infinity' : limit.toString();
  return jsonEntry(SUB_PROTOCOL.limit, Buffer.from(JSON.stringify(text)));
}

/**
 * Reads the `limit` entry of an answer; my minimum is minus that.
 * @throws UnreadablePacketError `not-json` or `not-an-integer`
 */
export function readLimit(entry: ProtocolData): BalanceLimit {
  let value: unknown;
  try {
    value = JSON.parse(entry.data.toString('utf8'));
  } catch {
    throw new UnreadablePacketError('limit', 'not-json');
  }
  if (value === 'Infinity') return 'unlimited';
  const limit = parseDecimal(value);
  if (limit === undefined) throw new UnreadablePacketError('limit', 'not-an-integer');
  return limit;
}

function eightBytes(entry: ProtocolData): Buffer {
  if (entry.data.length === BALANCE_SIZE) return entry.data;
  throw new UnreadablePacketError('balance', 'wrong-length');
}
