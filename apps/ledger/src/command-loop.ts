import type { CommandQueue } from './command-queue';
import { Effects, type Send } from './effects';
import type { LoopCommand } from './loop-command';

export interface CommandLoopParts<C = LoopCommand> {
  readonly queue: CommandQueue<C>;
  /** Appends what was staged, after everything that was committed before. */
  readonly commit: () => Promise<unknown>;
  /** Brings back from the log what the batch speaks of and memory has forgotten. */
  readonly recall: (batch: readonly C[]) => Promise<void>;
  /** Decides one command; events are staged, effects collected. */
  readonly decide: (command: C, nowMs: number, effects: Effects) => void;
  /** The whole batch is decided and about to be appended. */
  readonly decided: (nowMs: number, effects: Effects) => void;
  readonly send: Send;
  readonly clock: () => number;
  readonly batchCommands: number;
  /** A batch is on record. */
  readonly committed: (commands: number) => void;
}

/**
 * The ledger's loop: drain, stamp one time, decide, append, and only after the commit answer. The
 * next batch is decided while the last one commits; at most one waits behind it.
 */
export class CommandLoop<C = LoopCommand> {
  constructor(private readonly parts: CommandLoopParts<C>) {}

  /** Runs until the queue is closed. @throws whatever ended the writer. */
  async run(): Promise<void> {
    const { queue, batchCommands } = this.parts;
    let settled = Promise.resolve();
    for (;;) {
      const batch = await queue.take(batchCommands);
      if (batch.length === 0) break;
      await this.parts.recall(batch);
      const effects = this.decideAll(batch);
      const previous = settled;
      settled = this.settle(previous, effects, batch.length);
      // The rejection is met by the next `await previous` or by the last one below.
      settled.catch(() => undefined);
      await previous;
    }
    await settled;
  }

  private decideAll(batch: readonly C[]): Effects {
    const effects = new Effects();
    const nowMs = this.parts.clock();
    for (const command of batch) this.parts.decide(command, nowMs, effects);
    this.parts.decided(nowMs, effects);
    return effects;
  }

  /** Even a batch without events waits: its refusals may rest on events that are not yet on record. */
  private async settle(previous: Promise<void>, effects: Effects, commands: number): Promise<void> {
    await Promise.all([previous, this.parts.commit()]);
    effects.release(this.parts.send);
    this.parts.committed(commands);
  }
}
