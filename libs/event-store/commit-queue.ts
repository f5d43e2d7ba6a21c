interface Commit<T> {
  readonly items: readonly T[];
  readonly resolve: (items: readonly T[]) => void;
  readonly reject: (error: Error) => void;
}

export interface CommitQueueOptions<T> {
  /** Makes items durable, all or none. */
  readonly append: (items: readonly T[]) => Promise<void>;
  /** Called once, when `append` has failed; gives the error that everybody waiting hears. */
  readonly onFailure: (error: unknown) => Error;
  /** Commits that wait together go together up to this number of items; a larger one goes alone. */
  readonly itemsMax: number;
}

/**
 * Group commit: at most one append is under way, whatever is asked for meanwhile goes with the next
 * one, and order is kept. After a failure the queue is closed for good.
 */
export class CommitQueue<T> {
  private waiting: Commit<T>[] = [];
  private underWay: Commit<T>[] = [];
  private closedBy: Error | undefined;
  private drained: (() => void)[] = [];

  constructor(private readonly options: CommitQueueOptions<T>) {}

  /**
   * Resolves when the items and everything pushed before them are durable; with no items it is a
   * barrier, for answers that rest on what is not durable yet.
   */
  push(items: readonly T[]): Promise<readonly T[]> {
    if (this.closedBy !== undefined) return Promise.reject(this.closedBy);
    return new Promise((resolve, reject) => {
      this.waiting.push({ items, resolve, reject });
      this.pump();
    });
  }

  /** Resolves when nothing waits any more, be it durable or refused. */
  whenDrained(): Promise<void> {
    if (this.underWay.length === 0 && this.waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.drained.push(resolve));
  }

  /** Refuses everything that waits, what is under way included, and everything to come. */
  close(error: Error): void {
    if (this.closedBy !== undefined) return;
    this.closedBy = error;
    const refused = [...this.underWay, ...this.waiting];
    this.underWay = [];
    this.waiting = [];
    for (const commit of refused) commit.reject(error);
    this.announceIfDrained();
  }

  private pump(): void {
    if (this.underWay.length > 0) return;
    const group = this.nextGroup();
    if (group.length === 0) {
      this.announceIfDrained();
      return;
    }
    this.underWay = group;
    void this.run(group);
  }

  private nextGroup(): Commit<T>[] {
    let items = 0;
    let length = 0;
    for (const commit of this.waiting) {
      items += commit.items.length;
      if (length > 0 && items > this.options.itemsMax) break;
      length += 1;
    }
    return this.waiting.splice(0, length);
  }

  private async run(group: readonly Commit<T>[]): Promise<void> {
    try {
      const items = group.length === 1 ? (group[0]?.items ?? []) : group.flatMap((c) => c.items);
      if (items.length > 0) await this.options.append(items);
    } catch (error) {
      if (this.closedBy === undefined) this.close(this.options.onFailure(error));
      return;
    }
    if (this.closedBy === undefined) this.finish(group);
  }

  private finish(group: readonly Commit<T>[]): void {
    this.underWay = [];
    for (const commit of group) commit.resolve(commit.items);
    // Whoever waited reacts in a later microtask: the next append is on its way before that.
    this.pump();
  }

  private announceIfDrained(): void {
    const listeners = this.drained;
    this.drained = [];
    for (const listener of listeners) listener();
  }
}
