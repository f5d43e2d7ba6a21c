import fc from 'fast-check';
import { conditionOf } from '#protocol';
import {
  aHistory,
  aLedgerId,
  aLedgerMove,
  commandOf,
  eventsOf,
  LedgerExpectation,
  ledgerOpened,
  type LedgerMove,
  type MoveDecision,
  NOON_MS,
  playMove,
  someLimits,
} from '#testing';
import { decideCompareBalances } from './decide/compare-balances';
import { watchThresholds } from './decide/watch-thresholds';
import { decodeEvent, encodeEvent, EVENT_TYPES } from './event-codec';
import { AUTHORITIES, type Authority, type LedgerEvent, type Limits } from './events';
import { evolve, openLedger, replayLedger } from './evolve';
import { forgetTransfer, recallTransfer } from './forget-transfer';
import { type AuditScope, ledgerViolations } from './invariants';
import { decodeSnapshot, encodeSnapshot } from './snapshot-codec';
import { balanceOf, isOpen, isShadow, type LedgerState } from './state';
import type { TransferEvent } from './transfer';

const COMPLETE: AuditScope = { history: 'complete', limits: 'lowered' };
const moves = fc.array(aLedgerMove, { minLength: 10, maxLength: 60, size: 'max' });

const opened = (authority: Authority, limits: Limits): LedgerState =>
  openLedger(aLedgerId(), ledgerOpened({ authority, limits }));

const replayed = (events: readonly LedgerEvent[]): LedgerState => {
  const ledger = replayLedger(aLedgerId(), events);
  if (ledger === undefined) throw new Error('a history begins with LedgerOpened');
  return ledger;
};

/** In the words of `LedgerExpectation`. */
function answerOf(decision: MoveDecision): string {
  if ('refusal' in decision) return decision.refusal.kind;
  if ('repeated' in decision) return 'repeated';
  return (
    eventsOf(decision)
      .map(({ type }) => type)
      .join('+') || 'nothing'
  );
}

function crossingsOf(events: readonly LedgerEvent[]): string {
  const words = events.map((event) => {
    if (event.type === 'ThresholdCrossed') return `${event.threshold} ${event.change}`;
    return event.type === 'SettlementRequested' ? event.direction : event.type;
  });
  return words.join(', ');
}

