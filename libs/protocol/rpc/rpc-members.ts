import { fromBase64Url } from '../ilp/base64url';
import { UnreadablePacketError } from '../oer/unreadable-packet-error';
import { RpcFieldError } from './rpc-field-error';

/** A JSON object of a peer, whose members are yet to be read. */
export interface RpcObject {
  readonly members: Readonly<Record<string, unknown>>;
  /** What it is, for errors. */
  readonly name: string;
}

/** The two accounts of the ledger between us and the peer, as full addresses. */
export interface RpcLedger {
  /** Ends in a dot. */
  readonly prefix: string;
  readonly account: string;
  readonly peerAccount: string;
}

const TRANSFER_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const AMOUNT = /^\d{1,20}$/;
const MAX_AMOUNT = 0xffff_ffff_ffff_ffffn;
const MOMENT =
  /^(\d{4})-(\d\d)-(\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:[0-5]\d)$/;
const FIRST_MS = Date.parse('0000-01-01T00:00:00.000Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

export function rpcObject(value: unknown, name: string): RpcObject {
  if (value === undefined || value === null) throw new RpcFieldError(name, 'missing');
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new RpcFieldError(name, 'not-an-object');
  }
  return { members: { ...value }, name };
}

/**
 * An id as it stands between us and our peers, in lower case only: historic peers look ids up letter
 * by letter, and would not know under ours what they had sent in capitals.
 */
export function transferIdOf(value: unknown, field: string): string {
  const id = textOf(value, field);
  if (!TRANSFER_ID.test(id)) throw new RpcFieldError(field, 'not-a-transfer-id');
  return id;
}

/** Base units: decimal digits, or a JSON number that is whole and exact. */
export function amountOf(value: unknown, field: string): bigint {
  if (value === undefined || value === null) throw new RpcFieldError(field, 'missing');
  const digits = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof digits !== 'string' || !AMOUNT.test(digits)) {
    throw new RpcFieldError(field, 'not-an-amount');
  }
  const amount = BigInt(digits);
  if (amount > MAX_AMOUNT) throw new RpcFieldError(field, 'out-of-range');
  return amount;
}

/** Exactly so many bytes as base64url. */
export function octetsOf(value: unknown, size: number, field: string): Buffer {
  const octets = bytesOf(textOf(value, field), field);
  if (octets.length !== size) throw new RpcFieldError(field, 'wrong-length');
  return octets;
}

/** Bytes as base64url, or undefined where there is nothing. */
export function optionalBytes(value: unknown, field: string): Buffer | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  return bytesOf(textOf(value, field), field);
}

/** ISO 8601 with a time zone, as milliseconds since the epoch. */
export function momentOf(value: unknown, field: string): number {
  const moment = momentIn(textOf(value, field));
  if (moment === undefined) throw new RpcFieldError(field, 'not-a-timestamp');
  return moment;
}

/** The moment that a text names; undefined if it names none within the years 0000 to 9999. */
export function momentIn(text: string): number | undefined {
  const [, year, month, day] = MOMENT.exec(text) ?? [];
  if (!isDay(Number(year), Number(month), Number(day))) return undefined;
  const ms = Date.parse(text);
  return ms >= FIRST_MS && ms <= LAST_MS ? ms : undefined;
}

/** @throws RpcFieldError if the object is about another ledger, or between others than us two */
export function checkIncoming({ members, name }: RpcObject, ledger: RpcLedger): void {
  const { ledger: prefix, from, to } = members;
  if (textOf(prefix, `${name}.ledger`) !== ledger.prefix) {
    throw new RpcFieldError(`${name}.ledger`, 'not-this-ledger');
  }
  if (textOf(from, `${name}.from`) !== ledger.peerAccount) {
    throw new RpcFieldError(`${name}.from`, 'not-this-account');
  }
  if (textOf(to, `${name}.to`) !== ledger.account) {
    throw new RpcFieldError(`${name}.to`, 'not-this-account');
  }
}

function textOf(value: unknown, field: string): string {
  if (value === undefined || value === null) throw new RpcFieldError(field, 'missing');
  if (typeof value !== 'string') throw new RpcFieldError(field, 'not-text');
  return value;
}

function bytesOf(text: string, field: string): Buffer {
  try {
    return fromBase64Url(text, field);
  } catch (error) {
    if (error instanceof UnreadablePacketError) throw new RpcFieldError(field, 'not-base64');
    throw error;
  }
}

/** `Date.parse` takes the 30th of February for the 2nd of March. */
function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
