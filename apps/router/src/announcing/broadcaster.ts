import { Logger } from '@nestjs/common';
import type { BroadcastMemory } from '#domain/routing';
import type { AnnouncedPeer } from './announced-peer';
import { type AnnouncementParts, Announcements } from './announcements';
import type { AnnouncingMetrics, AnnouncingObserved } from './announcing-metrics';
import { hasPassed } from './has-passed';
import type { Leadership } from './leadership';
import { ClosedMemoriesError, type MemoryKeeper } from './told-memories';

/** What a peer has said that bears on what it is told. */
export interface PeerWishes {
  readonly showsV21: boolean;
  readonly fullTableAskedMs?: number | undefined;
  /** When it last spoke while nothing counted that it had told before. */
  readonly anewAtMs?: number | undefined;
}

export interface BroadcasterParts extends Omit<AnnouncementParts, 'isLeading' | 'pause'> {
  readonly leadership: Pick<Leadership, 'isHeld' | 'renew' | 'resign'>;
  readonly keeper: MemoryKeeper;
  readonly metrics: AnnouncingMetrics;
  /** Those that are told, connected or not; undefined while that is not known. */
  readonly peersToTell: () => readonly AnnouncedPeer[] | undefined;
  /** Learns who there is; never rejects. */
  readonly refreshPeers?: () => Promise<void>;
  /** Takes away what is kept of peers that there are no more, if it is time; never rejects. */
  readonly forgetGonePeers?: () => Promise<void>;
  readonly wishesOf: (peerId: string) => PeerWishes | undefined;
  /** This process leads from now on, or does not. */
  readonly onElected?: (isLeader: boolean) => void;
}

/** No settings: how often the election is looked at, and how many peers are told at once. */
const ELECTION_MS = 1_000;
const AT_ONCE = 64;
const LEAST_PAUSE_MS = 5;

/**
 * Tells all peers our routes (SPEC §11.9), in one process of all: whichever is elected. What peers
 * know is taken over from whoever did it before. Nothing that goes wrong here ends the process.
 */
export class Broadcaster {
  private readonly logger = new Logger(Broadcaster.name);
  private readonly ending = new AbortController();
  private readonly peers = new Map<string, Announcements>();
  private readonly atWork = new Set<Promise<void>>();
  private isElected = false;
  /** Of whoever told the peers before; undefined while it is being read. */
  private memories: Map<string, BroadcastMemory> | undefined;
  private opening: Promise<void> | undefined;
  private closing: Promise<void> = Promise.resolve();
  private renewedAtMs = -Infinity;
  private wakers = new Set<() => void>();
  private running: Promise<void> | undefined;

  constructor(private readonly parts: BroadcasterParts) {
    parts.metrics.watch(() => this.observed);
  }

  get isLeader(): boolean {
    return this.isElected && this.parts.leadership.isHeld;
  }

  /** What the peer was told; undefined if this process tells it nothing. */
  announcementsTo(peerId: string): Announcements | undefined {
    return this.isLeader ? this.peers.get(peerId) : undefined;
  }

