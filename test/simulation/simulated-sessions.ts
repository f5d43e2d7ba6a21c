import { decodeHot, type LedgerMessage, type SessionCurrent } from '#contracts';
import { SessionClaim } from '../../apps/btp-gateway/src/sessions/session-claim';

export const GATEWAYS = 2;
const LIMITS = { repeatInsideMs: 1_000, confirmSessionMs: 10_000 };

interface SimulatedSession {
  readonly claim: SessionClaim;
  readonly gateway: number;
}

export interface SimulatedSessionsParts {
  readonly ledgerId: string;
  readonly send: (message: LedgerMessage) => void;
  /** Of the gateways. */
  readonly clock: () => number;
}

/**
 * One peer's sessions at several gateways: their claims are the real ones. The peer uses the session
 * that it opened last, and leaves the others behind without a word; when that one is closed, it comes
 * back at the next gateway.
 */
export class SimulatedSessions {
  /** The newest last. */
  private live: SimulatedSession[] = [];
  private readonly deaf = new Set<number>();
  private nextGateway = 0;
  private isNewestClosed = false;

  constructor(private readonly parts: SimulatedSessionsParts) {}

  open(): void {
    const { ledgerId, send, clock } = this.parts;
    const gateway = this.nextGateway;
    this.nextGateway = (gateway + 1) % GATEWAYS;
    const session: SimulatedSession = {
      gateway,
      claim: new SessionClaim({
        ledgerId,
        ownerSubject: '',
        limits: LIMITS,
        link: {
          send: (_subject, entry) => {
            const message = decodeHot(entry);
            const isHeard = message.kind === 'session-opened' && !this.deaf.has(gateway);
            if (isHeard) send(message);
          },
        },
        onSuperseded: () => {
          this.isNewestClosed ||= session === this.live.at(-1);
          this.live = this.live.filter((other) => other !== session);
        },
      }),
    };
    // A gateway itself closes the session that it has.
    this.live = [...this.live.filter((other) => other.gateway !== gateway), session];
    this.isNewestClosed = false;
    session.claim.announce(clock());
  }

  /** One gateway's connection to the bus breaks, or is mended. */
  deafen(gateway: number, isDeaf: boolean): void {
    if (isDeaf) this.deaf.add(gateway);
    else this.deaf.delete(gateway);
  }

  hear(message: SessionCurrent): void {
    for (const { claim, gateway } of [...this.live]) {
      if (!this.deaf.has(gateway)) claim.hear(message, this.parts.clock());
    }
  }

  tick(): void {
    if (this.isNewestClosed) this.open();
    for (const { claim } of this.live) claim.sweep(this.parts.clock());
  }

  faults(): string[] {
    const count = this.live.length;
    if (count === 1 && !this.isNewestClosed) return [];
    return [`${this.parts.ledgerId} has ${count} sessions in the end`];
  }
}
