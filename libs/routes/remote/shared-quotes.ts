import { Logger } from '@nestjs/common';
import {
  type KeyValue,
  type KeyValueListener,
  type KeyValueWatch,
  RevisionConflictError,
} from '#messaging';
import { encodeSharedQuote, readSharedQuote, type SharedQuote } from './shared-quote';

export interface SharedQuotesParts {
  readonly bucket: Pick<KeyValue, 'put' | 'watch'>;
  /** Names this process. */
  readonly instanceId: string;
  readonly clock: () => number;
  /** So many questions are remembered; of more the oldest are forgotten. */
  readonly maxKeys: number;
  /** What any process was quoted, as soon as it is seen. */
  readonly onQuoted: (said: Extract<SharedQuote, { kind: 'quoted' }>) => void;
}

/** Whether this process is to ask, or another one does so already. */
export type Claim =
  | { readonly kind: 'ours'; readonly revision: number }
  /** The bucket cannot be used: everybody asks for himself. */
  | { readonly kind: 'unshared' }
  | { readonly kind: 'theirs'; readonly untilMs: number };

interface Seen {
  /** undefined = it is gone, or cannot be read. */
  readonly said: SharedQuote | undefined;
  readonly revision: number;
}

/** What was written is seen within that time, or nobody waits for it. */
const SEEN_WITHIN_MS = 500;

/**
 * The quotes of next hops that all routers and quoters share, so that one question is asked once,
 * by whichever of them was first. It is only a convenience: where the bucket fails, each asks.
 */
export class SharedQuotes implements KeyValueListener {
  private readonly logger = new Logger(SharedQuotes.name);
  /** Oldest first. */
  private readonly seen = new Map<string, Seen>();
  private readonly waiting = new Map<string, Set<() => void>>();
  private watch: Pick<KeyValueWatch, 'stop'> | undefined;
  private hasStopped = false;
  private isFailing = false;

  constructor(private readonly parts: SharedQuotesParts) {}

  start(): void {
    this.watch = this.parts.bucket.watch('', this);
  }

  /** Nobody waits for anything any more. */
  async stop(): Promise<void> {
    this.hasStopped = true;
    for (const key of [...this.waiting.keys()]) this.wake(key);
    await this.watch?.stop();
  }

  /** Says to all others that this process asks, unless another one said so before. */
  async claim(key: string, untilMs: number): Promise<Claim> {
    const theirs = this.theirs(key);
    if (theirs !== undefined) return theirs;
    const { instanceId: by } = this.parts;
    const revision = this.seen.get(key)?.revision ?? 0;
    try {
      const written = await this.write(key, { kind: 'asking', by, untilMs }, revision);
      return { kind: 'ours', revision: written };
    } catch (error) {
      if (!(error instanceof RevisionConflictError)) return this.unshared(error);
      await this.changes(key, revision, SEEN_WITHIN_MS);
      return this.theirs(key) ?? this.settledMeanwhile(key, revision);
    }
  }

  /** Tells all others what came of it. Never rejects. */
  async settle(key: string, said: SharedQuote, claim: Claim): Promise<void> {
    try {
      await this.write(key, said, claim.kind === 'ours' ? claim.revision : undefined);
    } catch (error) {
      this.unshared(error);
    }
  }

  /** What came of the question that another process asks; undefined if that did not say in time. */
  async settled(key: string, untilMs: number): Promise<SharedQuote | undefined> {
    for (;;) {
      const { said, revision } = this.seen.get(key) ?? { said: undefined, revision: 0 };
      if (said?.kind !== 'asking') return said;
      const leftMs = Math.min(untilMs, said.untilMs) - this.parts.clock();
      if (leftMs <= 0 || this.hasStopped) return undefined;
      await this.changes(key, revision, leftMs);
    }
  }

  onReset(): void {
    this.seen.clear();
    for (const key of [...this.waiting.keys()]) this.wake(key);
  }

  onPut(key: string, value: Buffer, revision: number): void {
    const said = readSharedQuote(value);
    this.see(key, { said, revision });
    if (said?.kind === 'quoted') this.parts.onQuoted(said);
  }

  onDelete(key: string, revision: number): void {
    this.see(key, { said: undefined, revision });
  }

  private see(key: string, seen: Seen): void {
    if (seen.revision < (this.seen.get(key)?.revision ?? 0)) return;
    this.seen.delete(key);
    this.seen.set(key, seen);
    if (this.seen.size > this.parts.maxKeys) {
      const [oldest] = this.seen.keys();
      if (oldest !== undefined) this.seen.delete(oldest);
    }
    this.wake(key);
  }

  private theirs(key: string): Extract<Claim, { kind: 'theirs' }> | undefined {
    const said = this.seen.get(key)?.said;
    if (said?.kind !== 'asking' || said.by === this.parts.instanceId) return undefined;
    return said.untilMs > this.parts.clock()
      ? { kind: 'theirs', untilMs: said.untilMs }
      : undefined;
  }

  /** The other one was so quick that it is done already; or the server forgot what we knew. */
  private settledMeanwhile(key: string, revision: number): Claim {
    const isNewer = (this.seen.get(key)?.revision ?? 0) > revision;
    return isNewer ? { kind: 'theirs', untilMs: this.parts.clock() } : { kind: 'unshared' };
  }

  private async write(key: string, said: SharedQuote, revision?: number): Promise<number> {
    const written = await this.parts.bucket.put(key, encodeSharedQuote(said), revision);
    this.isFailing = false;
    this.see(key, { said, revision: written });
    return written;
  }

  private unshared(error: unknown): Claim {
    // Once, and not for every question that a peer can think of.
    if (!this.isFailing) {
      this.logger.warn(`quotes of next hops are not shared: ${String(error)}`);
    }
    this.isFailing = true;
    return { kind: 'unshared' };
  }

  /** Resolves when something newer is seen under the key, or the time is over. */
  private changes(key: string, revision: number, withinMs: number): Promise<void> {
    const isSeen = (this.seen.get(key)?.revision ?? 0) > revision;
    if (isSeen || this.hasStopped) return Promise.resolve();
    return new Promise((resolve) => {
      const wakers = this.waiting.get(key) ?? new Set();
      this.waiting.set(key, wakers);
      const waker = (): void => {
        clearTimeout(timer);
        wakers.delete(waker);
        if (wakers.size === 0 && this.waiting.get(key) === wakers) this.waiting.delete(key);
        resolve();
      };
      const timer = setTimeout(waker, withinMs);
      wakers.add(waker);
    });
  }

  private wake(key: string): void {
    for (const waker of [...(this.waiting.get(key) ?? [])]) waker();
  }
}
