import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import {
  type PeerStateReply,
  readPeerStateReply,
  readSessionNews,
  type SessionNews,
  type Spoken,
  type Subjects,
} from '#contracts';
import type { Listening } from './batched-link';
import { reasonOf } from './bus-errors';
import type { ControlClient } from './control-client';
import type { ControlListener } from './control-listener';

export interface ConnectedPeersTiming {
  /** Between two questions to all gateways. */
  readonly everyMs: number;
  /** How long they have to answer. */
  readonly answerWithinMs: number;
  /** A gateway that has not answered so many questions in a row is gone, and its sessions with it. */
  readonly missesUntilGone: number;
}

/** No settings: what is announced counts at once, and this only makes up for what got lost. */
export const CONNECTED_PEERS_TIMING: ConnectedPeersTiming = {
  everyMs: 2_000,
  answerWithinMs: 1_000,
  missesUntilGone: 2,
};

/** A peer that can be asked and paid. Another `gatewayId` or `sinceMs` means another session. */
export interface ConnectedPeer {
  readonly peerId: string;
  /** The gateway that holds its session. */
  readonly gatewayId: string;
  readonly speaks: Spoken;
  /** Syntaxes of route broadcasts that it says it reads; undefined = it did not say. */
  readonly ccpDialects?: SessionNews['ccpDialects'];
  /** Names the connector behind it; undefined = not known. */
  readonly party?: string | undefined;
  /** When the session was opened, ms since the epoch by the gateway's clock. */
  readonly sinceMs: number;
}

export interface ConnectedPeersListener {
  /** All gateways were asked for the first time: whoever is not known by now is not connected. */
  onKnown?(): void;
  /** The peer has a session, or another one than before. */
  onOpened(peer: ConnectedPeer): void;
  /** It has none any more. */
  onClosed(peerId: string): void;
}

export interface ConnectedPeersParts {
  readonly control: Pick<ControlClient, 'askAll'>;
  readonly listener: Pick<ControlListener, 'listen'>;
  readonly subjects: Pick<Subjects, 'peerState' | 'gatewaySessions'>;
  /** Whether silence of the gateways says anything. */
  readonly isBusConnected: () => boolean;
  readonly timing?: ConnectedPeersTiming;
}

interface Session {
  readonly peer: ConnectedPeer;
  /** The greater, the later we heard of it. */
  readonly order: number;
}

/**
 * Which peers have an open session, at whichever gateway. Hears what gateways announce, and asks all
 * of them at the start and every now and then.
 */
export class ConnectedPeers {
  private readonly logger = new Logger(ConnectedPeers.name);
  private readonly timing: ConnectedPeersTiming;
  private readonly listeners: ConnectedPeersListener[] = [];
  /** By gateway, then by peer: while a session moves, two may hold one. */
  private readonly sessions = new Map<string, Map<string, Session>>();
  private readonly current = new Map<string, ConnectedPeer>();
  private readonly misses = new Map<string, number>();
  /** What gateways have announced since the last question: their answers may be older. */
  private readonly announced = new Set<string>();
  private orders = 0;
  private hasAsked = false;
  private listening: Listening | undefined;
  private stopping: AbortController | undefined;
  private done: Promise<void> = Promise.resolve();

  constructor(private readonly parts: ConnectedPeersParts) {
    this.timing = parts.timing ?? CONNECTED_PEERS_TIMING;
  }

  /** Whether the gateways have been asked, so that a peer that is not known is not connected. */
  get isKnown(): boolean {
    return this.hasAsked;
  }

  /** By peer id. */
  get all(): ReadonlyMap<string, ConnectedPeer> {
    return this.current;
  }

  get(peerId: string): ConnectedPeer | undefined {
    return this.current.get(peerId);
  }

  /** Tells of every change from now on. */
  listen(listener: ConnectedPeersListener): void {
    this.listeners.push(listener);
  }

  start(): void {
    const { listener, subjects } = this.parts;
    const stopping = new AbortController();
    this.stopping = stopping;
    this.listening = listener.listen(subjects.gatewaySessions, (data) => {
      this.hear(data);
      return Promise.resolve(null);
    });
    this.done = this.keepAsking(stopping.signal);
  }

  async stop(): Promise<void> {
    this.stopping?.abort();
    await this.listening?.stop();
    await this.done;
  }

