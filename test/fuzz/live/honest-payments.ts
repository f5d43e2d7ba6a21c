import { disagreements, surprises } from '../../../apps/causeway/src/demo/reckoning';
import type { RunningConnector } from '../../support/running-connector';

const ROUND = { there: 40, back: 10, window: 4, delayMs: 50 };

/** Two peers of old that pay each other for as long as they are not stopped. */
export class HonestPayments {
  private isStopped = false;
  private readonly paying: Promise<void>;

  constructor(private readonly running: RunningConnector) {
    this.paying = this.pay();
    // Told by `stop`.
    this.paying.catch(() => undefined);
  }

  get made(): number {
    return this.running.made.there.length + this.running.made.back.length;
  }

  /** One line for each payment, and each balance, that is not what it must be. */
  async stop(): Promise<string[]> {
    this.isStopped = true;
    await this.paying;
    const wrong = surprises(this.running.made);
    return [...wrong, ...disagreements(await this.running.reckonings())];
  }

  private async pay(): Promise<void> {
    while (!this.isStopped) await this.running.pay(ROUND);
  }
}
