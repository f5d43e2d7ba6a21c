import type { SessionOpened, Subjects } from '#contracts';
import type { LedgerState } from '#domain/ledger';
import type { Effects } from './effects';

/** How many sessions before the current one are known again when they speak up late. */
const SUPERSEDED_REMEMBERED = 16;

/** Stands for the ledger as one owner has it. */
type Ledger = Pick<LedgerState, 'id'>;

interface Sessions {
  current: string;
  /** Oldest first. */
  readonly superseded: Set<string>;
}

/**
 * Says which session of a peer is the one, where several gateways may hold one each (SPEC D-4). The
 * owner of the ledger is the only one who hears all of them, one after the other.
 *
 * Exactly one survives, because every session repeats its announcement for as long as it lives,
 * often until it is answered and seldom afterwards, and every answer names the one that is current
 * to all who hold any. So whatever gets lost is made up for by the next repetition: a session that
 * has not heard that it was superseded hears it then.
 *
 * The same holds when the ledger goes to another owner, who knows nothing. The session that speaks
 * first is current with him; one that he hears later is new to him, takes its place, and closes it.
 * Should a session that its peer has left, and that has missed its end, speak after the peer's real
 * one, then the real one is closed: its peer comes back with another, which is the newest to all.
 * Nothing is lost by that, because what was not confirmed is handed out to the new session again.
 */
export class CurrentSessions {
  /** A ledger that went to another owner and came back is another one; one that went is forgotten. */
  private readonly sessions = new WeakMap<Ledger, Sessions>();

  constructor(private readonly subjects: Pick<Subjects, 'gatewayPeer'>) {}

  /**
   * Tells all who hold a session of the ledger's peer which one counts.
   * @returns whether that is the one announced, and for the first time
   */
  hear(ledger: Ledger, { sessionId }: SessionOpened, effects: Effects): boolean {
    const known = this.sessions.get(ledger);
    const isNew = known?.current !== sessionId && known?.superseded.has(sessionId) !== true;
    if (isNew) this.replace(ledger, known, sessionId);
    effects.send(this.subjects.gatewayPeer(ledger.id), {
      kind: 'session-current',
      ledgerId: ledger.id,
      sessionId: isNew ? sessionId : known.current,
      answers: sessionId,
    });
    return isNew;
  }

  private replace(ledger: Ledger, known: Sessions | undefined, sessionId: string): void {
    if (known === undefined) {
      this.sessions.set(ledger, { current: sessionId, superseded: new Set() });
      return;
    }
    known.superseded.add(known.current);
    known.current = sessionId;
    for (const oldest of known.superseded) {
      if (known.superseded.size <= SUPERSEDED_REMEMBERED) break;
      known.superseded.delete(oldest);
    }
  }
}
