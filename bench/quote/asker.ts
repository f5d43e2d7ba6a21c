import { once } from 'node:events';
import { WebSocket } from 'ws';
import { authMessage, decodeBtp, encodeBtp, type ProtocolData } from '#protocol';
import { kindOf, responseTo } from '../payments/frames';
import { quantile } from '../measured';
import { answers, figureIn, numbered, numberOf, questionsTo, type QuoteKind } from './quote-frames';

const STALLED_AFTER_MS = 20_000;

/** What became of one run. */
export interface Asked {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Questions {
  readonly kind: QuoteKind;
  readonly destinations: readonly string[];
  readonly count: number;
  /** Questions under way at a time. */
  readonly window: number;
}

/** A peer on one socket, which asks. */
export class Asker {
  private onAnswer: ((frame: Buffer) => void) | undefined;

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (frame: Buffer) => {
      if (kindOf(frame) === 'message') socket.send(responseTo(frame));
      else this.onAnswer?.(frame);
    });
  }

  static async connect(url: string, token: string): Promise<Asker> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    await once(socket, 'open');
    const asker = new Asker(socket);
    const answer = await asker.ask(encodeBtp(authMessage(1, '', token)));
    if (kindOf(answer) !== 'response') throw new Error(`not let in: ${answer.toString('latin1')}`);
    return asker;
  }

  /** @throws Error where the answer is an Error, or says anything */
  async tell(entry: ProtocolData): Promise<void> {
    const told = encodeBtp({ type: 'message', requestId: 2, protocolData: [entry] });
    const answer = decodeBtp(await this.ask(told));
    const isAgreed = answer.type === 'response' && answer.protocolData.length === 0;
    if (!isAgreed) throw new Error(`not taken in: ${JSON.stringify(answer)}`);
  }

  /** The figure of one answer. */
  async figure(kind: QuoteKind, destination: string): Promise<bigint> {
    const [question = Buffer.alloc(0)] = questionsTo([destination], kind);
    return figureIn(await this.ask(question));
  }

  /** @throws Error when an answer is another than a quote, or none comes for a long time */
  async run({ kind, destinations, count, window }: Questions): Promise<Asked> {
    const questions = questionsTo(destinations, kind);
    const sentAt = new Float64Array(count);
    const latencies = new Float64Array(count);
    let [next, done] = [0, 0];
    const send = (): void => {
      const question = questions[next % questions.length];
      if (next >= count || question === undefined) return;
      sentAt[next] = performance.now();
      this.socket.send(numbered(question, next));
      next += 1;
    };
    const began = performance.now();
    await this.watched(
      () => done,
      (finish, fail) => {
        this.onAnswer = (frame) => {
          if (!answers(frame, kind)) {
            fail(new Error(`no quote ${kind}: ${frame.toString('latin1')}`));
            return;
          }
          latencies[done++] = performance.now() - (sentAt[numberOf(frame)] ?? 0);
          if (done === count) finish();
          else send();
        };
        for (let under = 0; under < window; under += 1) send();
      },
    );
    const perSecond = (count * 1_000) / (performance.now() - began);
    const sorted = latencies.sort();
    return { perSecond, p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99) };
  }

  close(): void {
    this.socket.close();
  }

  private ask(frame: Buffer): Promise<Buffer> {
    return new Promise((resolve) => {
      this.onAnswer = resolve;
      this.socket.send(frame);
    });
  }

  private async watched(
    progress: () => number,
    begin: (finish: () => void, fail: (error: Error) => void) => void,
  ): Promise<void> {
    let seen = -1;
    let watching: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        watching = setInterval(() => {
          if (progress() === seen) reject(new Error(`stalled after ${seen} quotes`));
          seen = progress();
        }, STALLED_AFTER_MS);
        begin(resolve, reject);
      });
    } finally {
      clearInterval(watching);
    }
  }
}
