import type { LedgerDescription } from '#contracts';
import type { PeerSettings } from '#platform';
import {
  type BalanceLimit,
  infoRequest,
  type LedgerInfo,
  numberRequest,
  type ProtocolData,
  protocolEntry,
  readBalance,
  readLedgerInfo,
  readLimit,
  SUB_PROTOCOL,
  UnreadablePacketError,
} from '#protocol';
import { askOnce } from './ask-once';
import type { BtpSession } from './btp-session';

/** What the peer that administers a ledger says about it (SPEC §9.3). */
export type Introduction =
  | {
      readonly kind: 'agreed';
      readonly ledger: LedgerDescription;
      /** The peer's own balance, its view; undefined where it does not tell. */
      readonly peerBalance: bigint | undefined;
    }
  /** It is not the ledger that was agreed on: nobody but an operator can help. */
  | { readonly kind: 'mismatch'; readonly reason: string }
  /** It did not say, which may pass. */
  | { readonly kind: 'failed'; readonly reason: string };

/** Asks `info`, holds it against the configuration, and asks `limit` and `balance`. */
export async function introduce(session: BtpSession, peer: PeerSettings): Promise<Introduction> {
  const info = await askFor(session, infoRequest('full'), readLedgerInfo);
  if (info.kind !== 'told') return { kind: 'failed', reason: `info: ${info.reason}` };
  const mismatch = mismatchOf(info.value, peer);
  if (mismatch !== undefined) return { kind: 'mismatch', reason: mismatch };
  const [limit, balance] = await Promise.all([
    askFor(session, numberRequest('limit'), readLimit),
    askFor(session, numberRequest('balance'), readBalance),
  ]);
  const silent = [limit, balance].find((answer) => answer.kind === 'silence');
  if (silent !== undefined) return { kind: 'failed', reason: 'limit or balance: no answer' };
  return {
    kind: 'agreed',
    ledger: descriptionOf(info.value, peer, limit.kind === 'told' ? limit.value : 'unlimited'),
    peerBalance: balance.kind === 'told' ? balance.value : undefined,
  };
}

function mismatchOf(info: LedgerInfo, peer: PeerSettings): string | undefined {
  const { prefix, currencyCode, currencyScale } = peer.ledger;
  if (info.currencyCode.toUpperCase() !== currencyCode.toUpperCase()) {
    return `currencyCode is ${info.currencyCode}, configured is ${currencyCode}`;
  }
  if (info.currencyScale !== currencyScale) {
    return `currencyScale is ${info.currencyScale}, configured is ${currencyScale}`;
  }
  if (prefix !== undefined && info.prefix !== prefix) {
    return `prefix is ${info.prefix}, configured is ${prefix}`;
  }
  return undefined;
}

function descriptionOf(
  info: LedgerInfo,
  peer: PeerSettings,
  peerLimit: BalanceLimit,
): LedgerDescription {
  const { currencyCode, currencyScale, account, peerAccount, ...limits } = peer.ledger;
  const minBalance = limits.minBalance === undefined ? negated(peerLimit) : limits.minBalance;
  return {
    ledgerId: peer.id,
    prefix: info.prefix,
    currencyCode,
    currencyScale,
    account,
    peerAccount,
    authority: peer.authority,
    maxBalance: limits.maxBalance?.toString() ?? null,
    minBalance: minBalance?.toString() ?? null,
  };
}

/** The least that our balance may be, by how much the peer lets us owe it (SPEC D-15). */
function negated(peerLimit: BalanceLimit): bigint | null {
  if (peerLimit === 'unlimited') return null;
  return peerLimit > 0n ? -peerLimit : 0n;
}

type Told<T> =
  | { readonly kind: 'told'; readonly value: T }
  | { readonly kind: 'refusal' | 'silence' | 'unreadable'; readonly reason: string };

async function askFor<T>(
  session: BtpSession,
  question: ProtocolData,
  read: (entry: ProtocolData) => T,
): Promise<Told<T>> {
  const reply = await askOnce(session, question);
  if (reply.kind === 'silence') return { kind: 'silence', reason: 'no answer' };
  if (reply.kind === 'refusal') {
    const { name, message } = reply.refusal;
    return { kind: 'refusal', reason: `${name}: ${message}` };
  }
  return readReply(reply.response.protocolData, question.protocolName, read);
}

function readReply<T>(
  protocolData: readonly ProtocolData[],
  name: string,
  read: (entry: ProtocolData) => T,
): Told<T> {
  const entry = protocolEntry(protocolData, name);
  if (entry === undefined) {
    const hasError = protocolEntry(protocolData, SUB_PROTOCOL.ilp) !== undefined;
    const reason = hasError ? 'the answer is an ILP error' : 'the answer says nothing about it';
    return { kind: 'unreadable', reason };
  }
  try {
    return { kind: 'told', value: read(entry) };
  } catch (error) {
    if (error instanceof UnreadablePacketError)
      return { kind: 'unreadable', reason: error.message };
    throw error;
  }
}
