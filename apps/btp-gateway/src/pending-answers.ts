import { randomInt } from 'node:crypto';
import type { Answer, HotMessage, ReplyTo } from '#contracts';
import { encodeHot } from '#contracts';
import type { BatchedLink } from '#messaging';
import type { GatewayLimits } from './gateway-limits';
import type { GatewayMetrics } from './gateway-metrics';
import type { Clock } from './sessions/wire';

/** Whoever waits for another service. Exactly one of the two is called, once. */
export interface AnswerReceiver {
  onAnswer(answer: Answer): void;
  /** Nobody answered in time. What became of the command is unknown. */
  onAbandoned(): void;
}

/** A message that one of our services must answer. */
export interface InsideQuestion {
  readonly subject: string;
  readonly message: HotMessage & { readonly replyTo: ReplyTo };
  /** It is repeated until then. */
  readonly untilMs: number;
  readonly receiver: AnswerReceiver;
}

interface Waiting {
  readonly subject: string;
  readonly entry: Buffer;
  readonly untilMs: number;
  readonly receiver: AnswerReceiver;
  sentAtMs: number;
}

const UINT32 = 0x1_0000_0000;

/**
 * What was asked of routers and ledgers and is not answered yet. The link loses messages and
 * services restart, so a question is repeated, under the same reference, until it is answered;
 * that is safe because ledger commands are idempotent.
 */
export class PendingAnswers {
  /** Longest silent first. */
  private readonly waiting = new Map<number, Waiting>();
  private nextReference = randomInt(UINT32);

  constructor(
    private readonly parts: {
      readonly gatewayId: string;
      readonly link: Pick<BatchedLink, 'send'>;
      readonly limits: Pick<GatewayLimits, 'repeatInsideMs'>;
      readonly metrics: GatewayMetrics;
      readonly clock: Clock;
    },
  ) {}

  get size(): number {
    return this.waiting.size;
  }

  /** Where the answer to the next question is to go. Each is used for one question only. */
  replyTo(): ReplyTo {
    let reference = this.nextReference;
    while (this.waiting.has(reference)) reference = (reference + 1) % UINT32;
    this.nextReference = (reference + 1) % UINT32;
    return { gatewayId: this.parts.gatewayId, reference };
  }

  ask(question: InsideQuestion): void {
    const { subject, message, untilMs, receiver } = question;
    const entry = encodeHot(message);
    const sentAtMs = this.parts.clock();
    this.waiting.set(message.replyTo.reference, { subject, entry, untilMs, receiver, sentAtMs });
    this.parts.link.send(subject, entry);
  }

  /** A repeated question may be answered twice; only the first answer counts. */
  receive(answer: Answer): void {
    const waiting = this.waiting.get(answer.reference);
    if (waiting === undefined) return;
    this.waiting.delete(answer.reference);
    waiting.receiver.onAnswer(answer);
  }

  sweep(nowMs: number): void {
    for (const [reference, waiting] of this.waiting) {
      if (nowMs - waiting.sentAtMs < this.parts.limits.repeatInsideMs) return;
      this.waiting.delete(reference);
      if (nowMs >= waiting.untilMs) waiting.receiver.onAbandoned();
      else this.repeat(reference, waiting, nowMs);
    }
  }

  private repeat(reference: number, waiting: Waiting, nowMs: number): void {
    waiting.sentAtMs = nowMs;
    this.waiting.set(reference, waiting);
    this.parts.metrics.inside.repeated += 1;
    this.parts.link.send(waiting.subject, waiting.entry);
  }
}
