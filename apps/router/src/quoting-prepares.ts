import { Logger } from '@nestjs/common';
import type { QuotedAmount, RemoteOutcome, RemoteQuoteNeeded } from '#domain/routing';
import { QUOTE_ROUNDS, TOO_MANY_ROUNDS } from '#routes';

/** What waits for a quote of a next hop: no more than this, and no longer. */
export interface QuotingLimits {
  /** Bytes of all entries together. */
  readonly bytes: number;
  /** Shorter than a peer waits for its answer, so that nothing is planned for nobody. */
  readonly timeMs: number;
}

/** How long is by how long a peer waits. */
export const QUOTING_BYTES = 16 * 1024 * 1024;

/** A Prepare that cannot be planned before its next hop has been asked. */
export interface QuotingPrepare {
  /** Names the payment: a repetition waits in its place. */
  readonly id: string;
  readonly entry: Buffer;
  readonly needed: RemoteQuoteNeeded;
}

/** What is known now, or that nobody waits any longer. */
export type QuotingEnd = RemoteOutcome | { readonly kind: 'late' };

export interface QuotingPorts {
  readonly ask: (needed: RemoteQuoteNeeded) => Promise<RemoteOutcome>;
  /** Another question may be what comes of it; then it is asked in what is left of the time. */
  readonly resume: (
    entry: Buffer,
    ended: QuotingEnd,
    quotedAmount: QuotedAmount | undefined,
  ) => RemoteQuoteNeeded | undefined;
  readonly nowMs: () => number;
}

interface Waiting {
  entry: Buffer;
  readonly untilMs: number;
}

/**
 * Prepares that wait for quotes of next hops, each in a copy, while all others go on. One whose time
 * is over goes on as well, to be refused; what its next hop says then counts for those that follow.
 */
export class QuotingPrepares {
  private readonly logger = new Logger(QuotingPrepares.name);
  /** The one that has waited longest is the first. */
  private readonly waiting = new Map<string, Waiting>();
  private bytes = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly ports: QuotingPorts,
    private readonly limits: QuotingLimits,
  ) {}

  get size(): number {
    return this.waiting.size;
  }

  /** False if there is no room. */
  hold({ id, entry, needed }: QuotingPrepare): boolean {
    const known = this.waiting.get(id);
    const grows = entry.length - (known?.entry.length ?? 0);
    if (this.bytes + grows > this.limits.bytes) return false;
    if (known !== undefined) {
      this.bytes += grows;
      known.entry = Buffer.from(entry);
      return true;
    }
    const untilMs = this.ports.nowMs() + this.limits.timeMs;
    const waiting = { entry: Buffer.from(entry), untilMs };
    this.waiting.set(id, waiting);
    this.bytes += entry.length;
    this.watch();
    this.ask(id, waiting, needed)
      .catch((error: unknown) => {
        this.logger.error(`a payment that waited for a quote was not planned: ${String(error)}`);
      })
      .finally(() => {
        this.release(id, waiting);
      });
    return true;
  }

  /** Forgets all of them: their gateways send them again, to others. */
  close(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.waiting.clear();
    this.bytes = 0;
  }

  private async ask(id: string, waiting: Waiting, first: RemoteQuoteNeeded): Promise<void> {
    let needed = first;
    for (let round = 0; round < QUOTE_ROUNDS; round += 1) {
      const outcome = await this.ports.ask(needed);
      if (this.waiting.get(id) !== waiting) return;
      const quotedAmount = outcome.kind === 'amount' ? outcome.amount : undefined;
      const another = this.ports.resume(waiting.entry, outcome, quotedAmount);
      if (another === undefined) return;
      needed = another;
    }
    this.ports.resume(waiting.entry, { kind: 'failed', failure: TOO_MANY_ROUNDS }, undefined);
  }

  private release(id: string, waiting: Waiting): void {
    if (this.waiting.get(id) !== waiting) return;
    this.waiting.delete(id);
    this.bytes -= waiting.entry.length;
  }

  private watch(): void {
    const [first] = this.waiting.values();
    if (this.timer !== undefined || first === undefined) return;
    const leftMs = Math.max(1, first.untilMs - this.ports.nowMs());
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.giveUp();
      this.watch();
    }, leftMs);
  }

  private giveUp(): void {
    const nowMs = this.ports.nowMs();
    for (const [id, waiting] of this.waiting) {
      if (waiting.untilMs > nowMs) return;
      this.release(id, waiting);
      this.ports.resume(waiting.entry, { kind: 'late' }, undefined);
    }
  }
}
