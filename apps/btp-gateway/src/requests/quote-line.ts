import { randomInt } from 'node:crypto';
import { decodePeerQuoteAnswer, encodePeerQuoteQuestion } from '#contracts';
import type { BatchedLink, Listening } from '#messaging';
import type { Clock } from '../sessions/wire';

/** No quoter has answered in time. */
export class NoQuoteError extends Error {
  override readonly name = 'NoQuoteError';

  constructor(withinMs: number) {
    super(`no quoter has answered within ${withinMs} ms`);
  }
}

export interface QuoteLineParts {
  readonly gatewayId: string;
  readonly link: Pick<BatchedLink, 'send' | 'listen'>;
  readonly subjects: { readonly questions: string; readonly answers: string };
  /** How long a quote may take. */
  readonly withinMs: number;
  /** How long a question is on its way before it is asked again. */
  readonly repeatMs: number;
  readonly clock: Clock;
}

interface Waiting {
  readonly entry: Buffer;
  readonly untilMs: number;
  readonly resolve: (packet: Buffer) => void;
  readonly reject: (error: NoQuoteError) => void;
  sentAtMs: number;
}

const UINT32 = 0x1_0000_0000;

/**
 * What peers ask of the quoters, on the batched link: questions of one turn of the event loop go
 * together, and so do their answers, each as soon as it is there. The link loses messages, so a
 * question is repeated; asking twice does no harm.
 */
export class QuoteLine {
  /** Longest silent first. */
  private readonly waiting = new Map<number, Waiting>();
  private nextReference = randomInt(UINT32);

  constructor(private readonly parts: QuoteLineParts) {}

  /** @throws NoQuoteError */
  readonly ask = (ledgerId: string, packet: Buffer): Promise<Buffer> => {
    const { gatewayId, link, subjects, withinMs, clock } = this.parts;
    const reference = this.nextReference;
    this.nextReference = (reference + 1) % UINT32;
    const entry = encodePeerQuoteQuestion({ replyTo: { gatewayId, reference }, ledgerId, packet });
    return new Promise((resolve, reject) => {
      const sentAtMs = clock();
      const untilMs = sentAtMs + withinMs;
      this.waiting.set(reference, { entry, untilMs, resolve, reject, sentAtMs });
      link.send(subjects.questions, entry);
    });
  };

  listen(): Listening {
    const { link, subjects } = this.parts;
    return link.listen(subjects.answers, {}, (entry) => {
      const { reference, packet } = decodePeerQuoteAnswer(entry);
      const waiting = this.waiting.get(reference);
      this.waiting.delete(reference);
      waiting?.resolve(packet);
    });
  }

  /** Asks again what was not answered, and gives up what was not answered in time. */
  sweep(nowMs: number): void {
    const { repeatMs, withinMs, link, subjects } = this.parts;
    for (const [reference, waiting] of this.waiting) {
      const isLate = nowMs >= waiting.untilMs;
      if (!isLate && nowMs - waiting.sentAtMs < repeatMs) continue;
      this.waiting.delete(reference);
      if (isLate) {
        waiting.reject(new NoQuoteError(withinMs));
        continue;
      }
      waiting.sentAtMs = nowMs;
      this.waiting.set(reference, waiting);
      link.send(subjects.questions, waiting.entry);
    }
  }
}
