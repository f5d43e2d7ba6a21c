import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { inRepository } from './repository';
import {
  answerSchema,
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

const START_WITHIN_MS = 20_000;
const STOP_WITHIN_MS = 5000;

interface Caller {
  readonly resolve: (result: unknown) => void;
  readonly reject: (reason: Error) => void;
}

/**
 * One unmodified ilp-plugin-payment-channel-framework@1.3.5 in a process of its own. It ends when we end, however
 * we end.
 */
export class HistoricPeer {
  /** How often its connection came up; more than once means that it had to be restarted. */
  connections = 0;
  private readonly child: ChildProcess;
  private readonly callers = new Map<number, Caller>();
  private lastId = 0;

  private constructor(
    readonly name: string,
    private readonly watch: PeerWatch,
  ) {
    const program = inRepository('test', 'interop', 'historic-peer.cjs');
    this.child = fork(program, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] });
    this.child.on('message', (message) => {
      this.take(message);
    });
    this.child.on('exit', () => {
      this.abandon(`the peer ${name} ended`);
    });
    this.child.on('error', (error) => {
      this.abandon(`the peer ${name}: ${error.message}`);
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
      await peer.call('start', { startWithinMs: START_WITHIN_MS, ...options });
      return peer;
    } catch (error) {
      await peer.stop();
      throw error;
    }
  }

  /** Resolves when there is an authenticated connection. */
  async connected(withinMs: number): Promise<void> {
    await this.call('connected', { withinMs });
  }

  /** Sends the payments, at most `window` at once, and resolves when all are decided; in their order. */
  async pay(payments: readonly PaymentOrder[], window: number): Promise<PaymentOutcome[]> {
    return outcomesSchema.parse(await this.call('pay', { payments, window }));
  }

  async balances(): Promise<PeerBalances> {
    return balancesSchema.parse(await this.call('balances'));
  }

  /** What happened on its receiving side since its start. */
  async received(): Promise<PeerReceipts> {
    return receiptsSchema.parse(await this.call('received'));
  }

  /** Breaks its connection; it connects again by itself. */
  async cut(): Promise<void> {
    await this.call('cut');
  }

  /** Never throws; also fine for a peer that is gone. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    const patience = setTimeout(() => this.child.kill('SIGKILL'), STOP_WITHIN_MS);
    await this.call('stop').catch(() => undefined);
    if (this.child.connected) this.child.disconnect();
    await gone;
    clearTimeout(patience);
  }

  private call(call: string, argument: unknown = null): Promise<unknown> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.callers.set(id, { resolve, reject });
      this.child.send({ id, call, argument }, (error) => {
        if (error !== null) this.abandon(`the peer ${this.name}: ${error.message}`);
      });
    });
  }

  private take(message: unknown): void {
    const answer = answerSchema.safeParse(message);
    if (!answer.success) {
      this.hear(peerMessageSchema.parse(message));
      return;
    }
    const { data } = answer;
    const caller = this.callers.get(data.id);
    this.callers.delete(data.id);
    if (data.ok) caller?.resolve(data.result);
    else caller?.reject(new Error(`the peer ${this.name}: ${data.error}`));
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

  private abandon(reason: string): void {
    for (const caller of this.callers.values()) caller.reject(new Error(reason));
    this.callers.clear();
  }
}
