/** Counts by name. */
export class Tally {
  private readonly counts = new Map<string, number>();

  add(what: string, times = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + times);
  }

  of(what: string): number {
    return this.counts.get(what) ?? 0;
  }

  /** Most frequent first. */
  get entries(): readonly (readonly [what: string, times: number])[] {
    return [...this.counts].sort(([one, a], [other, b]) => b - a || (one < other ? -1 : 1));
  }

  get total(): number {
    return [...this.counts.values()].reduce((sum, times) => sum + times, 0);
  }
}
