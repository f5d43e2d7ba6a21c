import { Logger } from '@nestjs/common';
import { type PeerAnswer, refusalIn } from '#contracts';
import {
  type Aftermath,
  type BroadcastFailure,
  type BroadcastMemory,
  type BroadcastSettings,
  BroadcastState,
  exportSource,
  type OutgoingUpdate,
  type RouteExport,
} from '#domain/routing';
import { PeerNotConnectedError, PeerSilentError, type RemotePeers } from '#messaging';
import { broadcastEntry, fullTableRequestEntry } from '#protocol';
import { type AnnouncedPeer, isSameAccount } from './announced-peer';
import type { AnnouncingMetrics, PeerFigures, UpdateOutcome } from './announcing-metrics';
import type { MemoryExtent, MemoryKeeper } from './told-memories';

/** What holds for the broadcasts to every peer. */
export type AnnouncementSettings = Omit<
  BroadcastSettings,
  'dialect' | 'sourceLedger' | 'sourceAccount'
> & {
  /** How long a peer may take to answer an update. */
  readonly answerWithinMs: number;
};

export interface AnnouncementParts {
  readonly settings: AnnouncementSettings;
  readonly peers: Pick<RemotePeers, 'ask'>;
  /** Another number after each loss of the bus; undefined while it is lost. */
  readonly busSession: () => number | undefined;
  readonly keeper: Pick<MemoryKeeper, 'keep'>;
  /** What is to be told over a ledger; undefined while the tables do not know it. */
  readonly exportOver: (ledgerId: string, nowMs: number) => RouteExport | undefined;
  /** The routes learnt from the peer are not to be relied on any more (D-34). */
  readonly invalidate: (peerId: string, failure: BroadcastFailure) => void;
  readonly metrics: Pick<AnnouncingMetrics, 'sent'>;
  /** Nobody else may broadcast now. */
  readonly isLeading: () => boolean;
  readonly clock: () => number;
  /** Resolves early when it is not worth waiting any more. */
  readonly pause: (ms: number) => Promise<void>;
}

/** The latest update, for operators. */
export interface LatestUpdate {
  readonly atMs: number;
  readonly outcome: UpdateOutcome;
  /** In whose words it was refused, or how it failed. */
  readonly reason: string | undefined;
}

interface Verdict {
  readonly outcome: UpdateOutcome;
  readonly reason?: string;
}

/** Attempts to keep what a peer is about to be told, and the pauses between them. */
const KEEPING = { attempts: 4, pauseMs: 500 };

/** Tells one peer our routes, one broadcast after the other. */
export class Announcements {
  private readonly logger = new Logger(Announcements.name);
  private state: BroadcastState;
  private isOver = false;
  /** When the peer last asked for everything, as far as it is done or owed. */
  private askedMs: number;
  /** When the peer last began anew, as far as that was considered. */
  private anewMs: number;
  /** When it was decided last to ask the peer for everything. */
  private wantedMs = -Infinity;
  /** What the peer told is lost, and it has not been asked for it. */
  private isAskingOwed = false;
  private keeping: Promise<unknown> = Promise.resolve();
  private acknowledgedMs: number | undefined;
  private latestUpdate: LatestUpdate | undefined;

  /** @param memory of whoever told the peer before */
  constructor(
    private peer: AnnouncedPeer,
    private readonly parts: AnnouncementParts,
    memory?: BroadcastMemory,
  ) {
    this.state = new BroadcastState(this.settingsFor(peer), memory);
    this.askedMs = memory?.lastSentAtMs ?? 0;
    this.anewMs = memory?.lastSentAtMs ?? 0;
    this.follow(peer);
  }

  get announced(): AnnouncedPeer {
    return this.peer;
  }

  dueAtMs(nowMs: number): number | undefined {
    return this.isOver ? undefined : this.state.dueAtMs(nowMs);
  }

  get latest(): LatestUpdate | undefined {
    return this.latestUpdate;
  }

  get memory(): BroadcastMemory {
    return this.state.memory;
  }

  get unsaid(): BroadcastState['unsaid'] {
    return this.state.unsaid;
  }

