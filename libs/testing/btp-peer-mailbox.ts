interface Waiter<T> {
  readonly matches: (item: T) => boolean;
  readonly take: (item: T) => void;
}

/** Nothing that matches came in time. */
export class NothingCameError extends Error {
  override readonly name = 'NothingCameError';

  constructor(what: string, withinMs: number, came: readonly string[]) {
    super(`no ${what} within ${withinMs} ms; came: ${came.join(', ') || 'nothing'}`);
  }
}

/** What came in, in order; each item can be taken once. */
export class Mailbox<T extends { readonly type: string }> {
  readonly all: T[] = [];
  private readonly untaken: T[] = [];
  private readonly waiters: Waiter<T>[] = [];

  put(item: T): void {
    this.all.push(item);
    const index = this.waiters.findIndex(({ matches }) => matches(item));
    if (index < 0) this.untaken.push(item);
    else this.waiters.splice(index, 1)[0]?.take(item);
  }

  /**
   * Takes the first item that matches and was not taken yet, or the next to come.
   * @throws NothingCameError
   */
  next(matches: (item: T) => boolean, what: string, withinMs: number): Promise<T> {
    const index = this.untaken.findIndex(matches);
    const [found] = index < 0 ? [] : this.untaken.splice(index, 1);
    if (found !== undefined) return Promise.resolve(found);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiters.splice(this.waiters.indexOf(waiter), 1);
        const came = this.all.map(({ type }) => type);
        reject(new NothingCameError(what, withinMs, came));
      }, withinMs);
      const waiter: Waiter<T> = {
        matches,
        take: (item) => {
          clearTimeout(timer);
          resolve(item);
        },
      };
      this.waiters.push(waiter);
    });
  }
}
