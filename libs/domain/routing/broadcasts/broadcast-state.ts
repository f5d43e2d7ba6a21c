import type { BroadcastForm, CcpDialect, CurvelessV17, RoutingUpdate } from '#protocol';
import { Announcer, type AnnouncerSettings, type UnsaidReason } from './announcer';
import type { BroadcastMemory } from './broadcast-memory';
import { BroadcastRound, type RoundPart } from './broadcast-round';
import { DialectChoice } from './dialect-choice';
import type { ExportSource } from './exported-route';
import { ToldRoutes } from './told-routes';

export interface BroadcastSettings extends AnnouncerSettings {
  readonly dialect: CcpDialect | 'auto';
  readonly curvelessV17: CurvelessV17;
  /** Least time between two ordinary broadcasts; less than the hold-down time. */
  readonly intervalMs: number;
}

/** What SPEC §11.9 and §14.1 say where an operator says nothing. */
export const BROADCAST_DEFAULTS = {
  dialect: 'auto',
  curvelessV17: 'omit',
  intervalMs: 30_000,
  holdDownMs: 45_000,
  // A frame of 64 KiB, less what stands around the message.
  maxUpdateBytes: 60_000,
} as const satisfies Partial<BroadcastSettings>;

/** One update on its way to a peer. */
export interface OutgoingUpdate {
  /** By which its outcome is told. */
  readonly number: number;
  readonly update: RoutingUpdate;
  readonly form: BroadcastForm;
}

/** Why an update has not arrived, as far as we know. */
export type BroadcastFailure = 'refused' | 'timed-out' | 'disconnected';

/** What follows from a failure for the tables. */
export interface Aftermath {
  /** Routes learnt from the peer are no longer to be relied on (SPEC §11.9, D-34). */
  readonly invalidatesLearntRoutes: boolean;
}

const HARMLESS: Aftermath = { invalidatesLearntRoutes: false };

/**
 * What one peer has been told of our routes, and what it is to be told next (SPEC §11.9). One
 * broadcast is under way at a time, one update of it in flight. The caller sends what it is given and
 * reports what became of it. It keeps `memory` before it sends the first update of a broadcast, and
 * when that is over: then whoever takes over neither floods the peer nor forgets to withdraw.
 */
export class BroadcastState {
  private readonly dialect: DialectChoice;
  private readonly told: ToldRoutes;
  private sessionId: string | undefined;
  private isFullOwed: boolean;
  private isOwedAtOnce: boolean;
  private isRequestOwed: boolean;
  private lastSentAtMs: number | undefined;
  /** When the peer last accepted anything, or was sent it by whoever broadcast before us. */
  private reachedAtMs: number | undefined;
  private round: BroadcastRound | undefined;
  private inFlight: RoundPart | undefined;
  private lastNumber = 0;
  /** Of the export that the peer is up to; known only while nothing has gone wrong. */
  private revision: number | undefined;

  /** @param memory of who broadcast before us; without it the peer hears all of it again */
  constructor(
    private readonly settings: BroadcastSettings,
    memory?: BroadcastMemory,
  ) {
    this.dialect = DialectChoice.of(settings.dialect, memory?.dialect);
    this.told = new ToldRoutes(memory?.told ?? []);
    this.sessionId = memory?.sessionId;
    this.isFullOwed = memory?.isFullOwed ?? true;
    this.isOwedAtOnce = memory?.isOwedAtOnce ?? false;
    this.isRequestOwed = memory?.isRequestOwed ?? false;
    this.lastSentAtMs = memory?.lastSentAtMs;
    this.reachedAtMs = memory?.lastSentAtMs;
  }

  get memory(): BroadcastMemory {
    const content = this.round?.content;
    return {
      version: 1,
      ...(this.sessionId !== undefined && { sessionId: this.sessionId }),
      dialect: this.dialect.findings,
      isFullOwed: this.isFullOwed || content?.isFull === true,
      isOwedAtOnce: this.isOwedAtOnce,
      isRequestOwed: this.isRequestOwed,
      ...(this.lastSentAtMs !== undefined && { lastSentAtMs: this.lastSentAtMs }),
      told: this.told.entries(content?.routes ?? []),
    };
  }

  /** When the next tick can bring anything; undefined while none can. */
  dueAtMs(nowMs: number): number | undefined {
    if (this.sessionId === undefined || this.round !== undefined) return undefined;
    if (this.isOwedAtOnce || this.lastSentAtMs === undefined) return 0;
    this.mindClock(nowMs);
    return this.lastSentAtMs + this.settings.intervalMs;
  }

  /** Routes that the peer is not told, though they are in its export. */
  get unsaid(): ReadonlyMap<string, UnsaidReason> {
    return this.told.unsaid;
  }

  /** How many routes the peer knows of us, or may know. */
  get toldCount(): number {
    return this.told.count;
  }

  get dialectInUse(): CcpDialect {
    return this.dialect.findings.inUse;
  }

  /**
   * The peer has authenticated. The first update of a session goes out at once, with everything
   * (D-33); a session that is known already owes nothing.
   * @param dialects that the peer says it reads, if it says so (D-9)
   */
  connected(sessionId: string, dialects: readonly CcpDialect[] = []): void {
    if (dialects.includes('v21') && this.dialect.shown()) this.isFullOwed = true;
    if (sessionId === this.sessionId) return;
    this.disconnected();
    this.sessionId = sessionId;
    this.isOwedAtOnce = true;
    this.isRequestOwed = true;
  }

