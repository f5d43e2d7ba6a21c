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
}

/** `given(what happened).when(a decision is asked for).thenHappens(…)`; deciding changes nothing. */
export function given(...events: readonly LedgerEvent[]): History {
  return {
    when: (decide) => {
      const ledger = replayed(events);
      const before = encodeSnapshot(ledger);
      const decision = decide(ledger);
      expect(encodeSnapshot(ledger)).toBe(before);
      return {
        thenHappens: (event) => {
          expect(decision).toEqual({ event });
          const after = replayed([...events, event]);
          expect(ledgerViolations(after, { history: 'complete', limits: 'lowered' })).toEqual([]);
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
