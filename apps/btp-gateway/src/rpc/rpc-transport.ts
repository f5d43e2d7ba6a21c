import type { IncomingMessage, ServerResponse } from 'node:http';
import { partitionOf } from '#contracts';
import type { PeerSettings } from '#platform';
import type { CountSession } from '../presence/dialled-peers';
import { PeerRequests } from '../requests/peer-requests';
import { configuredLedger } from '../sessions/configured-ledger';
import type { SessionEnd, SessionSurroundings } from '../sessions/peer-session';
import type { SessionRegistry } from '../sessions/session-registry';
import type { TrustedAuthorities } from '../sockets/trusted-authorities';
import type { LookupOf } from '../webfinger/webfinger';
import { RpcChannel } from './rpc-channel';
import { RpcClient } from './rpc-client';
import { RpcDesk } from './rpc-desk';
import { RpcDialler } from './rpc-dialler';
import { type RpcCaller, RpcReception } from './rpc-reception';

export interface RpcTransportParts {
  /** Where peers call us. */
  readonly path: string;
  readonly around: SessionSurroundings;
  readonly registry: SessionRegistry;
  /** Whose certificates we believe when we call `https`. */
  readonly authorities: Pick<TrustedAuthorities, 'secureContext'>;
  readonly lookupOf: LookupOf;
  readonly awaitsPeers: () => boolean;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Everything between us and the peers that speak the historic RPC instead of BTP (SPEC §8.7). */
export class RpcTransport {
  /** The latest of each peer. */
  private readonly diallers = new Map<string, RpcDialler>();
  private readonly reception: RpcReception;

  constructor(private readonly parts: RpcTransportParts) {
    const { path, around, awaitsPeers } = parts;
    const { limits, metrics, clock, isDraining } = around;
    this.reception = new RpcReception({ limits, metrics, clock, isDraining, path, awaitsPeers });
  }

  /** What keeps up the session with a peer, for as long as this gateway is to do that. */
  makeDialler(peer: PeerSettings, count: CountSession): RpcDialler {
    const { around, random } = this.parts;
    const { limits, states, log, clock } = around;
    const admit = (admitted: PeerSettings, onEnded: (end: SessionEnd) => void): RpcChannel =>
      this.admit(admitted, count(onEnded));
    const dialler = new RpcDialler({ limits, states, log, clock, random, admit }, peer);
    this.diallers.set(peer.id, dialler);
    return dialler;
  }

  /** Takes calls of a peer, if it speaks RPC, by what is known of it now. */
  learn(peer: PeerSettings): void {
    if (peer.rpcUri === undefined) this.forget(peer.id);
    else this.reception.learn(this.callerOf(peer));
  }

  /** Calls of this peer are a stranger's from now on. */
  forget(peerId: string): void {
    this.reception.forget(peerId);
    this.diallers.delete(peerId);
  }

  /** As `RpcReception.receive`. */
  receive(request: IncomingMessage, response: ServerResponse, admitted: () => void): boolean {
    return this.reception.receive(request, response, admitted);
  }

  sweep(nowMs: number): void {
    this.reception.sweep(nowMs);
  }

  close(): void {
    this.reception.close();
  }

  private admit(peer: PeerSettings, onEnded: (end: SessionEnd) => void): RpcChannel {
    const { limits, metrics, log, clock } = this.parts.around;
    const ledger = configuredLedger(peer);
    const client = new RpcClient({
      uri: peer.rpcUri ?? '',
      prefix: ledger.prefix,
      token: peer.token,
      connections: limits.rpcCallsPerPeer,
      answerBytes: limits.frameBytes,
      secureContext: this.parts.authorities.secureContext(),
      lookup: this.parts.lookupOf(peer),
    });
    const shared = { ledger, client, limits, metrics, log, clock };
    const connect = (listener: ConstructorParameters<typeof RpcChannel>[1]): RpcChannel =>
      new RpcChannel(shared, listener);
    return this.parts.registry.admit({ peer, connect, onEnded });
  }

  private callerOf(peer: PeerSettings): RpcCaller {
    const { metrics, log, clock, states } = this.parts.around;
    const { prefix, account, peerAccount } = configuredLedger(peer);
    const desk = new RpcDesk({
      peerId: peer.id,
      ledger: { prefix, account: prefix + account, peerAccount: prefix + peerAccount },
      metrics,
      log,
      clock,
      onRequest: (request, nowMs) => {
        requests.onRequest(request, nowMs);
      },
    });
    const requests = this.requestsOf(peer, desk);
    const onCall = (): void => {
      states.see(peer.id);
      this.diallers.get(peer.id)?.hearCall();
    };
    return { peerId: peer.id, prefix, token: peer.token, desk, onCall };
  }

  /** Both sides have agreed on the ledger beforehand, so there is nothing to wait for. */
  private requestsOf(peer: PeerSettings, desk: RpcDesk): PeerRequests {
    const { around, registry } = this.parts;
    const { pending, subjects, limits, metrics, log, clock, quoter, isDraining, states } = around;
    const { broadcasts } = around;
    const ledger = configuredLedger(peer);
    return new PeerRequests({
      session: desk,
      load: registry.loadOf(peer.id),
      ownerSubject: subjects.ledgerPartition(partitionOf(peer.id, limits.partitions)),
      pending,
      subjects,
      limits,
      metrics,
      log,
      clock,
      quoter,
      broadcasts,
      isDraining,
      recognises: () => false,
      tell: (said) => {
        states.tell(peer.id, said);
      },
      hearOutcome: (transferId) => registry.hearOutcome(peer.id, transferId),
      ledger: () => ledger,
      foreknown: undefined,
      relay: undefined,
      settlementMethods: peer.settlementMethods,
      btpVersion: peer.btpVersion,
    });
  }
}
