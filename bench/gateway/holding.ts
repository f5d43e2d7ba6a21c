import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { inRepository } from '../../apps/causeway/src/demo/repository';
import { type Held, heldSchema, type HoldOrder } from './socket-holders';

/** The process that holds the sockets. */
export class Holding {
  private constructor(private readonly child: ChildProcess) {}

  /** @param program the one that runs the holders when it is started with `word` */
  static async begin(program: string, word: string, order: HoldOrder): Promise<Holding> {
    const runner = inRepository('test', 'support', 'run-typescript.cjs');
    const child = fork(runner, [program, word]);
    child.send(order);
    await answerOf(child);
    return new Holding(child);
  }

  async held(): Promise<Held> {
    this.child.send('count');
    return answerOf(this.child);
  }

  /** Its sockets die with it. */
  async end(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.disconnect();
    await ended;
  }
}

async function answerOf(child: ChildProcess): Promise<Held> {
  const answer: unknown[] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
  return heldSchema.parse(answer[0]);
}