  /** What peers told us is lost: all of them are asked for it. */
  askForFullTables(): void {
    for (const announcements of this.peers.values()) announcements.askForFullTable();
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Something is another that bears on when somebody is to be told. */
  wake(): void {
    for (const waker of [...this.wakers]) waker();
  }

  /** What is on its way is not waited for: whoever comes next tells it again. */
  async stop(): Promise<void> {
    this.ending.abort();
    this.wake();
    await this.running;
  }

  /**
   * Does what is due: the election, those who came and went, and updates, which it does not wait
   * for. Returns after how many milliseconds there may be something to do again.
   */
  async turn(): Promise<number> {
    const { leadership, clock } = this.parts;
    if (hasPassed(ELECTION_MS, this.renewedAtMs, clock())) {
      this.renewedAtMs = clock();
      await leadership.renew();
    }
    if (leadership.isHeld !== this.isElected) this.elected(leadership.isHeld);
    if (!this.isElected) return ELECTION_MS;
    this.takeOver();
    await this.parts.refreshPeers?.();
    if (this.memories === undefined) return ELECTION_MS;
    this.meet(this.memories);
    const nextMs = this.tellWhoIsDue();
    await this.parts.forgetGonePeers?.();
    return nextMs;
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    while (this.atWork.size > 0) await Promise.all(this.atWork);
  }

  private async run(): Promise<void> {
    while (!this.ending.signal.aborted) {
      await this.sleep(await this.turnSafely());
    }
    this.elected(false);
    this.parts.leadership.resign();
    await this.closing;
    await this.opening;
  }

  private async turnSafely(): Promise<number> {
    try {
      return await this.turn();
    } catch (error) {
      this.logger.error(`the peers could not be told: ${String(error)}`);
      return ELECTION_MS;
    }
  }

  private elected(isElected: boolean): void {
    if (isElected === this.isElected) return;
    this.isElected = isElected;
    for (const announcements of this.peers.values()) announcements.end();
    this.peers.clear();
    this.memories = undefined;
    if (!isElected) this.closing = this.parts.keeper.close();
    this.parts.onElected?.(isElected);
    this.logger.log(isElected ? 'this process broadcasts routes' : 'broadcasts routes no longer');
  }

  private takeOver(): void {
    if (this.memories !== undefined || this.opening !== undefined) return;
    this.opening = this.readMemories().finally(() => {
      this.opening = undefined;
      this.wake();
    });
  }

  private async readMemories(): Promise<void> {
    try {
      await this.closing;
      const memories = await this.parts.keeper.open();
      if (this.isElected) this.memories = new Map(memories);
    } catch (error) {
      if (error instanceof ClosedMemoriesError) return;
      this.logger.warn(`what peers were told cannot be read: ${String(error)}`);
    }
  }

  /** Takes note of who came, went or is another than before. */
  private meet(memories: Map<string, BroadcastMemory>): void {
    const peers = this.parts.peersToTell();
    if (peers === undefined) return;
    for (const peer of peers) this.meetOne(peer, memories);
    const ids = new Set(peers.map(({ peerId }) => peerId));
    for (const peerId of [...this.peers.keys(), ...memories.keys()]) {
      if (!ids.has(peerId)) this.forget(peerId, memories);
    }
  }

  private meetOne(peer: AnnouncedPeer, memories: Map<string, BroadcastMemory>): void {
    const { peerId } = peer;
    const known = this.peers.get(peerId);
    const announcements = known ?? this.announcements(peer, memories.get(peerId));
    if (known === undefined) this.peers.set(peerId, announcements);
    else announcements.follow(peer);
    memories.delete(peerId);
    const wishes = this.parts.wishesOf(peerId);
    if (wishes?.showsV21 === true) announcements.heardV21();
    if (wishes?.fullTableAskedMs !== undefined) {
      announcements.fullTableAsked(wishes.fullTableAskedMs);
    }
    if (wishes?.anewAtMs !== undefined) announcements.heardAnew(wishes.anewAtMs);
  }

  private announcements(peer: AnnouncedPeer, memory: BroadcastMemory | undefined): Announcements {
    const parts = {
      ...this.parts,
      isLeading: () => this.isLeader,
      pause: (ms: number) => this.sleep(ms),
    };
    return new Announcements(peer, parts, memory);
  }

  private forget(peerId: string, memories: Map<string, BroadcastMemory>): void {
    this.peers.get(peerId)?.end();
    this.peers.delete(peerId);
    memories.delete(peerId);
    this.work(this.parts.keeper.forget(peerId));
  }

  private tellWhoIsDue(): number {
    const nowMs = this.parts.clock();
    let nextMs = nowMs + ELECTION_MS;
    for (const announcements of this.peers.values()) {
      const dueAtMs = announcements.dueAtMs(nowMs);
      if (dueAtMs === undefined) continue;
      if (dueAtMs > nowMs) nextMs = Math.min(nextMs, dueAtMs);
      else if (this.atWork.size < AT_ONCE) this.work(announcements.tell());
    }
    return Math.max(LEAST_PAUSE_MS, nextMs - nowMs);
  }

  private work(work: Promise<void>): void {
    const done: Promise<void> = work
      .catch((error: unknown) => {
        this.logger.error(`a peer could not be told: ${String(error)}`);
      })
      .finally(() => {
        this.atWork.delete(done);
        this.wake();
      });
    this.atWork.add(done);
  }

  private get observed(): AnnouncingObserved {
    const told = this.isLeader ? [...this.peers.values()] : [];
    return {
      isLeader: this.isLeader,
      peers: told.map(({ figures }) => figures),
      nowMs: this.parts.clock(),
    };
  }

  private sleep(ms: number): Promise<void> {
    if (this.ending.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const waker = (): void => {
        clearTimeout(timer);
        this.wakers.delete(waker);
        resolve();
      };
      const timer = setTimeout(waker, ms);
      this.wakers.add(waker);
    });
  }
}
