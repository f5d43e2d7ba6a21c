import { setTimeout as delay } from 'node:timers/promises';
import {
  decodeHot,
  type LedgerDescription,
  type LedgerOpenReply,
  partitionOf,
  type Subjects,
} from '#contracts';
import type { BatchedLink, ControlListener, Listening, RemotePeers } from '#messaging';
import { type PeerSettings, peerText } from '#platform';
import type { BoundedSet } from '../deliveries/bounded-set';
import { Deliveries } from '../deliveries/deliveries';
import type { GatewayLimits } from '../gateway-limits';
import type { GatewayMetrics } from '../gateway-metrics';
import type { Log } from '../log';
import type { PendingAnswers } from '../pending-answers';
import type { BroadcastLanes } from '../requests/broadcast-lanes';
import { MessageRelay } from '../requests/message-relay';
import { PeerRequests } from '../requests/peer-requests';
import type { Quoter } from '../requests/request-context';
import { answerForPeer } from './answer-for-peer';
import { configuredLedger } from './configured-ledger';
import { introduce } from './introduction';
import { PeerBalance } from './peer-balance';
import type { ChannelListener, PeerChannel } from './peer-channel';
import type { PeerLoad } from './peer-load';
import type { PeerStates } from './peer-states';
import { SessionClaim } from './session-claim';
import type { Clock } from './wire';

/** What all sessions of a gateway share. */
export interface SessionSurroundings {
  readonly link: Pick<BatchedLink, 'send' | 'listen'>;
  readonly pending: PendingAnswers;
  readonly subjects: Subjects;
  readonly limits: GatewayLimits;
  readonly metrics: GatewayMetrics;
  readonly log: Log;
  readonly clock: Clock;
  readonly states: PeerStates;
  readonly quoter: Quoter;
  readonly broadcasts: Pick<BroadcastLanes, 'carry'>;
  /** Answers questions to peers whose sessions are here. */
  readonly listener: Pick<ControlListener, 'listen'>;
  /** All peers, wherever their sessions are. */
  readonly peers: Pick<RemotePeers, 'ask'>;
  /** Rejects when the ledger service cannot be reached. */
  readonly openLedger: (ledger: LedgerDescription) => Promise<LedgerOpenReply>;
  readonly recognises: (peer: PeerSettings, username: string, token: string) => boolean;
  readonly isDraining: () => boolean;
}

/** What one session is made of. */
export interface PeerSessionParts {
  readonly peer: PeerSettings;
  /** Makes the way to the peer, which has just shown who it is. */
  readonly connect: (listener: ChannelListener) => PeerChannel;
  readonly load: PeerLoad;
  readonly uncertain: BoundedSet;
  readonly onEnded: (end: SessionEnd) => void;
}

export interface SessionEnd {
  readonly reason: string;
  /** Trying again soon is of no use: what the peer says does not match what was agreed. */
  readonly isHopeless: boolean;
  /** The peer has a newer session, which the owner of the ledger knows of. */
  readonly isSuperseded: boolean;
}

/** An authenticated peer: from the first word about its ledger to the end of its socket. */
export class PeerSession {
  readonly session: PeerChannel;
  private readonly deliveries: Deliveries;
  private readonly requests: PeerRequests;
  private readonly relay: MessageRelay | undefined;
  private readonly ownerSubject: string;
  private readonly balance: PeerBalance;
  private ledger: LedgerDescription | undefined;
  private listening: readonly Listening[] = [];
  private readonly claim: SessionClaim;
  private isHopeless = false;
  private isSuperseded = false;

  constructor(
    private readonly around: SessionSurroundings,
    private readonly parts: PeerSessionParts,
  ) {
    const { peer } = parts;
    const { limits, log, subjects } = around;
    this.ownerSubject = subjects.ledgerPartition(partitionOf(peer.id, limits.partitions));
    this.session = parts.connect({
      onRequest: (request, nowMs) => {
        this.requests.onRequest(request, nowMs);
      },
      onClosed: (reason) => {
        this.end(reason);
      },
    });
    this.claim = this.makeClaim();
    this.deliveries = this.makeDeliveries();
    this.relay = this.makeRelay();
    this.requests = this.makeRequests();
    const { session, ownerSubject } = this;
    around.states.listenBy(peer.id, session);
    this.balance = new PeerBalance({
      session,
      ledgerId: peer.id,
      ownerSubject,
      link: around.link,
      log,
      btpVersion: peer.btpVersion,
      hear: (said) => {
        around.states.hear(peer.id, said);
      },
    });
  }

  /** Ours on the ledger; undefined until that is agreed on. */
  get account(): string | undefined {
    return this.ledger && this.ledger.prefix + this.ledger.account;
  }

  /** Opens the ledger to the peer; until then its requests are turned away. Never rejects. */
  async start(): Promise<void> {
    const { peer } = this.parts;
    this.around.states.set(peer.id, 'connecting', 'agreeing on the ledger');
    try {
      if (peer.authority === 'admin') this.open(configuredLedger(peer));
      else await this.agreeOnLedger();
    } catch (error) {
      this.around.log.error({ err: error, peer: peer.id }, 'a session could not be opened');
      this.session.close('internal error');
    }
  }

  sweep(nowMs: number): void {
    this.session.sweep(nowMs);
    if (this.session.isClosed()) return;
    this.claim.sweep(nowMs);
    this.deliveries.sweep(nowMs);
  }

  /** As `Deliveries.hearOutcome`, for an outcome that came another way. */
  hearOutcome(transferId: string): boolean {
    return this.deliveries.hearOutcome(transferId);
  }

