import type { Duplex } from 'node:stream';

/**
 * Holds back what is written to a stream until the current turn of the event loop is over, so that
 * all frames of a turn leave in one system call.
 */
export class TurnCork {
  private readonly corked = new Set<Duplex>();

  cork(stream: Duplex): void {
    if (this.corked.has(stream)) return;
    if (this.corked.size === 0) process.nextTick(this.uncorkAll);
    this.corked.add(stream);
    stream.cork();
  }

  private readonly uncorkAll = (): void => {
    const streams = [...this.corked];
    this.corked.clear();
    for (const stream of streams) stream.uncork();
  };
}
