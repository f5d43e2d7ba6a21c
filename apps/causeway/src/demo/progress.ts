import type { OutcomeCounts } from './historic-peer.messages';

const LINE_EVERY_MS = 2000;

/** A counter that runs while the payments do: on a terminal it stays on one line, elsewhere a line now and then. */
export class Progress {
  private lastAtMs = 0;
  private lastText = '';

  constructor(
    private readonly stream: NodeJS.WriteStream,
    private readonly nowMs: () => number = Date.now,
  ) {}

  show(counts: OutcomeCounts, of: number): void {
    const named = Object.entries(counts).filter(([, count]) => count > 0);
    const done = named.reduce((total, [, count]) => total + count, 0);
    const detail = named.map(([outcome, count]) => `${count} ${outcome}`).join(', ');
    this.write(`${done}/${of} payments${detail === '' ? '' : `: ${detail}`}`, done === of);
  }

  private write(text: string, last: boolean): void {
    if (text === this.lastText) return;
    if (this.stream.isTTY) {
      this.stream.write(`\r\u001b[K  ${text}${last ? '\n' : ''}`);
    } else {
      const now = this.nowMs();
      if (!last && now - this.lastAtMs < LINE_EVERY_MS) return;
      this.lastAtMs = now;
      this.stream.write(`  ${text}\n`);
    }
    this.lastText = text;
  }
}