  private async keepAsking(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.askAll(signal);
      await delay(this.timing.everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private async askAll(signal: AbortSignal): Promise<void> {
    const { control, subjects, isBusConnected } = this.parts;
    const question = { deadlineMs: this.timing.answerWithinMs, parse: readPeerStateReply };
    this.announced.clear();
    try {
      if (!isBusConnected()) return;
      const replies = await control.askAll(subjects.peerState, {}, question);
      if (signal.aborted || !isBusConnected()) return;
      this.learn(replies);
    } catch (error) {
      if (!signal.aborted) this.logger.warn(`the gateways could not be asked: ${reasonOf(error)}`);
    }
  }

  private learn(replies: readonly PeerStateReply[]): void {
    const isFirst = !this.hasAsked;
    this.hasAsked = true;
    for (const reply of replies) this.takeReply(reply);
    const answered = new Set(replies.map(({ gatewayId }) => gatewayId));
    for (const gatewayId of [...this.sessions.keys()]) {
      if (!answered.has(gatewayId)) this.miss(gatewayId);
    }
    if (isFirst) this.tell((listener) => listener.onKnown?.());
  }

  private takeReply({ gatewayId, peers }: PeerStateReply): void {
    this.misses.delete(gatewayId);
    const open = new Set<string>();
    for (const { peerId, state, sinceMs, speaks = 'BTP/1.0', ccpDialects, party } of peers) {
      if (state !== 'open') continue;
      open.add(peerId);
      this.apply({ gatewayId, peerId, state, sinceMs, speaks, ccpDialects, party }, 'reply');
    }
    for (const peerId of [...(this.sessions.get(gatewayId)?.keys() ?? [])]) {
      if (!open.has(peerId) && !this.announced.has(keyOf(gatewayId, peerId))) {
        this.end(gatewayId, peerId);
      }
    }
  }

  private miss(gatewayId: string): void {
    const misses = (this.misses.get(gatewayId) ?? 0) + 1;
    this.misses.set(gatewayId, misses);
    if (misses < this.timing.missesUntilGone) return;
    for (const peerId of [...(this.sessions.get(gatewayId)?.keys() ?? [])]) {
      this.end(gatewayId, peerId);
    }
  }

  private hear(data: unknown): void {
    let news: SessionNews;
    try {
      news = readSessionNews(data);
    } catch (error) {
      this.logger.warn(`news of a session cannot be read: ${reasonOf(error)}`);
      return;
    }
    this.announced.add(keyOf(news.gatewayId, news.peerId));
    this.misses.delete(news.gatewayId);
    if (news.state === 'open') this.apply(news, 'announcement');
    else this.end(news.gatewayId, news.peerId);
  }

  private apply(news: SessionNews, source: 'announcement' | 'reply'): void {
    const { gatewayId, peerId, speaks, sinceMs, ccpDialects, party } = news;
    if (source === 'reply' && this.announced.has(keyOf(gatewayId, peerId))) return;
    const held = this.sessions.get(gatewayId) ?? new Map<string, Session>();
    this.sessions.set(gatewayId, held);
    const known = held.get(peerId);
    if (known?.peer.sinceMs === sinceMs && known.peer.speaks === speaks) return;
    this.orders += 1;
    const said = { ...(ccpDialects && { ccpDialects }), ...(party !== undefined && { party }) };
    const peer = { peerId, gatewayId, speaks, sinceMs, ...said };
    held.set(peerId, { peer, order: this.orders });
    this.review(peerId);
  }

  private end(gatewayId: string, peerId: string): void {
    const held = this.sessions.get(gatewayId);
    if (held?.delete(peerId) !== true) return;
    if (held.size === 0) {
      this.sessions.delete(gatewayId);
      this.misses.delete(gatewayId);
    }
    this.review(peerId);
  }

  /** The session that we heard of last is the one, as the one before it is closed (SPEC D-4). */
  private review(peerId: string): void {
    let latest: Session | undefined;
    for (const held of this.sessions.values()) {
      const session = held.get(peerId);
      if (session !== undefined && session.order > (latest?.order ?? 0)) latest = session;
    }
    const before = this.current.get(peerId);
    if (latest === undefined) {
      this.current.delete(peerId);
      if (before !== undefined)
        this.tell((listener) => {
          listener.onClosed(peerId);
        });
    } else if (latest.peer !== before) {
      const { peer } = latest;
      this.current.set(peerId, peer);
      this.tell((listener) => {
        listener.onOpened(peer);
      });
    }
  }

  private tell(telling: (listener: ConnectedPeersListener) => void): void {
    for (const listener of this.listeners) {
      try {
        telling(listener);
      } catch (error) {
        this.logger.error(`news of a session could not be taken over: ${reasonOf(error)}`);
      }
    }
  }
}

function keyOf(gatewayId: string, peerId: string): string {
  return JSON.stringify([gatewayId, peerId]);
}