  disconnected(): Aftermath {
    const wasInFlight = this.inFlight !== undefined;
    this.abandonRound();
    this.dialect.unanswered();
    this.sessionId = undefined;
    this.isOwedAtOnce = false;
    return { invalidatesLearntRoutes: wasInFlight };
  }

  /** The peer wants everything with the next ordinary update. */
  requestFullTable(): void {
    this.isFullOwed = true;
  }

  /** What the peer told is lost: it is asked for all of it, in a dialect that can ask. */
  askForFullTable(): void {
    this.isRequestOwed = true;
  }

  /** The peer has sent something that only v21 has. */
  heardV21(): void {
    if (this.dialect.shown()) this.isFullOwed = true;
  }

  /**
   * The update to send now, if one is due: what has changed, everything where that is owed, or
   * nothing but the sign that we are there.
   */
  tick(nowMs: number, changesSince: ExportSource): OutgoingUpdate | undefined {
    const dueAtMs = this.dueAtMs(nowMs);
    if (dueAtMs === undefined || dueAtMs > nowMs) return undefined;
    if (this.hasBeenDropped(nowMs)) this.isFullOwed = true;
    this.round = this.newRound(changesSince);
    this.isFullOwed = false;
    this.isOwedAtOnce = false;
    this.lastSentAtMs = nowMs;
    return this.nextPart(this.round);
  }

  /**
   * The peer has accepted the update of that number. Returns the next one of the same broadcast.
   * @param atMs when it did so; when the broadcast began, unless told
   */
  acknowledged(number: number, atMs = this.lastSentAtMs): OutgoingUpdate | undefined {
    const { round, inFlight } = this;
    if (round === undefined || inFlight === undefined || number !== this.lastNumber) {
      return undefined;
    }
    this.told.accepted(inFlight);
    this.reachedAtMs = atMs;
    this.inFlight = undefined;
    this.isRequestOwed = false;
    if (isOfDialect(inFlight) && round.announcer.form.dialect === this.dialectInUse) {
      this.dialect.accepted();
    }
    const next = this.nextPart(round);
    if (next !== undefined) return next;
    this.revision = round.content.revision;
    this.round = undefined;
    return undefined;
  }

  /** The update of that number has not arrived, or was not accepted. All will be told again. */
  failed(number: number, failure: BroadcastFailure): Aftermath {
    if (this.inFlight === undefined || number !== this.lastNumber) return HARMLESS;
    const wasInUse = this.round?.announcer.form.dialect === this.dialectInUse;
    this.abandonRound();
    if (failure !== 'refused') {
      this.dialect.unanswered();
      return { invalidatesLearntRoutes: true };
    }
    if (wasInUse) this.isOwedAtOnce = this.dialect.refused();
    return HARMLESS;
  }

  /**
   * A clock that was set back, or is far behind the one that counted before, must not keep us silent
   * until it has caught up, nor for so long that the peer drops our routes.
   */
  private mindClock(nowMs: number): void {
    const { holdDownMs, intervalMs } = this.settings;
    const slackMs = (holdDownMs - intervalMs) / 2;
    if (this.lastSentAtMs === undefined || this.lastSentAtMs <= nowMs + slackMs) return;
    this.lastSentAtMs = nowMs - intervalMs + slackMs;
    this.reachedAtMs = undefined;
  }

  /** Has it heard nothing for so long that it no longer counts on what we told it? */
  private hasBeenDropped(nowMs: number): boolean {
    return this.reachedAtMs !== undefined && nowMs - this.reachedAtMs >= this.settings.holdDownMs;
  }

  private newRound(changesSince: ExportSource): BroadcastRound {
    const { curvelessV17 } = this.settings;
    const announcer = new Announcer(this.settings, { dialect: this.dialectInUse, curvelessV17 });
    const isFull = this.isFullOwed;
    const since = isFull ? 0 : (this.revision ?? 0);
    const exported = changesSince(since);
    const isComplete = since === 0 || exported.isComplete === true;
    const news = this.told.news(exported, announcer, { isComplete, isFull });
    const { revision } = exported;
    const requestFullTable = this.isRequestOwed;
    return new BroadcastRound({ ...news, requestFullTable, isFull, revision }, announcer);
  }

  private nextPart(round: BroadcastRound): OutgoingUpdate | undefined {
    this.inFlight = round.next();
    if (this.inFlight === undefined) return undefined;
    this.lastNumber += 1;
    const { update } = this.inFlight;
    return { number: this.lastNumber, update, form: round.announcer.form };
  }

  private abandonRound(): void {
    if (this.inFlight !== undefined) this.told.uncertain(this.inFlight);
    this.inFlight = undefined;
    this.round = undefined;
    this.revision = undefined;
    this.isFullOwed = true;
  }
}

/** Does it hold anything that another dialect's reader would refuse? */
function isOfDialect({ update: { newRoutes, requestFullTable } }: RoundPart): boolean {
  return newRoutes.length > 0 || requestFullTable;
}
