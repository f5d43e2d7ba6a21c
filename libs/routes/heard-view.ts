import { Logger } from '@nestjs/common';
import type { KeyValueListener } from '#messaging';
import { type Heartbeat, HEARTBEAT_KEY, isShardPart, readHeartbeat } from './heard-message';

/** A value under a key, or what is left of one that was taken away. */
export interface SeenPart {
  readonly value: Buffer | undefined;
  readonly revision: number;
}

/** Everything that is kept of one peer, as far as this process has seen. */
export class SeenPeer {
  /** By name of the part. */
  readonly parts = new Map<string, SeenPart>();
  heartbeat: Heartbeat | undefined;
  /** Of the heartbeat; 0 = there never was one. */
  revision = 0;
  /** Of all parts. */
  bytes = 0;

  constructor(readonly peerId: string) {}

  /** Is there anything under any of its keys? */
  get isKept(): boolean {
    return this.heartbeat !== undefined || this.bytes > 0;
  }

  set(part: string, seen: SeenPart): void {
    this.bytes += (seen.value?.length ?? 0) - (this.parts.get(part)?.value?.length ?? 0);
    this.parts.set(part, seen);
  }
}

export interface HeardViewListener {
  /** A part is another one than before. */
  onPart(peer: SeenPeer, part: string): void;
  /** All that belongs together was seen. */
  onHeartbeat(peer: SeenPeer): void;
  onReset(): void;
  onCaughtUp(): void;
}

interface Waiting {
  readonly peerId: string;
  readonly revision: number;
  readonly settle: (isSeen: boolean) => void;
}

/** The bucket of the routes that were heard, as this process sees it, in the order of its changes. */
export class HeardView implements KeyValueListener {
  private readonly logger = new Logger(HeardView.name);
  private readonly peers = new Map<string, SeenPeer>();
  private readonly listeners: HeardViewListener[] = [];
  private waiting: Waiting[] = [];
  private seenAll = false;

  get isCaughtUp(): boolean {
    return this.seenAll;
  }

  get all(): Iterable<SeenPeer> {
    return this.peers.values();
  }

  peer(peerId: string): SeenPeer {
    const known = this.peers.get(peerId) ?? new SeenPeer(peerId);
    this.peers.set(peerId, known);
    return known;
  }

  listen(listener: HeardViewListener): void {
    this.listeners.push(listener);
  }

  /** Resolves when the peer's heartbeat of this revision is seen: false if it is not in time. */
  sees(peerId: string, revision: number, withinMs: number): Promise<boolean> {
    if (this.peer(peerId).revision >= revision) return Promise.resolve(true);
    return new Promise((resolve) => {
      const waiting: Waiting = {
        peerId,
        revision,
        settle: (isSeen) => {
          clearTimeout(timer);
          this.waiting = this.waiting.filter((each) => each !== waiting);
          resolve(isSeen);
        },
      };
      const timer = setTimeout(() => {
        waiting.settle(false);
      }, withinMs);
      this.waiting.push(waiting);
    });
  }

  onReset(): void {
    this.seenAll = false;
    this.peers.clear();
    for (const { settle } of this.waiting) settle(false);
    for (const listener of this.listeners) listener.onReset();
  }

  onPut(key: string, value: Buffer, revision: number): void {
    // Of its own, as what came is but a slice of something larger.
    this.see(key, { value: Buffer.from(value), revision });
  }

  onDelete(key: string, revision: number): void {
    this.see(key, { value: undefined, revision });
  }

  onCaughtUp(): void {
    this.seenAll = true;
    for (const listener of this.listeners) listener.onCaughtUp();
  }

  private see(key: string, seen: SeenPart): void {
    const dot = key.indexOf('.');
    const name = key.slice(dot + 1);
    if (dot === -1) return;
    if (name === HEARTBEAT_KEY) this.seeHeartbeat(this.peer(key.slice(0, dot)), seen);
    else if (isShardPart(name)) this.seePart(this.peer(key.slice(0, dot)), name, seen);
  }

  private seePart(peer: SeenPeer, part: string, seen: SeenPart): void {
    peer.set(part, seen);
    for (const listener of this.listeners) listener.onPart(peer, part);
  }

  private seeHeartbeat(peer: SeenPeer, { value, revision }: SeenPart): void {
    peer.revision = revision;
    peer.heartbeat = value === undefined ? undefined : this.read(peer, value);
    for (const listener of this.listeners) listener.onHeartbeat(peer);
    for (const each of this.waiting) {
      if (each.peerId === peer.peerId && each.revision <= revision) each.settle(true);
    }
  }

  /** What cannot be read counts as nothing: the next update writes it anew. */
  private read({ peerId }: SeenPeer, value: Buffer): Heartbeat | undefined {
    try {
      return readHeartbeat(value);
    } catch (error) {
      this.logger.error(`what is kept of ${peerId} cannot be read: ${String(error)}`);
      return undefined;
    }
  }
}