  /** The peer is this from now on: another session, dialect or account. */
  follow(peer: AnnouncedPeer): void {
    const before = this.peer;
    this.peer = peer;
    if (!isSameAccount(before, peer)) this.state = new BroadcastState(this.settingsFor(peer));
    else if (before.dialect !== peer.dialect) {
      this.state = new BroadcastState(this.settingsFor(peer), this.state.memory);
    }
    const { session } = peer;
    if (session !== undefined) this.state.connected(session.id, session.dialects);
    else this.suffer(this.state.disconnected(), 'disconnected');
  }

  get figures(): PeerFigures {
    const { peerId } = this.peer;
    return { peerId, routes: this.state.toldCount, acknowledgedAtMs: this.acknowledgedMs };
  }

  /** The peer has asked for everything, at that time; it may be said more than once. */
  fullTableAsked(atMs: number): void {
    if (atMs <= this.askedMs) return;
    this.askedMs = atMs;
    this.state.requestFullTable();
  }

  heardV21(): void {
    this.state.heardV21();
  }

  /**
   * The peer spoke at that time, and nothing counted any more of what it had told before. In the
   * midst of a session it does not know that, and goes on telling what has changed. It needs not be
   * asked where it began with everything, or is about to answer a question for it.
   */
  heardAnew(atMs: number): void {
    if (atMs <= this.anewMs) return;
    this.anewMs = atMs;
    const { holdDownMs } = this.parts.settings;
    const openedMs = this.peer.session?.sinceMs ?? atMs;
    if (atMs - openedMs > holdDownMs && atMs - this.wantedMs > 2 * holdDownMs) {
      this.askForFullTable();
    }
  }

  /** What the peer told us is lost: the next broadcast asks it for all of it. */
  askForFullTable(): void {
    this.wantedMs = this.parts.clock();
    this.state.askForFullTable();
    this.isAskingOwed = true;
  }

  /** Nothing is sent any more. */
  end(): void {
    this.isOver = true;
  }

  /** One whole broadcast, if one is due. Never rejects. */
  async tell(): Promise<void> {
    const { state, parts } = this;
    const nowMs = parts.clock();
    const exported = parts.exportOver(this.peer.ledgerId, nowMs);
    if (exported === undefined) return;
    let next = state.tick(
      nowMs,
      exportSource(() => exported),
    );
    if (next === undefined) return;
    const extent = isHeartbeat(next) ? 'all-but-routes' : 'everything';
    if (!(await this.keep(state, extent, KEEPING.attempts))) {
      this.conclude({ outcome: 'not-kept' });
      state.failed(next.number, 'timed-out');
      return;
    }
    const isV17 = next.form.dialect === 'v17';
    while (next !== undefined && this.isStill(state)) next = await this.send(state, next);
    if (this.isStill(state)) await this.keep(state, extent, 1);
    if (this.isStill(state) && this.latestUpdate?.outcome === 'acknowledged') {
      await this.askBack(isV17);
    }
  }

  private async send(
    state: BroadcastState,
    outgoing: OutgoingUpdate,
  ): Promise<OutgoingUpdate | undefined> {
    const verdict = await this.ask(outgoing);
    this.conclude(verdict);
    if (!this.isStill(state)) return undefined;
    if (verdict.outcome !== 'acknowledged') {
      this.fail(state, outgoing.number, verdict.outcome);
      return undefined;
    }
    this.acknowledgedMs = this.parts.clock();
    return state.acknowledged(outgoing.number, this.acknowledgedMs);
  }

  private async ask({ update, form }: OutgoingUpdate): Promise<Verdict> {
    const { peers, settings, busSession } = this.parts;
    const { peerId, session } = this.peer;
    const bus = busSession();
    // What speaks RPC is given what BTP/1.0 is (SPEC §11.7).
    const carriage = session?.speaks === 'BTP/alpha' ? 'ccp' : 'custom';
    const protocolData = [broadcastEntry(update, form, carriage)];
    try {
      return verdictOn(
        await peers.ask(peerId, { protocolData, withinMs: settings.answerWithinMs }),
      );
    } catch (error) {
      if (error instanceof PeerNotConnectedError) return { outcome: 'disconnected' };
      if (error instanceof PeerSilentError) {
        // What we did not hear says nothing of the peer.
        const isOurs = bus === undefined || bus !== busSession();
        return isOurs
          ? { outcome: 'failed', reason: 'the bus was lost' }
          : { outcome: 'timed-out' };
      }
      return { outcome: 'failed', reason: String(error) };
    }
  }

