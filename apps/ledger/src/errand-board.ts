import { randomInt } from 'node:crypto';
import type { ForwardErrand, LegName, ReportErrand } from '#domain/payment';

/** An errand that nobody answered is repeated after this long, then after twice as long, … */
export const ERRAND_AFTER_MS = 500;
/** … up to this; whatever is known to be open over there is asked for as often. */
export const ERRAND_SELDOM_MS = 4_000;
/** Another owner that has not answered for this long is said to be silent. */
export const OWNER_SILENT_AFTER_MS = 5_000;
/** Outcomes that other owners have not taken in; beyond that the oldest wait to be asked for. */
const OUTCOMES_MAX = 50_000;

const REFERENCES = 2 ** 32;

/** What stays on the board until another owner has answered. */
export type StandingErrand = ForwardErrand | ReportErrand;

interface Standing {
  errand: StandingErrand;
  dueAtMs: number;
  everyMs: number;
  /** Since when nothing was heard from the other owner. */
  silentSinceMs: number;
  wasCalledSilent: boolean;
}

interface Ask extends Standing {
  readonly firstReference: number;
  /** The first one of those that were sent after the incoming transfer's time was over. */
  dueReference: number | undefined;
}

interface Report extends Standing {
  errand: ReportErrand;
  /** The outgoing transfer was put on hold by this owner, so its peer cannot have heard of it. */
  readonly isNew: boolean;
}

/** An answer's place among our asks for the same transfer. */
export interface Standpoint {
  readonly isAnswer: boolean;
  readonly isAnswerWhenDue: boolean;
}

/** Errands to be sent once more, and owners that have just been found silent. */
export interface OverdueErrands {
  readonly errands: readonly StandingErrand[];
  readonly silent: readonly { readonly ledgerId: string; readonly waitedMs: number }[];
}

/**
 * What the owners of other ledgers have yet to answer: what we ask of outgoing transfers as long as
 * the incoming ones are open, and what we report of outgoing ones until their payers' owners have
 * followed. It is made anew from the log by whoever takes the ledgers over. Bounded: asks by the
 * transfers that are open, reports by those and by a limit.
 */
export class ErrandBoard {
  private readonly asks = new Map<string, Ask>();
  private readonly holds = new Map<string, Report>();
  private readonly outcomes = new Map<string, Report>();
  private nextReference: number;

  /** @param firstReference apart from those of the owners before us, so that no answer to them fits */
  constructor(firstReference = randomInt(1, REFERENCES)) {
    this.nextReference = firstReference;
  }

  get size(): number {
    return this.asks.size + this.holds.size + this.outcomes.size;
  }

  /** The same ask again stays what it was, except that it may become urgent. */
  ask(errand: ForwardErrand, nowMs: number): void {
    const known = this.asks.get(keyOf(errand.cause));
    if (known === undefined) {
      const firstReference = this.nextReference;
      const dueReference = errand.isDue ? firstReference : undefined;
      this.asks.set(keyOf(errand.cause), {
        ...this.begun(errand, nowMs),
        firstReference,
        dueReference,
      });
    } else if (errand.isDue && known.dueReference === undefined) {
      known.errand = errand;
      known.dueReference = this.nextReference;
      hurry(known, nowMs);
    }
  }

  /**
   * @param isNew whether the transfer was put on hold just now
   * @returns what is to be told: of an outcome what was reported first, of what is open the latest,
   * for what its peer may have said changes with time
   */
  report(errand: ReportErrand, nowMs: number, isNew: boolean): ReportErrand {
    const key = keyOf(errand.outgoing);
    const isHold = errand.leg.kind === 'open';
    if (!isHold) this.holds.delete(key);
    const reports = isHold ? this.holds : this.outcomes;
    const known = reports.get(key);
    if (known !== undefined) {
      if (isHold) known.errand = errand;
      return known.errand;
    }
    reports.set(key, { ...this.begun(errand, nowMs), errand, isNew });
    this.forgetBeyondLimit();
    return errand;
  }

  /** The number that an ask goes out with; never used again, and never 0. */
  takeReference(): number {
    const reference = this.nextReference;
    this.nextReference = (reference + 1) % REFERENCES || 1;
    return reference;
  }