describe.each(AUTHORITIES)(
  'on a ledger of authority %s, whatever is called in whatever order',
  (authority) => {
    test('it answers as the specification says, and every figure can be worked out anew', () => {
      fc.assert(
        fc.property(someLimits, moves, (limits, calls) => {
          const ledger = opened(authority, limits);
          const expectation = new LedgerExpectation(authority, limits);
          const faults: unknown[] = [];
          for (const call of calls) {
            const decision = commandOf(ledger, call)(ledger);
            const [answer, expected] = [answerOf(decision), expectation.hear(call)];
            if (answer !== expected) faults.push({ call, answer, expected });
            for (const event of eventsOf(decision)) evolve(ledger, event);
            const crossings = watchThresholds(ledger);
            const crossed = expectation.watch();
            if (crossingsOf(crossings) !== crossed) faults.push({ call, crossings, crossed });
            for (const event of crossings) evolve(ledger, event);
            faults.push(...watchThresholds(ledger), ...ledgerViolations(ledger, COMPLETE));
            if (balanceOf(ledger.sums) !== expectation.balance) faults.push(expectation.balance);
          }
          expect(faults).toEqual([]);
        }),
        { numRuns: 500 },
      );
    });

    test('no transfer is taken beyond the limits, and only orders and outside money exceed them', () => {
      fc.assert(
        fc.property(someLimits, moves, ({ maxBalance, minBalance }, calls) => {
          const start = maxBalance !== null && maxBalance < 0n ? 0n : maxBalance;
          const ledger = opened(authority, { maxBalance: start, minBalance });
          let limits: AuditScope['limits'] = 'kept';
          for (const call of calls) {
            for (const event of playMove(ledger, call)) {
              if (!('transferId' in event)) limits = movesBeyond(event) ? 'lowered' : limits;
              else expect(takenBeyond(ledger, event)).toBe(false);
            }
            expect(ledgerViolations(ledger, { history: 'complete', limits })).toEqual([]);
          }
        }),
        { numRuns: 150 },
      );
    });

    test('a transfer ends once, and is paid for its preimage alone, in time by whose clock decides', () => {
      fc.assert(
        fc.property(moves, (calls) => {
          const ledger = opened(authority, { maxBalance: null, minBalance: null });
          const ended = new Set<string>();
          for (const call of calls) {
            for (const event of playMove(ledger, call)) {
              if (!('transferId' in event)) continue;
              expect(ended).not.toContain(event.transferId);
              if (isEnd(event)) ended.add(event.transferId);
              if ('fulfillment' in event) expectPaidRightly(ledger, event, call);
            }
          }
        }),
        { numRuns: 150 },
      );
    });

    test('a command that is given again changes nothing', () => {
      fc.assert(
        fc.property(someLimits, moves, (limits, calls) => {
          const ledger = opened(authority, limits);
          const happened: ReturnType<typeof commandOf>[] = [];
          for (const call of calls) {
            const command = commandOf(ledger, call);
            const before = encodeSnapshot(ledger);
            const events = eventsOf(command(ledger));
            expect(encodeSnapshot(ledger)).toBe(before);
            for (const event of events) evolve(ledger, event);
            expect({ call, again: eventsOf(command(ledger)) }).toEqual({ call, again: [] });
            if (events.length > 0 && isForEver(call)) happened.push(command);
          }
          expect(happened.flatMap((command) => eventsOf(command(ledger)))).toEqual([]);
        }),
        { numRuns: 60 },
      );
    });

    test('what is forgotten and recalled from the log answers as if it had stayed', () => {
      fc.assert(
        fc.property(someLimits, moves, (limits, calls) => {
          const [whole, brief] = [opened(authority, limits), opened(authority, limits)];
          const log: LedgerEvent[] = [];
          for (const call of calls) {
            if ('id' in call) recallFrom(log, brief);
            const answers = [whole, brief].map((each) => answerOf(commandOf(each, call)(each)));
            expect(answers[1]).toBe(answers[0]);
            playMove(whole, call);
            log.push(...playMove(brief, call));
            for (const { id, ...transfer } of [...brief.transfers.values()]) {
              if (!isOpen(transfer)) forgetTransfer(brief, id);
            }
            expect(ledgerViolations(brief, { ...COMPLETE, history: 'partial' })).toEqual([]);
          }
          recallFrom(log, brief);
          expect(encodeSnapshot(brief)).toBe(encodeSnapshot(whole));
        }),
        { numRuns: 80 },
      );
    });

    test('nothing happens any more once it is closed', () => {
      fc.assert(
        fc.property(aHistory([authority]), moves, (history, calls) => {
          const ledger = replayed(history);
          fc.pre([...ledger.transfers.values()].every((each) => !isOpen(each)));
          if (ledger.standing !== 'closed') {
            const balance = balanceOf(ledger.sums);
            evolve(ledger, { type: 'LedgerClosed', balance, by: 'carol', reason: 'over' });
          }
          const before = encodeSnapshot(ledger);
          expect(calls.flatMap((call) => playMove(ledger, call))).toEqual([]);
          expect(encodeSnapshot(ledger)).toBe(before);
        }),
        { numRuns: 80 },
      );
    });
  },
);

/** Kinds of refusal, events and other answers, each counted once per kind of move. */
test.each<[Authority, number]>([
  ['admin', 60],
  ['shadow', 71],
  ['symmetric', 66],
  ['validated', 71],
])(
  'on a ledger of authority %s, such moves bring about all of its %d answers',
  (authority, all) => {
    const answers = new Set<string>();
    const samples = fc.sample(fc.tuple(someLimits, moves), { numRuns: 3000, seed: 1 });
    for (const [limits, calls] of samples) {
      const expectation = new LedgerExpectation(authority, limits);
      for (const call of calls) answers.add(`${call.move}: ${expectation.hear(call)}`);
    }
    expect([...answers].sort()).toHaveLength(all);
  },
);