  /** v17 has no member to ask with; whether the peer knows the request apart does not matter. */
  private async askBack(isV17: boolean): Promise<void> {
    if (!this.isAskingOwed) return;
    this.isAskingOwed = false;
    if (!isV17) return;
    const { peers, settings } = this.parts;
    const question = { protocolData: [fullTableRequestEntry()], withinMs: settings.answerWithinMs };
    await peers.ask(this.peer.peerId, question).catch(() => undefined);
  }

  private fail(state: BroadcastState, number: number, outcome: UpdateOutcome): void {
    const failure = FAILURES[outcome];
    const aftermath = state.failed(number, failure ?? 'timed-out');
    // Where it was our own fault nothing follows for what the peer has told us.
    if (failure !== undefined) this.suffer(aftermath, failure);
  }

  private suffer({ invalidatesLearntRoutes }: Aftermath, failure: BroadcastFailure): void {
    if (!invalidatesLearntRoutes) return;
    this.parts.invalidate(this.peer.peerId, failure);
    this.askForFullTable();
  }

  private conclude({ outcome, reason }: Verdict): void {
    const { metrics, clock } = this.parts;
    const isNews = outcome !== this.latestUpdate?.outcome;
    metrics.sent(outcome);
    this.latestUpdate = { atMs: clock(), outcome, reason };
    if (!isNews || outcome === 'acknowledged') return;
    const why = reason === undefined ? '' : `: ${reason}`;
    this.logger.warn(`routes told to ${this.peer.peerId}: ${outcome}${why}`);
  }

  private async keep(
    state: BroadcastState,
    extent: MemoryExtent,
    attempts: number,
  ): Promise<boolean> {
    for (let attempt = 1; this.isStill(state); attempt += 1) {
      try {
        await this.keepNow(state, extent);
        return this.isStill(state);
      } catch (error) {
        if (attempt === 1) this.logger.warn(`what peers were told is not kept: ${String(error)}`);
        if (attempt >= attempts) return false;
        await this.parts.pause(KEEPING.pauseMs * 2 ** attempt);
      }
    }
    return false;
  }

  /** One after the other, so that the latest stays. */
  private keepNow(state: BroadcastState, extent: MemoryExtent): Promise<void> {
    const { keeper } = this.parts;
    const { peerId } = this.peer;
    const keeping = this.keeping.then(() =>
      // Whoever is over may have been forgotten.
      this.isOver ? undefined : keeper.keep(peerId, state.memory, extent),
    );
    this.keeping = keeping.catch(() => undefined);
    return keeping;
  }

  private isStill(state: BroadcastState): boolean {
    return !this.isOver && state === this.state && this.parts.isLeading();
  }

  private settingsFor({ sourceLedger, sourceAccount, dialect }: AnnouncedPeer): BroadcastSettings {
    return { ...this.parts.settings, sourceLedger, sourceAccount, dialect };
  }
}

const FAILURES: Readonly<Partial<Record<UpdateOutcome, BroadcastFailure>>> = {
  refused: 'refused',
  'timed-out': 'timed-out',
  disconnected: 'disconnected',
};

function isHeartbeat({ update }: OutgoingUpdate): boolean {
  return update.newRoutes.length === 0 && update.unreachable.length === 0;
}

function verdictOn(answer: PeerAnswer): Verdict {
  const refusal = refusalIn(answer);
  if (refusal === undefined) return { outcome: 'acknowledged' };
  const { code, name, message } = refusal;
  return { outcome: 'refused', reason: [code, name, message].filter((each) => each).join(' ') };
}
