import { type LedgerId, ledgerId, transferId } from '#domain/ledger';
import type { ForwardErrand, LegState, ReportErrand } from '#domain/payment';
import {
  ERRAND_AFTER_MS,
  ERRAND_SELDOM_MS,
  ErrandBoard,
  OWNER_SILENT_AFTER_MS,
} from './errand-board';

const [alice, bob] = [ledgerId('alice'), ledgerId('bob')];
const one = transferId('00000000-0000-4000-8000-000000000001');
const incoming = { ledgerId: alice, transferId: one };
const outgoing = { ledgerId: bob, transferId: one };

const ask = (change: Partial<ForwardErrand> = {}): ForwardErrand => ({
  kind: 'forward',
  outgoing,
  cause: { ...incoming, amount: 1n },
  amount: 1n,
  condition: Buffer.alloc(32),
  expiresAtMs: 10_000,
  packet: Buffer.alloc(0),
  isDue: false,
  ...change,
});

const report = (leg: LegState): ReportErrand => ({ kind: 'report', incoming, outgoing, leg });
const open = report({ kind: 'open', awaitsRelease: true, awaitsAuthority: false });
const rolledBack = report({ kind: 'rolled-back', reason: Buffer.alloc(0) });

/** When within a minute the board would repeat what is on it. */
function repetitions(board: ErrandBoard, from = 0): number[] {
  const times: number[] = [];
  for (let nowMs = from; nowMs <= from + 60_000; nowMs += 100) {
    if (board.takeOverdue(nowMs).errands.length > 0) times.push(nowMs - from);
  }
  return times;
}

describe('ErrandBoard', () => {
  it('repeats what nobody answered, soon at first and then seldom', () => {
    for (const errand of [ask(), open, rolledBack]) {
      const board = new ErrandBoard(1);
      if (errand.kind === 'forward') board.ask(errand, 0);
      else board.report(errand, 0, true);
      expect(board.size).toBe(1);
      const times = repetitions(board);
      expect(times.slice(0, 4)).toEqual([500, 1_500, 3_500, 7_500]);
      expect(times.slice(4, 6)).toEqual([11_500, 15_500]);
    }
    expect([ERRAND_AFTER_MS, ERRAND_SELDOM_MS]).toEqual([500, 4_000]);
  });

  it('asks seldom for what is open over there, and soon again once the time is over', () => {
    const board = new ErrandBoard(1);
    board.ask(ask(), 0);
    board.rest(incoming, 0);
    expect(board.takeOverdue(ERRAND_SELDOM_MS - 1).errands).toEqual([]);
    board.ask(ask({ isDue: true }), 1_000);
    expect(board.takeOverdue(1_000 + ERRAND_AFTER_MS).errands).toEqual([ask({ isDue: true })]);
    board.rest(incoming, 1_500);
    expect(board.takeOverdue(1_500 + ERRAND_AFTER_MS).errands).toHaveLength(1);
  });

  it('is not stopped by a clock that is set back', () => {
    const board = new ErrandBoard(1);
    board.ask(ask(), 1_000_000);
    expect(board.takeOverdue(0).errands).toHaveLength(1);
  });

  it('tells answers to its own asks from older ones and from what nobody asked for', () => {
    const before = new ErrandBoard(7);
    before.ask(ask(), 0);
    const old = before.takeReference();
    const board = new ErrandBoard(1_000);
    const early = board.takeReference();
    board.ask(ask(), 0);
    const mine = board.takeReference();
    const isAnswer = (reference: number): boolean => board.hear(incoming, reference, 0).isAnswer;
    expect([mine, old, early, 0, mine + 1].map(isAnswer)).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
    expect(board.hear({ ...incoming, ledgerId: bob }, mine, 0).isAnswer).toBe(false);
  });

  it('tells what was answered since the time was over', () => {
    const board = new ErrandBoard(1);
    board.ask(ask(), 0);
    const early = board.takeReference();
    board.ask(ask({ isDue: true }), 0);
    const late = board.takeReference();
    board.ask(ask(), 0);
    expect(board.hear(incoming, early, 0)).toEqual({ isAnswer: true, isAnswerWhenDue: false });
    expect(board.hear(incoming, late, 0)).toEqual({ isAnswer: true, isAnswerWhenDue: true });
  });

  it('counts on when the numbers have gone round, and never gives out 0', () => {
    const board = new ErrandBoard(2 ** 32 - 1);
    board.ask(ask(), 0);
    const given = [board.takeReference(), board.takeReference(), board.takeReference()];
    expect(given).toEqual([2 ** 32 - 1, 1, 2]);
    expect(given.map((reference) => board.hear(incoming, reference, 0).isAnswer)).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('holds a transfer until it is let go, once', () => {
    const board = new ErrandBoard(1);
    board.report(open, 0, true);
    expect(board.isHeld(outgoing)).toBe(true);
    expect(board.settle(outgoing, 'outcome')).toBeUndefined();
    expect(board.settle(outgoing, 'hold')).toMatchObject({ isNew: true });
    expect(board.settle(outgoing, 'hold')).toBeUndefined();
    expect(board.isHeld(outgoing)).toBe(false);
  });

  it('lets an outcome take the place of what was held, and keeps its first words', () => {
    const board = new ErrandBoard(1);
    board.report(open, 0, true);
    expect(board.report(rolledBack, 0, false)).toBe(rolledBack);
    expect(board.isHeld(outgoing)).toBe(false);
    const again = report({ kind: 'rolled-back', reason: Buffer.from('again') });
    expect(board.report(again, 1, false)).toBe(rolledBack);
    expect(board.size).toBe(1);
  });

  it('says once that an owner is silent, and again after it has spoken', () => {
    const board = new ErrandBoard(1);
    board.ask(ask(), 0);
    const silentAt = (nowMs: number) => board.takeOverdue(nowMs).silent;
    expect(silentAt(OWNER_SILENT_AFTER_MS - 1)).toEqual([]);
    expect(silentAt(10_000)).toEqual([{ ledgerId: 'bob', waitedMs: 10_000 }]);
    expect(silentAt(20_000)).toEqual([]);
    board.hear(incoming, 0, 20_000);
    expect(silentAt(30_000)).toEqual([{ ledgerId: 'bob', waitedMs: 10_000 }]);
  });

  it('lets go of ledgers that have another owner, and of nothing else', () => {
    const only = (...ids: LedgerId[]): number => {
      const board = new ErrandBoard(1);
      board.ask(ask(), 0);
      board.report(open, 0, true);
      board.report({ ...rolledBack, outgoing: { ...outgoing, ledgerId: alice } }, 0, false);
      board.release(new Set(ids));
      return board.size;
    };
    expect([only(), only(alice), only(bob), only(alice, bob)]).toEqual([3, 1, 2, 0]);
  });

  it('drops an ask with the incoming transfer', () => {
    const board = new ErrandBoard(1);
    board.ask(ask(), 0);
    board.dropAsk(incoming);
    expect(board.size).toBe(0);
  });
});
