import { isAddress, isLedgerPrefix } from '../ilp/address';
import { UnreadablePacketError } from '../oer/unreadable-packet-error';
import { parseDecimal } from './decimal';
import type { ProtocolData } from './btp-packet';
import { jsonEntry, octetEntry, SUB_PROTOCOL, textEntry } from './sub-protocols';

const FULL = 2;
const ACCOUNT_ONLY = 0;

/** Dialects of route broadcasts that we understand, named in our info (SPEC §11.8, D-9). */
export const CCP_DIALECTS = ['v17', 'v21'] as const;

export type CcpDialect = (typeof CCP_DIALECTS)[number];

/** What the administrator of a ledger tells about it (SPEC §5.6). */
export interface LedgerInfo {
  /** Ends in a dot. */
  readonly prefix: string;
  readonly currencyCode: string;
  /** An integer; 0 and negative ones are meant as they stand. */
  readonly currencyScale: number;
  /** Whom to pay to get further, as the asker addresses them. */
  readonly connectors: readonly string[];
  /** Hints only: peers differ in whose view they take. Absent also where unreadable. */
  readonly minBalance?: bigint;
  readonly maxBalance?: bigint;
  /** Dialects the peer says it reads; unknown ones are left out. */
  readonly ccpDialects?: readonly CcpDialect[];
}

/** The `info` entry of a request: everything, or the responder's account only. */
export function infoRequest(what: 'full' | 'account'): ProtocolData {
  return octetEntry(SUB_PROTOCOL.info, Buffer.from([what === 'full' ? FULL : ACCOUNT_ONLY]));
}

/** Does a request ask for everything? Any byte but 02 asks for the account (SPEC §5.6). */
export function asksForFullInfo(entry: ProtocolData): boolean {
  return entry.data[0] === FULL;
}

/** The `info` entry of a full answer. */
export function ledgerInfoEntry(info: LedgerInfo): ProtocolData {
  const { minBalance, maxBalance, ...rest } = info;
  const json = {
    ...rest,
    ...(minBalance === undefined ? {} : { minBalance: minBalance.toString() }),
    ...(maxBalance === undefined ? {} : { maxBalance: maxBalance.toString() }),
  };
  return jsonEntry(SUB_PROTOCOL.info, Buffer.from(JSON.stringify(json)));
}

/** The `info` entry of an answer that tells the responder's own account. */
export function accountInfoEntry(account: string): ProtocolData {
  return textEntry(SUB_PROTOCOL.info, account);
}

/**
 * Reads the `info` entry of a full answer. Unknown members are ignored, missing `connectors` are
 * none; anything else that is wrong names the member.
 * @throws UnreadablePacketError with field `info` or `info.<member>`
 */
export function readLedgerInfo(entry: ProtocolData): LedgerInfo {
  const members = parseObject(entry.data);
  const minBalance = parseDecimal(members.minBalance);
  const maxBalance = parseDecimal(members.maxBalance);
  const ccpDialects = readDialects(members.ccpDialects);
  return {
    prefix: readPrefix(members.prefix),
    currencyCode: readCode(members.currencyCode),
    currencyScale: readScale(members.currencyScale),
    connectors: readConnectors(members.connectors),
    ...(minBalance === undefined ? {} : { minBalance }),
    ...(maxBalance === undefined ? {} : { maxBalance }),
    ...(ccpDialects === undefined ? {} : { ccpDialects }),
  };
}

/**
 * Reads the `info` entry of an answer that tells an account.
 * @throws UnreadablePacketError
 */
export function readAccountInfo(entry: ProtocolData): string {
  const account = entry.data.toString('utf8');
  if (!isAddress(account)) throw new UnreadablePacketError('info', 'not-an-address');
  return account;
}

function parseObject(json: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(json.toString('utf8'));
  } catch {
    throw new UnreadablePacketError('info', 'not-json');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UnreadablePacketError('info', 'wrong-type');
  }
  return { ...value };
}

function readPrefix(value: unknown): string {
  if (typeof value === 'string' && isLedgerPrefix(value)) return value;
  throw new UnreadablePacketError('info.prefix', 'not-a-prefix');
}

function readCode(value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new UnreadablePacketError('info.currencyCode', 'not-text');
}

function readScale(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new UnreadablePacketError('info.currencyScale', 'not-an-integer');
}

function readConnectors(value: unknown): string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new UnreadablePacketError('info.connectors', 'wrong-type');
  return value.map((account: unknown) => {
    if (typeof account === 'string' && isAddress(account)) return account;
    throw new UnreadablePacketError('info.connectors', 'not-an-address');
  });
}

function readDialects(value: unknown): CcpDialect[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return CCP_DIALECTS.filter((dialect) => value.includes(dialect));
}
