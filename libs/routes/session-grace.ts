/**
 * Peers whose session ended a moment ago. They count as connected until it is clear that they do not
 * come back at once, as when a session moves to another gateway. A peer that never had a session has
 * no such time.
 */
export class SessionGrace {
  private readonly closedAtMs = new Map<string, number>();

  /** `graceMs`: for so long after the end of a session its peer is waited for; 0 = not at all. */
  constructor(private readonly graceMs: number) {}

  /** When the first of them is given up; undefined if there is none. */
  get endsAtMs(): number | undefined {
    const [first] = this.closedAtMs.values();
    return first === undefined ? undefined : first + this.graceMs;
  }

  opened(peerId: string): void {
    this.closedAtMs.delete(peerId);
  }

  closed(peerId: string, nowMs: number): void {
    this.closedAtMs.delete(peerId);
    if (this.graceMs > 0) this.closedAtMs.set(peerId, nowMs);
  }

  covers(peerId: string, nowMs: number): boolean {
    const atMs = this.closedAtMs.get(peerId);
    return atMs !== undefined && this.isWaiting(atMs, nowMs);
  }

  /** Gives up whoever had his time, and says who that is. */
  giveUp(nowMs: number): string[] {
    const over = [...this.closedAtMs].filter(([, atMs]) => !this.isWaiting(atMs, nowMs));
    for (const [peerId] of over) this.closedAtMs.delete(peerId);
    return over.map(([peerId]) => peerId);
  }

  /** A clock that was set back must not make it longer. */
  private isWaiting(atMs: number, nowMs: number): boolean {
    return nowMs >= atMs && nowMs < atMs + this.graceMs;
  }
}
