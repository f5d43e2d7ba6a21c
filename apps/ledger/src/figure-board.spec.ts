import { evolve, type LedgerEvent, type LedgerState, openLedger } from '#domain/ledger';
import {
  aLedgerId,
  anIncoming,
  anOutgoing,
  aTransferId,
  ledgerOpened,
  transferPrepared,
} from '#testing';
import { FigureBoard } from './figure-board';

const id = aLedgerId();
const all = (): boolean => true;

let board: FigureBoard;
let ledger: LedgerState;

beforeEach(() => {
  board = new FigureBoard();
  ledger = openLedger(id, ledgerOpened({ limits: { maxBalance: 1_000n, minBalance: -500n } }));
});

function happen(event: LedgerEvent, version: number): void {
  evolve(ledger, event);
  board.touch(id, version);
}

function announced(): readonly object[] {
  const news = board.take((asked) => (asked === id ? ledger : undefined));
  board.settle(news, all);
  return news;
}

describe('FigureBoard', () => {
  it('allows for what is on hold, either way', () => {
    happen(transferPrepared(anIncoming({ amount: 100n })), 2);
    happen(transferPrepared(anOutgoing({ amount: 30n, transferId: aTransferId(2) })), 3);
    expect(announced()).toEqual([{ ledgerId: id, version: 3, maxIn: '900', maxOut: '470' }]);
  });

  it('says null where there is no limit', () => {
    ledger.limits = { maxBalance: null, minBalance: null };
    board.touch(id, 1);
    expect(announced()).toEqual([{ ledgerId: id, version: 1, maxIn: null, maxOut: null }]);
  });

  it.each(['paused', 'draining', 'closed'] as const)(
    'says 0 of a ledger that is %s',
    (standing) => {
      ledger.limits = { maxBalance: null, minBalance: -5n };
      ledger.standing = standing;
      board.touch(id, 4);
      expect(announced()).toEqual([{ ledgerId: id, version: 4, maxIn: '0', maxOut: '0' }]);
    },
  );

  it('says 0 of a limit that was lowered below what is in use', () => {
    happen(transferPrepared(anIncoming({ amount: 100n })), 2);
    ledger.limits = { maxBalance: 99n, minBalance: 1n };
    expect(announced()).toEqual([{ ledgerId: id, version: 2, maxIn: '0', maxOut: '0' }]);
  });

  it('announces a ledger once, however many events there were, and nothing that is as before', () => {
    expect(board.hasNews).toBe(false);
    for (let version = 1; version < 5; version += 1) board.touch(id, version);
    expect(board.hasNews).toBe(true);
    expect(announced()).toHaveLength(1);
    expect(board.hasNews).toBe(false);
    board.touch(id, 5);
    expect(announced()).toEqual([]);
  });

  it('announces a ledger that was taken over, and knows it at once', () => {
    board.adopt(ledger, 7);
    const figures = { ledgerId: id, version: 7, maxIn: '1000', maxOut: '500' };
    expect(board.list()).toEqual([figures]);
    expect(announced()).toEqual([figures]);
  });

  it('lists nothing that is not on record', () => {
    board.adopt(ledger, 1);
    happen(transferPrepared(anIncoming({ amount: 100n })), 2);
    const news = board.take(() => ledger);
    expect(board.list()).toMatchObject([{ version: 1, maxIn: '1000' }]);
    board.settle(news, all);
    expect(board.list()).toMatchObject([{ version: 2, maxIn: '900' }]);
  });

  it('forgets a ledger that went to another owner, also between deciding and the commit', () => {
    board.adopt(ledger, 1);
    const news = board.take(() => ledger);
    board.release(id);
    board.settle(news, () => false);
    board.touch(id, 2);
    expect(board.list()).toEqual([]);
    expect(board.take(() => undefined)).toEqual([]);
  });
});
