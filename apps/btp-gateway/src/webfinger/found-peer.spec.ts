import { digestOfToken, type PeerSettings } from '#platform';
import type { HostResource } from '#protocol';
import {
  foundUnder,
  lookedUp,
  SHARED,
  STRANGERS_KEY,
  WALLET1,
  WALLET2,
} from '../../../../test/support/gateway/scripted-host';
import { foundPeer, requirePeerable } from './found-peer';
import { PeeringError, type PeeringRule } from './peering-error';

const RPC = 'https://wallet2.com/api/peers/rpc';
const BTP = 'btp+wss://wallet2.com/btp';
const OUR_BTP = { publicBtpUri: 'btp+wss://wallet1.com' };

interface Case {
  readonly resource?: Partial<HostResource>;
  readonly ours?: Parameters<typeof foundUnder>[1];
  readonly hostname?: string;
  readonly peer?: Partial<PeerSettings>;
  readonly allowPrivateAddresses?: boolean;
}

function found(change: Case = {}): PeerSettings {
  const { hostname = 'wallet2.com', resource, ours, allowPrivateAddresses = false } = change;
  return foundPeer({
    peer: lookedUp('wallet2', hostname, change.peer),
    resource: { publicKey: WALLET2.publicKey, peersRpcUri: RPC, ...resource },
    own: foundUnder('wallet1.com', ours).own,
    allowPrivateAddresses,
  });
}

/** Before anybody is a peer. */
function shown(change: Case = {}): void {
  const { hostname = 'wallet2.com', resource, ours, allowPrivateAddresses = false } = change;
  requirePeerable({
    hostname,
    resource: { publicKey: WALLET2.publicKey, peersRpcUri: RPC, ...resource },
    own: foundUnder('wallet1.com', ours).own,
    allowPrivateAddresses,
  });
}

describe('a peer that was found', () => {
  it('has the ledger that both derive, and is called with the token of both', () => {
    expect(found()).toMatchObject({
      socket: 'client',
      rpcUri: RPC,
      uri: undefined,
      token: SHARED.authToken,
      tokenDigest: undefined,
      ledger: {
        prefix: SHARED.prefix,
        account: WALLET1.publicKey,
        peerAccount: WALLET2.publicKey,
        currencyCode: 'USD',
        maxBalance: 1_000_000n,
      },
    });
  });

  it('is called also if only one of us can be dialled', () => {
    expect(found({ resource: { btpUri: BTP } }).rpcUri).toBe(RPC);
    expect(found({ ours: OUR_BTP }).rpcUri).toBe(RPC);
  });

  it('dials us if both can be dialled and our hostname sorts lower', () => {
    const peer = found({ resource: { btpUri: BTP }, ours: OUR_BTP });
    expect(peer).toMatchObject({ socket: 'server', username: '', token: '' });
    expect(peer.tokenDigest).toBe(digestOfToken(SHARED.authToken));
    expect([peer.uri, peer.rpcUri]).toEqual([undefined, undefined]);
  });

  it('is dialled by us if its hostname sorts lower, without a username', () => {
    const hostname = 'a.wallet2.com';
    const peer = found({ hostname, resource: { btpUri: BTP }, ours: OUR_BTP });
    expect(peer).toMatchObject({ socket: 'client', rpcUri: undefined, tokenDigest: undefined });
    expect(peer.uri).toBe(`btp+wss://:${SHARED.authToken}@wallet2.com/btp`);
  });

  it('is the one that the operator has pinned', () => {
    const { publicKey } = WALLET2;
    expect(found({ peer: { publicKey } }).ledger.peerAccount).toBe(publicKey);
  });
});

describe('no peer is found', () => {
  it.each<[string, Case, PeeringRule]>([
    ['behind our own key', { resource: { publicKey: WALLET1.publicKey } }, 'ourselves'],
    ['under another key', { peer: { publicKey: STRANGERS_KEY } }, 'not-the-pinned-key'],
    ['at plain http', { resource: { peersRpcUri: 'http://wallet2.com/rpc' } }, 'insecure-uri'],
    [
      'at a plain WebSocket',
      {
        hostname: 'a.com',
        resource: { btpUri: 'btp+ws://a.com' },
        ours: OUR_BTP,
      },
      'insecure-uri',
    ],
    [
      'in our own network',
      { resource: { peersRpcUri: 'https://10.0.0.1/rpc' } },
      'private-address',
    ],
    [
      'in our own network, written otherwise',
      { resource: { peersRpcUri: 'https://[::ffff:127.0.0.1]/rpc' } },
      'private-address',
    ],
    [
      'by BTP in our own network',
      {
        hostname: 'a.com',
        resource: { btpUri: 'btp+wss://127.0.0.1' },
        ours: OUR_BTP,
      },
      'private-address',
    ],
  ])('%s', (_, change, rule) => {
    expect(() => found(change)).toThrow(expect.objectContaining({ rule }) as PeeringError);
    if (rule === 'not-the-pinned-key') return;
    expect(() => {
      shown(change);
    }).toThrow(expect.objectContaining({ rule }) as PeeringError);
  });

  it('that speaks BTP only, while we cannot be dialled', () => {
    const resource = { publicKey: WALLET2.publicKey, btpUri: BTP };
    const { own } = foundUnder('wallet1.com');
    const peer = lookedUp('wallet2', 'wallet2.com');
    const find = (): PeerSettings =>
      foundPeer({ peer, resource, own, allowPrivateAddresses: false });
    expect(find).toThrow(PeeringError);
  });

  it('under a key that agrees with everybody', () => {
    const publicKey = Buffer.alloc(32).fill(1, 0, 1).toString('base64url');
    expect(() => found({ resource: { publicKey } })).toThrow('agrees on the same secret');
  });
});
