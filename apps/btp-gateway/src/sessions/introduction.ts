import type { LedgerDescription } from '#contracts';
import type { PeerSettings } from '#platform';
import {
  type BalanceLimit,
  type CcpDialect,
  infoRequest,
  type LedgerInfo,
  numberRequest,
  readLedgerInfo,
  readLimit,
} from '#protocol';
import { askPeer } from './ask-peer';
import type { PeerChannel } from './peer-channel';
import { configuredLedger } from './configured-ledger';
import type { Said } from './peer-states';

/** In which the peer means another ledger than we do. */
export interface LedgerMismatch {
  readonly rule: 'currency' | 'scale' | 'prefix';
  readonly reason: string;
}

/** What comes of asking the peer about the ledger (SPEC §9.3). */
export type Introduction =
  | { readonly kind: 'agreed'; readonly ledger: LedgerDescription }
  /** It is not the ledger that was agreed on: nobody but an operator can help. */
  | { readonly kind: 'mismatch'; readonly reason: string }
  /** It did not say, which may pass. */
  | { readonly kind: 'failed'; readonly reason: string };

export interface IntroductionListener {
  /** The peer says this, by name. */
  readonly hear: (said: Said) => void;
  /** The peer says that it reads these dialects of route broadcasts (SPEC D-9). */
  readonly reads: (dialects: readonly CcpDialect[]) => void;
}

/**
 * Asks `info` and holds it against the configuration. Whoever keeps the ledger also says what is not
 * configured, and its `limit`; where both keep it, each has its own.
 */
export async function introduce(
  session: PeerChannel,
  peer: PeerSettings,
  { hear, reads }: IntroductionListener,
): Promise<Introduction> {
  const info = await askPeer(session, infoRequest('full'), readLedgerInfo);
  if (info.kind !== 'told') return { kind: 'failed', reason: `info: ${info.reason}` };
  hear(saidIn(info.value));
  if (info.value.ccpDialects !== undefined) reads(info.value.ccpDialects);
  const mismatch = mismatchOf(info.value, peer);
  if (mismatch !== undefined) return { kind: 'mismatch', reason: mismatch.reason };
  if (peer.authority === 'symmetric') return { kind: 'agreed', ledger: configuredLedger(peer) };
  const limit = await askPeer(session, numberRequest('limit'), readLimit);
  if (limit.kind === 'silence') return { kind: 'failed', reason: `limit: ${limit.reason}` };
  if (limit.kind === 'told') hear({ limit: limit.value.toString() });
  const peerLimit = limit.kind === 'told' ? limit.value : 'unlimited';
  return { kind: 'agreed', ledger: learntLedger(info.value, peer, peerLimit) };
}

function saidIn({ prefix, currencyCode, currencyScale, connectors }: LedgerInfo): Said {
  const [account] = connectors;
  const said = { prefix, currencyCode, currencyScale: String(currencyScale) };
  return account === undefined ? said : { ...said, account };
}

/** @returns undefined where both mean the same ledger */
export function mismatchOf(info: LedgerInfo, peer: PeerSettings): LedgerMismatch | undefined {
  const { prefix, currencyCode, currencyScale } = peer.ledger;
  if (info.currencyCode.toUpperCase() !== currencyCode.toUpperCase()) {
    const reason = `currencyCode is ${info.currencyCode}, configured is ${currencyCode}`;
    return { rule: 'currency', reason };
  }
  if (info.currencyScale !== currencyScale) {
    const reason = `currencyScale is ${info.currencyScale}, configured is ${currencyScale}`;
    return { rule: 'scale', reason };
  }
  if (prefix !== undefined && info.prefix !== prefix) {
    return { rule: 'prefix', reason: `prefix is ${info.prefix}, configured is ${prefix}` };
  }
  return undefined;
}

function learntLedger(
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
