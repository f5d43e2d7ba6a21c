import { randomUUID } from 'node:crypto';
import { encodeHot, type SessionCurrent } from '#contracts';
import type { BatchedLink } from '#messaging';

export interface SessionClaimParts {
  readonly ledgerId: string;
  /** Where the owner of the ledger listens. */
  readonly ownerSubject: string;
  readonly link: Pick<BatchedLink, 'send'>;
  readonly limits: { readonly repeatInsideMs: number; readonly confirmSessionMs: number };
  /** Another session of the peer is the one, here or at another gateway. */
  readonly onSuperseded: () => void;
}

/**
 * A session's claim to be the one of its peer, which the owner of the ledger decides (SPEC D-4). It
 * is repeated until it is answered; seldom afterwards, because what supersedes it may be lost on the
 * way, and because an owner that is new knows of no session.
 */
export class SessionClaim {
  private readonly sessionId = randomUUID();
  private isConfirmed = false;
  private dueAtMs = Infinity;

  constructor(private readonly parts: SessionClaimParts) {}

  /** Call it when everything that the owner sends to the session is heard. */
  announce(nowMs: number): void {
    const { ledgerId, ownerSubject, link, limits } = this.parts;
    const { sessionId } = this;
    const pauseMs = this.isConfirmed ? limits.confirmSessionMs : limits.repeatInsideMs;
    this.dueAtMs = nowMs + pauseMs;
    link.send(ownerSubject, encodeHot({ kind: 'session-opened', ledgerId, sessionId }));
  }

  sweep(nowMs: number): void {
    if (nowMs >= this.dueAtMs) this.announce(nowMs);
  }

  /**
   * What the owner says of another session before it has heard of this one may be older than this
   * one, and says nothing: two that cross would otherwise end each other.
   */
  hear({ sessionId, answers }: SessionCurrent, nowMs: number): void {
    if (sessionId === this.sessionId) {
      this.isConfirmed = true;
      this.dueAtMs = nowMs + this.parts.limits.confirmSessionMs;
    } else if (this.isConfirmed || answers === this.sessionId) {
      this.dueAtMs = Infinity;
      this.parts.onSuperseded();
    }
  }
}