describe('a history that came about', () => {
  test('holds every type of event', () => {
    const histories = fc.sample(aHistory(), { numRuns: 1000, seed: 1 });
    const types = new Set(histories.flat().map(({ type }) => type));
    expect(types).toEqual(new Set(EVENT_TYPES));
  });

  test('gives the same ledger from any snapshot of it on, read back from what is stored', () => {
    fc.assert(
      fc.property(aHistory(), fc.nat(), (history, at) => {
        const stored = history.map(encodeEvent).map(decodeEvent);
        expect(stored).toEqual(history);
        const whole = encodeSnapshot(replayed(history));
        const [first, later] = [
          1 + (at % history.length),
          history.slice(1 + (at % history.length)),
        ];
        const prefix = replayed(stored.slice(0, first));
        const snapshot = encodeSnapshot(prefix);
        const restored = decodeSnapshot(snapshot);
        expect(encodeSnapshot(restored)).toBe(snapshot);
        for (const ledger of [prefix, restored]) {
          for (const event of later) evolve(ledger, event);
          expect(encodeSnapshot(ledger)).toBe(whole);
        }
      }),
      { numRuns: 150 },
    );
  });
});

test('a shadow that adopts has the figure of its authority as soon as nothing moves', () => {
  const shadows = aHistory(['shadow', 'validated']);
  fc.assert(
    fc.property(shadows, fc.bigInt(-50n, 50n), (history, theirs) => {
      const ledger = replayed(history);
      fc.pre(ledger.standing !== 'closed');
      const ours = balanceOf(ledger.sums);
      const command = { theirs, lowest: ours, highest: ours, adopts: true };
      for (const event of decideCompareBalances(ledger, command)) evolve(ledger, event);
      expect(balanceOf(ledger.sums)).toBe(theirs);
      expect(ledger.difference).toBeNull();
    }),
  );
});

function movesBeyond(event: LedgerEvent): boolean {
  switch (event.type) {
    case 'LimitsChanged':
    case 'SettlementRecorded':
    case 'SettlementReversed':
      return true;
    case 'DisputeResolved':
    case 'ShadowReconciled':
      return event.how === 'adopted';
    default:
      return false;
  }
}

/** The inequalities of SPEC §7.3 as they are after what was just put on hold. */
function takenBeyond({ sums, limits }: LedgerState, event: LedgerEvent): boolean {
  if (event.type !== 'TransferPrepared' && event.type !== 'TransferProposed') return false;
  const balance = balanceOf(sums);
  const { maxBalance, minBalance } = limits;
  if (event.direction === 'incoming') {
    return maxBalance !== null && balance + sums.incomingPrepared > maxBalance;
  }
  return minBalance !== null && balance - sums.outgoingPrepared < minBalance;
}

function isEnd({ type }: LedgerEvent): boolean {
  return type === 'TransferFulfilled' || type === 'TransferRejected' || type === 'TransferExpired';
}

function expectPaidRightly(
  ledger: LedgerState,
  { transferId, fulfillment }: Extract<LedgerEvent, { fulfillment: Buffer }>,
  call: LedgerMove,
): void {
  const transfer = ledger.transfers.get(transferId);
  expect(conditionOf(fulfillment)).toEqual(transfer?.condition);
  if (isShadow(ledger) || !('atMs' in call)) return;
  const { expiresAtMs = 0 } = transfer ?? {};
  expect(NOON_MS + call.atMs).toBeLessThan(expiresAtMs);
}

/** Commands whose repetition changes nothing however much has happened since. */
function isForEver({ move }: LedgerMove): boolean {
  const orders = ['standing', 'limits', 'thresholds'];
  return !['compare', 'reconcile', 'dispute', ...orders].includes(move);
}

/** Puts back every transfer of the log that is not in memory. */
function recallFrom(log: readonly LedgerEvent[], ledger: LedgerState): void {
  const stories = new Map<string, TransferEvent[]>();
  for (const event of log) {
    if (!('transferId' in event) || ledger.transfers.has(event.transferId)) continue;
    stories.set(event.transferId, [...(stories.get(event.transferId) ?? []), event]);
  }
  for (const story of stories.values()) recallTransfer(ledger, story);
}
