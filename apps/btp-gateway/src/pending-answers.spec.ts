import type { Answer } from '#contracts';
import { SessionKit, START_MS } from '../../../test/support/gateway/session-kit';
import type { AnswerReceiver } from './pending-answers';

class Receiver implements AnswerReceiver {
  readonly answers: Answer[] = [];
  abandoned = 0;

  onAnswer(answer: Answer): void {
    this.answers.push(answer);
  }

  onAbandoned(): void {
    this.abandoned += 1;
  }
}

function ask(kit: SessionKit, lastsMs: number): { receiver: Receiver; reference: number } {
  const receiver = new Receiver();
  const replyTo = kit.pending.replyTo();
  kit.pending.ask({
    subject: 'owner',
    message: { kind: 'balance-asked', replyTo, ledgerId: 'alice' },
    untilMs: kit.nowMs + lastsMs,
    receiver,
  });
  return { receiver, reference: replyTo.reference };
}

describe('PendingAnswers', () => {
  it('sends the question at once and hands over the answer', () => {
    const kit = new SessionKit();
    const { receiver, reference } = ask(kit, 5_000);
    expect(kit.link.sent).toEqual([
      {
        subject: 'owner',
        message: {
          kind: 'balance-asked',
          replyTo: { gatewayId: 'gateway-test', reference },
          ledgerId: 'alice',
        },
      },
    ]);
    kit.answer(reference);
    expect(receiver.answers).toHaveLength(1);
    expect(kit.pending.size).toBe(0);
  });

  it('repeats the same question every second until it is answered', () => {
    const kit = new SessionKit();
    const { reference } = ask(kit, 60_000);
    kit.pending.sweep(START_MS + 999);
    expect(kit.link.sent).toHaveLength(1);
    for (const second of [1, 2, 3]) kit.pending.sweep(START_MS + 1_000 * second);
    const references = kit.link.all('balance-asked').map(({ replyTo }) => replyTo.reference);
    expect(references).toEqual([reference, reference, reference, reference]);
    kit.answer(reference);
    kit.pending.sweep(START_MS + 10_000);
    expect(kit.link.sent).toHaveLength(4);
    expect(kit.metrics.inside.repeated).toBe(3);
  });

  it('gives up when the time is over, and ignores the answer that comes then', () => {
    const kit = new SessionKit();
    const { receiver, reference } = ask(kit, 2_000);
    for (const second of [1, 2, 3]) kit.pending.sweep(START_MS + 1_000 * second);
    expect(receiver.abandoned).toBe(1);
    kit.answer(reference);
    expect(receiver.answers).toHaveLength(0);
    expect(kit.link.sent).toHaveLength(2);
  });

  it('counts only the first of two answers', () => {
    const kit = new SessionKit();
    const { receiver, reference } = ask(kit, 5_000);
    kit.answer(reference);
    kit.answer(reference, { name: 'NotAcceptedError', message: 'late' });
    expect(receiver.answers).toMatchObject([{ error: null }]);
  });

  it('repeats each question on its own time', () => {
    const kit = new SessionKit();
    ask(kit, 60_000);
    kit.nowMs += 500;
    ask(kit, 60_000);
    kit.pending.sweep(START_MS + 1_000);
    expect(kit.link.sent).toHaveLength(3);
    kit.pending.sweep(START_MS + 1_500);
    expect(kit.link.sent).toHaveLength(4);
  });

  it('never gives two waiting questions the same reference', () => {
    const kit = new SessionKit();
    const references = Array.from({ length: 1_000 }, () => ask(kit, 1_000).reference);
    expect(new Set(references).size).toBe(1_000);
  });
});
