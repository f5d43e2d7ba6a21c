import type { PeerDocument } from './peer-schema';
import type { ProblemList } from './problem-list';

/** What an HTTP header can hold without anybody reading it differently. */
const TOKEN = /^[!-~]+$/;

/** What is of use for BTP only; the version of BTP has a default, so that it cannot be told. */
const FOR_BTP = ['socket', 'uri', 'username', 'tokenSha256'] as const;

/**
 * A peer that speaks the historic RPC is called at a URI and calls us, both with the one token, and
 * both keep the ledger (SPEC §8.6, §8.7).
 */
export function checkRpc(peer: PeerDocument, key: string, list: ProblemList): void {
  for (const name of FOR_BTP) {
    if (peer[name] !== undefined) list.add(`${key}.${name}`, 'is for transport: btp');
  }
  for (const name of ['rpcUri', 'token'] as const) {
    if (peer[name] === undefined) list.add(`${key}.${name}`, 'is required for transport: rpc');
  }
  if (peer.token !== undefined && !TOKEN.test(peer.token)) {
    list.add(`${key}.token`, 'must be of visible ASCII characters for transport: rpc');
  }
  if (peer.authority !== 'symmetric') {
    list.add(`${key}.authority`, 'must be symmetric for transport: rpc, where both sides decide');
  }
  for (const name of ['account', 'peerAccount'] as const) {
    if (peer.ledger[name] !== undefined) continue;
    list.add(
      `${key}.ledger.${name}`,
      'is required for transport: rpc: the public key of its owner',
    );
  }
}
