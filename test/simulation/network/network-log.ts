import { createHash, type Hash } from 'node:crypto';

/** Lines that are kept for a trace: the latest, besides all that are marked. */
const LATEST_KEPT = 30;

/** What happened in a network. The digest stands for every line, the trace for few. */
export class NetworkLog {
  private readonly hash: Hash = createHash('sha256');
  private readonly marked: string[] = [];
  private readonly latest: string[] = [];
  private steps = 0;

  constructor(private readonly nowMs: () => number) {}

  get step(): number {
    return this.steps;
  }

  get digest(): string {
    return this.hash.copy().digest('hex');
  }

  /** What the network does by itself. */
  write(text: string): void {
    this.latest.push(this.line(text));
    if (this.latest.length > LATEST_KEPT) this.latest.shift();
  }

  /** What is done to it. */
  mark(text: string): void {
    this.marked.push(this.line(text));
  }

  trace(): string[] {
    return [...this.marked, '...', ...this.latest];
  }

  private line(text: string): string {
    this.steps += 1;
    const line = `#${this.steps} ${this.nowMs() / 1000}s ${text}`;
    this.hash.update(`${line}\n`);
    return line;
  }
}

/** Something that must hold of every network does not hold of this one. */
export class Violation extends Error {
  override readonly name = 'Violation';

  constructor(
    readonly rule: string,
    message: string,
  ) {
    super(`${rule}: ${message}`);
  }
}