  private async agreeOnLedger(): Promise<void> {
    const { peer } = this.parts;
    const { states } = this.around;
    const introduction = await introduce(this.session, peer, {
      hear: (said) => {
        // Over RPC nobody is asked for it: the prefix names it all.
        if (peer.rpcUri === undefined) states.hear(peer.id, said);
      },
      reads: (dialects) => {
        states.reads(peer.id, dialects);
      },
    });
    if (this.session.isClosed()) return;
    if (introduction.kind !== 'agreed') {
      this.giveUp(introduction.reason, introduction.kind === 'mismatch');
      return;
    }
    const { ledger } = introduction;
    const isOpen = ledger.authority === 'symmetric' || (await this.openLedger(ledger));
    if (isOpen && !this.session.isClosed()) this.open(ledger);
  }

  /** Asks the ledger service until it answers; false if it will not have this ledger. */
  private async openLedger(ledger: LedgerDescription): Promise<boolean> {
    while (!this.session.isClosed()) {
      const reply = await this.around.openLedger(ledger).catch(() => UNAVAILABLE);
      if (reply.outcome === 'conflict') {
        const { field, stored, wanted } = reply;
        this.giveUp(`the ledger's ${field} is ${stored} and cannot become ${wanted}`, true);
        return false;
      }
      if (reply.outcome !== 'unavailable') return true;
      this.around.states.set(
        this.session.peerId,
        'connecting',
        'the ledger service is unavailable',
      );
      await delay(this.around.limits.repeatInsideMs);
    }
    return false;
  }

  private giveUp(reason: string, isHopeless: boolean): void {
    this.isHopeless = isHopeless;
    const message = isHopeless ? 'peering failed: it needs an operator' : 'peer not ready';
    this.around.log.warn({ peer: this.session.peerId, reason: peerText(reason) }, message);
    this.session.close(reason);
  }

  private open(ledger: LedgerDescription): void {
    const { link, listener, subjects, states, log, clock } = this.around;
    this.ledger = ledger;
    const { session } = this;
    const { peerId } = session;
    const deliveries = link.listen(subjects.gatewayPeer(peerId), {}, (entry) => {
      this.receiveDelivery(entry, clock());
    });
    const questions = listener.listen(subjects.gatewayAsk(peerId), (question) =>
      answerForPeer(session, question),
    );
    this.listening = [deliveries, questions];
    this.claim.announce(clock());
    this.requests.ledgerOpened();
    states.set(peerId, 'open');
    log.info({ peer: peerId, prefix: peerText(ledger.prefix) }, 'session open');
  }

  private receiveDelivery(entry: Buffer, nowMs: number): void {
    const message = decodeHot(entry);
    switch (message.kind) {
      case 'deliver-prepare':
      case 'deliver-fulfill':
      case 'deliver-reject':
        this.deliveries.deliver(message, nowMs);
        return;
      case 'ask-peer-balance':
        this.balance.ask(message.reference);
        return;
      case 'session-current':
        if (!this.session.isClosed()) this.claim.hear(message, nowMs);
        return;
      default:
        this.around.log.warn({ kind: message.kind }, 'not a delivery');
    }
  }

  private end(reason: string): void {
    const { states, log } = this.around;
    for (const listening of this.listening) {
      listening.stop().catch((error: unknown) => {
        log.warn({ err: error, peer: this.session.peerId }, 'the bus did not stop listening');
      });
    }
    states.set(this.session.peerId, this.isHopeless ? 'failed' : 'offline', reason);
    log.info({ peer: this.session.peerId, reason: peerText(reason) }, 'session closed');
    const { isHopeless, isSuperseded } = this;
    this.parts.onEnded({ reason, isHopeless, isSuperseded });
  }

  private makeClaim(): SessionClaim {
    const { ownerSubject, session } = this;
    const { link, limits } = this.around;
    return new SessionClaim({
      ledgerId: this.parts.peer.id,
      ownerSubject,
      link,
      limits,
      onSuperseded: () => {
        this.isSuperseded = true;
        session.close(REPLACED);
      },
    });
  }

  private makeDeliveries(): Deliveries {
    const { link, pending, limits, metrics, log } = this.around;
    return new Deliveries({
      session: this.session,
      ledgerId: this.parts.peer.id,
      ownerSubject: this.ownerSubject,
      link,
      pending,
      limits,
      metrics,
      log,
      uncertain: this.parts.uncertain,
    });
  }

  private makeRequests(): PeerRequests {
    const { pending, subjects, limits, metrics, log, clock, quoter, isDraining } = this.around;
    const { peer } = this.parts;
    const { states, broadcasts } = this.around;
    return new PeerRequests({
      session: this.session,
      load: this.parts.load,
      ownerSubject: this.ownerSubject,
      pending,
      subjects,
      limits,
      metrics,
      log,
      clock,
      quoter,
      broadcasts,
      isDraining,
      recognises: (username, token) => this.around.recognises(peer, username, token),
      tell: (said) => {
        states.tell(peer.id, said);
      },
      hearOutcome: (transferId) => this.deliveries.hearOutcome(transferId),
      ledger: () => this.ledger,
      foreknown: peer.authority === 'symmetric' ? configuredLedger(peer) : undefined,
      relay: this.relay,
      settlementMethods: peer.settlementMethods,
      btpVersion: peer.btpVersion,
    });
  }

  private makeRelay(): MessageRelay | undefined {
    const { metrics, limits, peers, log } = this.around;
    const { peer, load } = this.parts;
    const { relaysTo } = peer;
    if (relaysTo === undefined) return undefined;
    const { session } = this;
    const withinMs = limits.quoteMs;
    return new MessageRelay({ session, other: relaysTo, peers, load, metrics, log, withinMs });
  }
}

/** Why a session ends when its peer has a newer one (SPEC D-4). */
export const REPLACED = 'replaced by a newer session';
const UNAVAILABLE = { outcome: 'unavailable' } as const;