  /** Something was heard about the outgoing transfer of this incoming one. */
  hear(incoming: LegName, reference: number, nowMs: number): Standpoint {
    const ask = this.asks.get(keyOf(incoming));
    if (ask === undefined) return { isAnswer: false, isAnswerWhenDue: false };
    ask.silentSinceMs = nowMs;
    ask.wasCalledSilent = false;
    const isAnswer = this.isBetween(ask.firstReference, reference);
    const { dueReference } = ask;
    const isAnswerWhenDue = dueReference !== undefined && this.isBetween(dueReference, reference);
    return { isAnswer, isAnswerWhenDue };
  }

  /** It is open over there: enough to ask again now and then, unless the time here is over. */
  rest(incoming: LegName, nowMs: number): void {
    const ask = this.asks.get(keyOf(incoming));
    if (ask === undefined || ask.dueReference !== undefined) return;
    ask.everyMs = ERRAND_SELDOM_MS;
    ask.dueAtMs = nowMs + ERRAND_SELDOM_MS;
  }

  /** The incoming transfer has ended. */
  dropAsk(incoming: LegName): void {
    this.asks.delete(keyOf(incoming));
  }

  /** May the outgoing transfer's peer not hear of it yet? */
  isHeld(outgoing: LegName): boolean {
    return this.holds.has(keyOf(outgoing));
  }

  /** The other owner has answered; undefined if it had before. */
  settle(outgoing: LegName, what: 'hold' | 'outcome'): { readonly isNew: boolean } | undefined {
    const reports = what === 'hold' ? this.holds : this.outcomes;
    const report = reports.get(keyOf(outgoing));
    reports.delete(keyOf(outgoing));
    return report;
  }

  /** Other owners speak for these ledgers from now on. */
  release(ledgerIds: ReadonlySet<string>): void {
    for (const [key, { errand }] of this.asks) {
      if (errand.kind === 'forward' && ledgerIds.has(errand.cause.ledgerId)) this.asks.delete(key);
    }
    for (const reports of [this.holds, this.outcomes]) {
      for (const [key, { errand }] of reports) {
        if (ledgerIds.has(errand.outgoing.ledgerId)) reports.delete(key);
      }
    }
  }

  /** What has waited too long, now counted as sent again. */
  takeOverdue(nowMs: number): OverdueErrands {
    const errands: StandingErrand[] = [];
    const silent: { ledgerId: string; waitedMs: number }[] = [];
    for (const standing of this.all()) {
      if (nowMs < standing.dueAtMs && standing.dueAtMs <= nowMs + ERRAND_SELDOM_MS) continue;
      errands.push(standing.errand);
      standing.dueAtMs = nowMs + standing.everyMs;
      standing.everyMs = Math.min(2 * standing.everyMs, ERRAND_SELDOM_MS);
      const waitedMs = nowMs - standing.silentSinceMs;
      if (standing.wasCalledSilent || waitedMs < OWNER_SILENT_AFTER_MS) continue;
      standing.wasCalledSilent = true;
      silent.push({ ledgerId: otherLedger(standing.errand), waitedMs });
    }
    return { errands, silent };
  }

  private *all(): Generator<Standing> {
    yield* this.asks.values();
    yield* this.holds.values();
    yield* this.outcomes.values();
  }

  private begun(errand: StandingErrand, nowMs: number): Standing {
    return {
      errand,
      dueAtMs: nowMs + ERRAND_AFTER_MS,
      everyMs: 2 * ERRAND_AFTER_MS,
      silentSinceMs: nowMs,
      wasCalledSilent: false,
    };
  }

  /** Was the reference given out since `first` was? Numbers go round. */
  private isBetween(first: number, reference: number): boolean {
    if (reference === 0) return false;
    return distance(first, reference) < distance(first, this.nextReference);
  }

  private forgetBeyondLimit(): void {
    if (this.outcomes.size <= OUTCOMES_MAX) return;
    const [oldest] = this.outcomes.keys();
    if (oldest !== undefined) this.outcomes.delete(oldest);
  }
}

function hurry(standing: Standing, nowMs: number): void {
  standing.dueAtMs = nowMs + ERRAND_AFTER_MS;
  standing.everyMs = ERRAND_AFTER_MS;
}

function distance(from: number, to: number): number {
  return (to - from + REFERENCES) % REFERENCES;
}

function keyOf({ ledgerId, transferId }: LegName): string {
  return `${ledgerId}/${transferId}`;
}

function otherLedger(errand: StandingErrand): string {
  return errand.kind === 'forward' ? errand.outgoing.ledgerId : errand.incoming.ledgerId;
}
