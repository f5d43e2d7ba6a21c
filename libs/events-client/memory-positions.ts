import type { LogEvent } from './log-event';
import { type Advance, type Fold, inLine, type PositionStore } from './position-store';

/**
 * Positions that live as long as the process, for what is folded into memory as well: both are gone
 * together and begin anew together. The position moves event by event, since memory takes nothing
 * back.
 */
export class MemoryPositions implements PositionStore<undefined> {
  private readonly reached = new Map<number, number>();

  positions(): Promise<ReadonlyMap<number, number>> {
    return Promise.resolve(new Map(this.reached));
  }

  async advance(
    partition: number,
    events: readonly LogEvent[],
    fold: Fold<undefined>,
  ): Promise<Advance> {
    const { next, advance } = inLine(events, this.reached.get(partition) ?? 0);
    for (const event of next) {
      await fold(event, undefined);
      this.reached.set(partition, event.position);
    }
    return advance;
  }
}
