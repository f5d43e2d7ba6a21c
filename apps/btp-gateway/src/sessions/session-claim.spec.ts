import type { SessionCurrent } from '#contracts';
import { aTransferId } from '#testing';
import { FakeLink, START_MS } from '../../../../test/support/gateway/session-kit';
import { SessionClaim } from './session-claim';

const LIMITS = { repeatInsideMs: 1_000, confirmSessionMs: 10_000 };

class Stage {
  readonly link = new FakeLink();
  ends = 0;
  readonly claim = new SessionClaim({
    ledgerId: 'alice',
    ownerSubject: 'owner',
    link: this.link,
    limits: LIMITS,
    onSuperseded: () => (this.ends += 1),
  });

  constructor() {
    this.claim.announce(START_MS);
  }

  get announced(): readonly string[] {
    return this.link.all('session-opened').map(({ sessionId }) => sessionId);
  }

  get id(): string {
    return this.announced[0] ?? '';
  }

  /** Sweeps as the one timer does, for so long. */
  pass(fromMs: number, untilMs: number): void {
    for (let at = fromMs; at < untilMs; at += 100) this.claim.sweep(START_MS + at);
  }

  hear(sessionId: string, answers: string, atMs = 0): void {
    const message: SessionCurrent = {
      kind: 'session-current',
      ledgerId: 'alice',
      sessionId,
      answers,
    };
    this.claim.hear(message, START_MS + atMs);
  }
}

const OTHER = aTransferId(1);

describe('SessionClaim', () => {
  it('is repeated under one id until it is confirmed, and seldom afterwards', () => {
    const stage = new Stage();
    stage.pass(0, 3_500);
    expect(stage.announced).toEqual([stage.id, stage.id, stage.id, stage.id]);
    stage.hear(stage.id, stage.id, 3_500);
    stage.pass(3_500, 13_500);
    expect(stage.announced).toHaveLength(4);
    stage.pass(13_500, 34_000);
    expect(stage.announced).toHaveLength(7);
    expect(stage.ends).toBe(0);
  });

  it('has an id of its own', () => {
    expect(new Stage().id).not.toBe(new Stage().id);
  });

  it('ends when its owner names another session after it has confirmed this one', () => {
    const stage = new Stage();
    stage.hear(stage.id, stage.id);
    stage.hear(OTHER, OTHER);
    expect(stage.ends).toBe(1);
  });

  it('ends when its owner names another in answer to it, confirmed or not', () => {
    const stage = new Stage();
    stage.hear(OTHER, stage.id);
    expect(stage.ends).toBe(1);
    stage.pass(0, 60_000);
    expect(stage.announced).toHaveLength(1);
  });

  it('outlives what its owner said before it had heard of it', () => {
    const stage = new Stage();
    stage.hear(OTHER, OTHER);
    expect(stage.ends).toBe(0);
    stage.hear(stage.id, stage.id);
    stage.hear(stage.id, OTHER);
    expect(stage.ends).toBe(0);
  });
});
