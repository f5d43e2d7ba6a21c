import type { FeedPlace } from './events-query';

/** How often the log is asked for new events while somebody waits for some. */
const LOOK_EVERY_MS = 250;

export type Heads = ReadonlyMap<number, number>;

interface Waiting {
  readonly isNews: (heads: Heads) => boolean;
  readonly wake: () => void;
}

/** Looks at the heads of the log for all who wait, once for all of them; nobody waits, nobody looks. */
export class EventsWatch {
  private readonly waiting = new Set<Waiting>();
  private looking = false;

  constructor(private readonly heads: () => Promise<Heads>) {}

  /** Resolves when the log holds more than was read, after `withinMs`, or by the signal. */
  async news(read: FeedPlace, asOf: Heads, limits: WatchLimits): Promise<void> {
    const { withinMs, signal } = limits;
    if (signal.aborted) return;
    const known = read.kind === 'partitions' ? read.after : asOf;
    const isNews = (heads: Heads): boolean =>
      [...known].some(([partition, position]) => (heads.get(partition) ?? 0) > position);
    let wake = (): void => undefined;
    const woken = new Promise<void>((resolve) => (wake = resolve));
    const waiting = { isNews, wake };
    const patience = setTimeout(wake, withinMs);
    signal.addEventListener('abort', wake, { once: true });
    this.waiting.add(waiting);
    void this.look();
    await woken;
    this.waiting.delete(waiting);
    clearTimeout(patience);
    signal.removeEventListener('abort', wake);
  }

  private async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    while (this.waiting.size > 0) {
      const heads = await this.heads().catch(() => undefined);
      for (const { isNews, wake } of this.waiting) {
        // A log that cannot be read is news as well: whoever waits will see for himself.
        if (heads === undefined || isNews(heads)) wake();
      }
      await pause(LOOK_EVERY_MS);
    }
    this.looking = false;
  }
}

export interface WatchLimits {
  readonly withinMs: number;
  readonly signal: AbortSignal;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
