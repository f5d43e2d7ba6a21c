import { CalledProcess } from './called-process';
import { inRepository } from './repository';
import {
  balancesSchema,
  outcomesSchema,
  peerMessageSchema,
  receiptsSchema,
  type PaymentOrder,
  type PaymentOutcome,
  type PeerBalances,
  type PeerMessage,
  type PeerOptions,
  type PeerReceipts,
  type PeerWatch,
} from './historic-peer.messages';

const START_WITHIN_MS = 60_000;

/**
 * One unmodified ilp-plugin-payment-channel-framework@1.3.5 in a process of its own. It ends when we end, however
 * we end.
 */
export class HistoricPeer {
  /** How often its connection came up; more than once means that it had to be restarted. */
  connections = 0;
  private readonly process: CalledProcess;

  private constructor(
    readonly name: string,
    private readonly watch: PeerWatch,
  ) {
    this.process = new CalledProcess({
      name: `the peer ${name}`,
      program: inRepository('test', 'interop', 'historic-peer.cjs'),
      onMessage: (message) => {
        this.hear(peerMessageSchema.parse(message));
      },
    });
  }

  /**
   * Resolves when the listener listens or the dialler is connected.
   *
   * @throws Error when that takes longer than `startWithinMs`.
   */
  static async start(options: PeerOptions, watch: PeerWatch = {}): Promise<HistoricPeer> {
    const peer = new HistoricPeer(options.name, watch);
    try {
      await peer.process.call('start', { startWithinMs: START_WITHIN_MS, ...options });
      return peer;
    } catch (error) {
      await peer.stop();
      throw error;
    }
  }

  /** Resolves when there is an authenticated connection. */
  async connected(withinMs: number): Promise<void> {
    await this.process.call('connected', { withinMs });
  }

  /** Sends the payments, at most `window` at once, and resolves when all are decided; in their order. */
  async pay(payments: readonly PaymentOrder[], window: number): Promise<PaymentOutcome[]> {
    return outcomesSchema.parse(await this.process.call('pay', { payments, window }));
  }

  async balances(): Promise<PeerBalances> {
    return balancesSchema.parse(await this.process.call('balances'));
  }

  /** What happened on its receiving side since its start. */
  async received(): Promise<PeerReceipts> {
    return receiptsSchema.parse(await this.process.call('received'));
  }

  /** Breaks its connection; it connects again by itself. */
  async cut(): Promise<void> {
    await this.process.call('cut');
  }

  /** Never throws; also fine for a peer that is gone. */
  async stop(): Promise<void> {
    await this.process.stop();
  }

  private hear(message: PeerMessage): void {
    switch (message.event) {
      case 'up':
        this.connections++;
        break;
      case 'progress':
        this.watch.onProgress?.(message.counts, message.of);
        break;
      case 'weakness':
        this.watch.onWeakness?.(message.message);
        break;
      case 'down':
        break;
    }
  }
}
