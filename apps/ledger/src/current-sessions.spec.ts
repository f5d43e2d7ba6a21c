import fc from 'fast-check';
import { decodeHot, type SessionCurrent, subjectsOf } from '#contracts';
import { openLedger } from '#domain/ledger';
import { aLedgerId, aTransferId, ledgerOpened } from '#testing';
import { CurrentSessions } from './current-sessions';
import { Effects } from './effects';

const subjects = subjectsOf('test');
const session = aTransferId;

class Stage {
  ledger = openLedger(aLedgerId(), ledgerOpened());
  readonly sessions = new CurrentSessions(subjects);

  /** One session speaks up; what is said to that, and whether it is to be greeted. */
  hear(sessionId: string): { readonly isNew: boolean; readonly said: SessionCurrent } {
    const effects = new Effects();
    const { id: ledgerId } = this.ledger;
    const opened = { kind: 'session-opened', ledgerId, sessionId } as const;
    const isNew = this.sessions.hear(this.ledger, opened, effects);
    const said: SessionCurrent[] = [];
    effects.release((subject, entry) => {
      const message = decodeHot(Buffer.from(entry));
      if (message.kind !== 'session-current') throw new Error(`unexpected: ${message.kind}`);
      expect(subject).toBe(subjects.gatewayPeer(ledgerId));
      said.push(message);
    });
    const [only, ...more] = said;
    if (only === undefined || more.length > 0) throw new Error(`${said.length} answers`);
    return { isNew, said: only };
  }
}

describe('CurrentSessions', () => {
  it('greets a session once, and confirms it as often as it speaks', () => {
    const stage = new Stage();
    const { isNew, said } = stage.hear(session(1));
    expect(isNew).toBe(true);
    expect(said).toMatchObject({ sessionId: session(1), answers: session(1) });
    expect(stage.hear(session(1))).toEqual({ isNew: false, said });
  });

  it('takes a newer session, and tells the old one so whenever that speaks', () => {
    const stage = new Stage();
    stage.hear(session(1));
    expect(stage.hear(session(2))).toMatchObject({ isNew: true, said: { sessionId: session(2) } });
    const late = stage.hear(session(1));
    expect(late).toMatchObject({ isNew: false, said: { sessionId: session(2) } });
    expect(late.said.answers).toBe(session(1));
    expect(stage.hear(session(2)).isNew).toBe(false);
  });

  it('knows nothing of a ledger that was elsewhere meanwhile', () => {
    const stage = new Stage();
    stage.hear(session(1));
    stage.ledger = openLedger(aLedgerId(), ledgerOpened());
    expect(stage.hear(session(1))).toMatchObject({ isNew: true, said: { sessionId: session(1) } });
  });

  it('never brings a session back, in whatever order and however often they speak', () => {
    const spoken = fc.array(fc.nat(11), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(spoken, (sessions) => {
        const stage = new Stage();
        const inOrder: string[] = [];
        for (const which of sessions) {
          const id = session(which);
          const { isNew, said } = stage.hear(id);
          expect(isNew).toBe(!inOrder.includes(id));
          if (isNew) inOrder.push(id);
          expect(said.sessionId).toBe(inOrder.at(-1));
        }
      }),
    );
  });

  it('remembers so many superseded sessions and no more', () => {
    const stage = new Stage();
    for (let n = 0; n < 18; n += 1) stage.hear(session(n));
    expect(stage.hear(session(1)).isNew).toBe(false);
    expect(stage.hear(session(0)).isNew).toBe(true);
  });
});
