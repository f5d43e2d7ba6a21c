import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { authMessage, encodeBtp } from '#protocol';
import {
  fulfillFrame,
  fulfillmentOf,
  indexInPacket,
  indexInTransferId,
  kindOf,
  PrepareFrames,
  responseTo,
  transferIdOf,
} from './frames';

const STALLED_AFTER_MS = 20_000;
/** A router hears of a new session in its own time; until then it sends payments back. */
const REACHED_WITHIN_MS = 30_000;
const TRY_AGAIN_MS = 100;
/** Within the longest hold of ten seconds and the connector's own second. */
const EXPIRES_IN_MS = 10_000;

export interface LoadOptions {
  readonly url: string;
  readonly senderToken: string;
  readonly receiverToken: string;
  /** The receiver's ILP address. */
  readonly to: string;
}

export interface LoadResult {
  readonly payments: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** A sender and a receiver, each on a socket of its own; every payment is fulfilled at once. */
export class Load {
  private sentAt = new Float64Array(0);
  private latencies = new Float64Array(0);
  private prepares: PrepareFrames | undefined;
  private next = 0;
  private done = 0;
  private finish: (() => void) | undefined;
  private fail: ((reason: Error) => void) | undefined;

  private constructor(
    private readonly options: LoadOptions,
    private readonly sender: WebSocket,
    private readonly receiver: WebSocket,
  ) {
    sender.on('message', (frame: Buffer) => {
      this.onSender(frame);
    });
    receiver.on('message', (frame: Buffer) => {
      this.onReceiver(frame);
    });
  }

  static async connect(options: LoadOptions): Promise<Load> {
    const receiver = await connect(options.url, options.receiverToken);
    const sender = await connect(options.url, options.senderToken);
    const load = new Load(options, sender, receiver);
    await load.reached();
    return load;
  }

  /** @throws Error when a payment fails, or none is fulfilled for a long time. */
  async run(payments: number, window: number): Promise<LoadResult> {
    this.prepare(payments);
    let seen = 0;
    const watching = setInterval(() => {
      if (this.done === seen) this.fail?.(new Error(`stalled after ${this.done} payments`));
      seen = this.done;
    }, STALLED_AFTER_MS);
    const began = performance.now();
    const finished = new Promise<void>((resolve, reject) => {
      this.finish = resolve;
      this.fail = reject;
    });
    for (let index = 0; index < window; index++) this.sendNext();
    await finished.finally(() => {
      clearInterval(watching);
    });
    const seconds = (performance.now() - began) / 1000;
    const sorted = this.latencies.sort();
    const share = (part: number): number => sorted[Math.floor(sorted.length * part)] ?? 0;
    const perSecond = payments / seconds;
    return { payments, seconds, perSecond, p50Ms: share(0.5), p99Ms: share(0.99) };
  }

  close(): void {
    this.sender.close();
    this.receiver.close();
  }

  /** Resolves once a payment has come through. */
  private async reached(): Promise<void> {
    const untilMs = Date.now() + REACHED_WITHIN_MS;
    for (;;) {
      try {
        await this.run(1, 1);
        return;
      } catch (error) {
        if (Date.now() > untilMs) throw error;
        await sleep(TRY_AGAIN_MS);
      }
    }
  }

  private prepare(payments: number): void {
    this.sentAt = new Float64Array(payments);
    this.latencies = new Float64Array(payments);
    this.next = 0;
    this.done = 0;
    this.prepares = new PrepareFrames({
      amount: 1010n,
      delivers: 1000n,
      to: this.options.to,
      expiresInMs: EXPIRES_IN_MS,
      run: randomBytes(12),
    });
  }

  private sendNext(): void {
    if (this.next >= this.sentAt.length || this.prepares === undefined) return;
    const index = this.next++;
    this.sentAt[index] = performance.now();
    this.sender.send(this.prepares.frame(index));
  }

  private onSender(frame: Buffer): void {
    switch (kindOf(frame)) {
      case 'fulfill': {
        this.sender.send(responseTo(frame));
        const index = indexInTransferId(frame);
        this.latencies[this.done++] = performance.now() - (this.sentAt[index] ?? 0);
        if (this.done === this.sentAt.length) this.finish?.();
        else this.sendNext();
        break;
      }
      case 'message':
        this.sender.send(responseTo(frame));
        break;
      case 'error':
      case 'reject':
        this.fail?.(new Error(`a payment failed: ${frame.toString('latin1')}`));
        break;
      default:
        break;
    }
  }

  private onReceiver(frame: Buffer): void {
    switch (kindOf(frame)) {
      case 'prepare': {
        this.receiver.send(responseTo(frame));
        const index = indexInPacket(frame);
        this.receiver.send(fulfillFrame(index, transferIdOf(frame), fulfillmentOf(index)));
        break;
      }
      case 'message':
        this.receiver.send(responseTo(frame));
        break;
      case 'error':
      case 'reject':
        this.fail?.(new Error(`a fulfillment failed: ${frame.toString('latin1')}`));
        break;
      default:
        break;
    }
  }
}

async function connect(url: string, token: string): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await once(socket, 'open');
  socket.send(encodeBtp(authMessage(1, '', token)));
  const [answer] = (await once(socket, 'message')) as [Buffer];
  if (kindOf(answer) !== 'response') throw new Error(`not let in: ${answer.toString('latin1')}`);
  return socket;
}
