/** A line is written at most so often. */
const EVERY_MS = 250;

/** Where a long reading stands, on a terminal: events, speed, and how long it will still take. */
export class ReadingProgress {
  private readonly startedAtMs: number;
  private lastAtMs = 0;
  private hasWritten = false;

  constructor(
    private readonly stream: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>,
    private readonly total: number,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    this.startedAtMs = nowMs();
  }

  /** Elsewhere than on a terminal nothing is written. */
  show(events: number): void {
    if (!this.stream.isTTY) return;
    const now = this.nowMs();
    if (now - this.lastAtMs < EVERY_MS) return;
    this.lastAtMs = now;
    this.hasWritten = true;
    this.stream.write(`\r\u001b[K${progressText(events, this.total, now - this.startedAtMs)}`);
  }

  /** Leaves the line empty for what comes next. */
  end(): void {
    if (this.hasWritten) this.stream.write('\r\u001b[K');
  }
}

export function progressText(events: number, total: number, elapsedMs: number): string {
  const perSecond = Math.round((events * 1000) / Math.max(elapsedMs, 1));
  const left = perSecond === 0 ? '?' : String(Math.ceil(Math.max(total - events, 0) / perSecond));
  const share = total === 0 ? 100 : Math.min(100, Math.floor((events * 100) / total));
  return `${share} % of ${total} events, ${perSecond} per second, ${left} s to go`;
}
