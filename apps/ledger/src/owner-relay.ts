import { setTimeout as sleep } from 'node:timers/promises';
import { partitionOf, type Subjects } from '#contracts';
import {
  ControlRefusal,
  DeadlineExceededError,
  NoResponderError,
  RemoteError,
  type ControlClient,
  type ControlListener,
  type Listening,
} from '#messaging';

/** How long the owner may take to answer, and a hand-over to find its new owner. */
export const RELAY_WITHIN_MS = 4_000;
/** Between two tries while a partition changes hands. */
const TRY_AGAIN_MS = 50;
const NOT_OWNER = 'not-owner';

/** A question about one ledger that only the owner of its partition can answer. */
export interface OwnerQuestion<Q, A> {
  /** As its pattern on the control plane, `ledger.open`; the same in every process. */
  readonly name: string;
  /**
   * Answers as the owner; may be called for a ledger that is no longer ours, and then throws
   * `NotOwnerRefusal`, but never after it has changed anything.
   * @throws ControlRefusal
   */
  readonly answer: (question: Q) => Promise<A>;
  /** Reads what came over the bus; what it throws refuses. */
  readonly readQuestion: (data: unknown) => Q;
  /** @throws any Error if the answer is not what it should be */
  readonly readAnswer: (data: unknown) => A;
}

/** The ledger's partition is not ours, or no longer: whoever asks looks for its owner anew. */
export class NotOwnerRefusal extends ControlRefusal {
  constructor(ledgerId: string) {
    super(NOT_OWNER, `another process decides on ledger ${ledgerId}`);
  }
}

export interface OwnerRelayParts {
  readonly control: Pick<ControlClient, 'ask'>;
  readonly listener: Pick<ControlListener, 'listen'>;
  readonly subjects: Subjects;
  /** Number of partitions of the log. */
  readonly partitions: number;
  /** Does this process decide on the ledger? */
  readonly owns: (ledgerId: string) => boolean;
  readonly withinMs?: number;
}

/**
 * Brings a question about a ledger to the process that decides on it. Any process may be asked, since
 * the control plane gives each question to one of them; one that is not the owner passes it on.
 */
export class OwnerRelay {
  private readonly questions = new Map<string, (data: unknown) => Promise<unknown>>();
  private readonly listening = new Map<number, Listening>();

  constructor(private readonly parts: OwnerRelayParts) {}

  /**
   * Makes the question known, in every process before it owns anything.
   * @returns what asks it: here if the ledger is ours, else of its owner. Throws `ControlRefusal`:
   * `unavailable` if nobody serves the ledger for now, and then nothing has happened; `no-answer` if
   * nobody knows what became of it; else whatever the owner refused with.
   */
  register<Q, A>(question: OwnerQuestion<Q, A>): (ledgerId: string, asked: Q) => Promise<A> {
    const { name, answer, readQuestion } = question;
    if (this.questions.has(name)) throw new Error(`a question named ${name} exists already`);
    this.questions.set(name, (data) => answer(readQuestion(data)));
    return (ledgerId, asked) => this.ask(question, ledgerId, asked);
  }

  /** Hears what others pass on about the ledgers of these partitions. */
  listen(partitions: readonly number[]): void {
    const { listener, subjects } = this.parts;
    for (const partition of partitions) {
      if (this.listening.has(partition)) continue;
      const subject = subjects.ledgerOwner(partition);
      this.listening.set(
        partition,
        listener.listen(subject, (data) => this.hear(data)),
      );
    }
  }

  /** Resolves when everything that was heard is answered. */
  async stop(partitions: readonly number[]): Promise<void> {
    const stopping: Promise<void>[] = [];
    for (const partition of partitions) {
      const listening = this.listening.get(partition);
      this.listening.delete(partition);
      if (listening !== undefined) stopping.push(listening.stop());
    }
    await Promise.all(stopping);
  }

  private hear(data: unknown): Promise<unknown> {
    const { question, asked } = envelopeOf(data);
    const answer = this.questions.get(question);
    if (answer === undefined) throw new ControlRefusal('unreadable', `what is ${question}?`);
    return answer(asked);
  }

  private async ask<Q, A>(question: OwnerQuestion<Q, A>, ledgerId: string, asked: Q): Promise<A> {
    const deadline = performance.now() + (this.parts.withinMs ?? RELAY_WITHIN_MS);
    for (;;) {
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw unserved(ledgerId);
      try {
        if (this.parts.owns(ledgerId)) return await question.answer(asked);
        return await this.askOwner(question, { ledgerId, asked, leftMs });
      } catch (error) {
        if (!isUndelivered(error)) throw asRefusal(error);
      }
      await sleep(TRY_AGAIN_MS);
    }
  }

  private askOwner<Q, A>(
    question: OwnerQuestion<Q, A>,
    { ledgerId, asked, leftMs }: { ledgerId: string; asked: Q; leftMs: number },
  ): Promise<A> {
    const { control, subjects, partitions } = this.parts;
    const subject = subjects.ledgerOwner(partitionOf(ledgerId, partitions));
    return control.ask(
      subject,
      { question: question.name, asked },
      { deadlineMs: Math.ceil(leftMs), parse: question.readAnswer },
    );
  }
}

/** Certainly nothing happened: it may be asked again. */
function isUndelivered(error: unknown): boolean {
  if (error instanceof NoResponderError) return true;
  return (
    (error instanceof RemoteError || error instanceof ControlRefusal) && error.code === NOT_OWNER
  );
}

function asRefusal(error: unknown): unknown {
  if (error instanceof DeadlineExceededError) {
    return new ControlRefusal('no-answer', 'the owner of the ledger has not answered in time');
  }
  return error instanceof RemoteError ? new ControlRefusal(error.code, error.reason) : error;
}

function unserved(ledgerId: string): ControlRefusal {
  return new ControlRefusal('unavailable', `no process serves ledger ${ledgerId} for now`);
}

function envelopeOf(data: unknown): { readonly question: string; readonly asked: unknown } {
  if (typeof data === 'object' && data !== null && 'question' in data && 'asked' in data) {
    const { question, asked } = data;
    if (typeof question === 'string') return { question, asked };
  }
  throw new ControlRefusal('unreadable', 'the question has no name');
}
