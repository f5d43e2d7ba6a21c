import {
  type Decision,
  type LedgerEvent,
  type LedgerState,
  encodeSnapshot,
  LedgerInvariantError,
  ledgerViolations,
  replayLedger,
} from '#domain/ledger';
import { aLedgerId } from './ledger-builders';

/** What a decision is held against. */
export interface Verdict<Event extends LedgerEvent, Why> {
  /** The event happens, the ledger can evolve by it, and it then breaks no rule. */
  thenHappens(event: Event): void;
  thenIsRepeated(): void;
  thenIsRefused(refusal: Why): void;
}

export interface History {
  when<Event extends LedgerEvent, Why>(
    decide: (ledger: LedgerState) => Decision<Event, Why>,
  ): Verdict<Event, Why>;
  /** As `when`, of what is observed and never refused. */
  whenSeen<Event extends LedgerEvent>(
    observe: (ledger: LedgerState) => readonly Event[],
  ): Observed<Event>;
}

export interface Observed<Event extends LedgerEvent> {
  /** These events happen, the ledger can evolve by them, and it then breaks no rule. */
  thenHappen(...expected: readonly Event[]): void;
  thenNothingHappens(): void;
}

/** `given(what happened).when(a decision is asked for).thenHappens(…)`; deciding changes nothing. */
export function given(...events: readonly LedgerEvent[]): History {
  return {
    whenSeen: (observe) => {
      const seen = askedOf(events, observe);
      return {
        thenHappen: (...expected) => {
          expect(seen).toEqual(expected);
          expectSound([...events, ...expected]);
        },
        thenNothingHappens: () => {
          expect(seen).toEqual([]);
        },
      };
    },
    when: (decide) => {
      const decision = askedOf(events, decide);
      return {
        thenHappens: (event) => {
          expect(decision).toEqual({ event });
          expectSound([...events, event]);
        },
        thenIsRepeated: () => {
          expect(decision).toEqual({ repeated: true });
        },
        thenIsRefused: (refusal) => {
          expect(decision).toEqual({ refusal });
        },
      };
    },
  };
}

/** What a ledger of this history is asked; asking changes nothing. */
function askedOf<Answer>(
  events: readonly LedgerEvent[],
  ask: (ledger: LedgerState) => Answer,
): Answer {
  const ledger = replayed(events);
  const before = encodeSnapshot(ledger);
  const answer = ask(ledger);
  expect(encodeSnapshot(ledger)).toBe(before);
  return answer;
}

function expectSound(events: readonly LedgerEvent[]): void {
  const scope = { history: 'complete', limits: 'lowered' } as const;
  expect(ledgerViolations(replayed(events), scope)).toEqual([]);
}

/** The invariant that running it breaks; undefined if it breaks none. */
export function brokenInvariant(run: () => void): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof LedgerInvariantError) return error.rule;
    throw error;
  }
}

function replayed(events: readonly LedgerEvent[]): LedgerState {
  const ledger = replayLedger(aLedgerId(), events);
  if (ledger === undefined) throw new Error('a history begins with LedgerOpened');
  return ledger;
}
