import type { LedgerEvent } from '#domain/ledger';
import {
  aLedgerId,
  anIncoming,
  anOutgoing,
  aPreimage,
  aRejection,
  aTransferId,
  transferPrepared,
} from '#testing';
import { ComparisonStage, EVERY_MS } from '../test/comparison-stage';
import { COMPARE_AGAIN_MS, LOOK_AGAIN_MS } from './balance-comparison';

const { fulfillment } = aPreimage(1);
const ended = { transferId: aTransferId(1) };
const incomingPrepared = transferPrepared(anIncoming());
const outgoingPrepared = transferPrepared(anOutgoing());
const fulfilled: LedgerEvent = { type: 'TransferFulfilled', ...ended, fulfillment, data: null };
const submitted: LedgerEvent = { type: 'FulfillmentSubmitted', ...ended, fulfillment, data: null };
const rejected: LedgerEvent = { type: 'TransferRejected', ...ended, reason: aRejection() };
const delivery = {
  kind: 'fulfill',
  ledgerId: aLedgerId(),
  ...ended,
  fulfillment,
  data: null,
  expiresAtMs: anIncoming().expiresAtMs,
  awaitsAuthority: false,
} as const;

describe('who is asked for a balance', () => {
  it('is nobody on a ledger of our own', () => {
    const stage = new ComparisonStage('admin');
    stage.tick();
    stage.openSession();
    expect(stage.asked).toEqual([]);
  });

  it.each(['shadow', 'symmetric', 'validated'] as const)(
    'is the other side of a ledger that is %s: at the start, at a session, and every interval',
    (authority) => {
      const stage = new ComparisonStage(authority);
      stage.tick();
      expect(stage.asked).toEqual([]);
      stage.tick(LOOK_AGAIN_MS);
      stage.openSession();
      expect(stage.asked).toHaveLength(2);
      expect(stage.asked[0]?.subject).toBe('causeway.test.gateway.alice');
      stage.tick(EVERY_MS - 1);
      expect(stage.asked).toHaveLength(2);
      stage.tick(1);
      stage.tick(1);
      expect(stage.asked).toHaveLength(3);
      stage.tick(EVERY_MS);
      expect(stage.asked).toHaveLength(4);
    },
  );

  it('is nobody once the ledger is closed', () => {
    const stage = new ComparisonStage('shadow');
    stage.happen({ type: 'LedgerClosed', by: 'anna', reason: 'over', balance: 0n });
    stage.tick();
    stage.openSession();
    expect(stage.asked).toEqual([]);
  });
});

describe('an answer', () => {
  it('that agrees is recorded once', () => {
    const stage = new ComparisonStage('symmetric');
    stage.openSession();
    stage.answer(0n);
    for (let round = 0; round < 2; round += 1) {
      stage.tick(EVERY_MS);
      stage.answer(0n);
    }
    expect(stage.events).toEqual([{ type: 'BalanceCompared', ours: 0n, theirs: 0n }]);
    expect(stage.news.map(({ outcome }) => outcome)).toEqual(['agreed', 'unchanged', 'unchanged']);
  });

  it('to any but the latest question is ignored, as is a second one', () => {
    const stage = new ComparisonStage('symmetric');
    stage.openSession();
    stage.openSession();
    const [first, second] = stage.asked;
    stage.answer(-7n, first?.reference);
    expect(stage.events).toEqual([]);
    stage.answer(0n, second?.reference);
    stage.answer(-7n, second?.reference);
    expect(stage.types).toEqual(['BalanceCompared']);
  });

  it('is asked for again soon while it says nothing, then no more', () => {
    const stage = new ComparisonStage('shadow');
    stage.happen(outgoingPrepared);
    stage.openSession();
    stage.answer(0n);
    expect(stage.news).toMatchObject([{ outcome: 'inconclusive', alert: undefined }]);
    stage.tick(COMPARE_AGAIN_MS - 1);
    expect(stage.asked).toHaveLength(1);
    stage.happen(rejected);
    stage.tick(1);
    expect(stage.asked).toHaveLength(2);
    stage.answer(0n);
    expect(stage.types).toEqual(['BalanceCompared']);
    stage.tick(EVERY_MS - 1);
    expect(stage.asked).toHaveLength(2);
  });
});

describe('a shadow whose authority counts otherwise', () => {
  it('adopts its figure, by events that show both', () => {
    const stage = new ComparisonStage('shadow');
    stage.openSession();
    stage.answer(20_000n);
    const compared = { ours: 0n, theirs: -20_000n };
    expect(stage.events).toEqual([
      { type: 'ShadowDiverged', ...compared },
      { type: 'ShadowReconciled', how: 'adopted', by: 'authority', note: '', ...compared },
    ]);
    expect(stage.ledger.sums.adjusted).toBe(-20_000n);
    const [diverged, adopted] = stage.news.map(({ alert }) => alert);
    expect(diverged).toContain('we count 0, the other side counts -20000 (USD with 9 decimals');
    expect(adopted).toContain('now -20000');
    stage.tick(EVERY_MS);
    stage.answer(20_000n);
    expect(stage.events).toHaveLength(2);
  });

  it('is left alone where an operator is to decide, and said once', () => {
    const stage = new ComparisonStage('validated', 'operator');
    stage.openSession();
    for (let round = 0; round < 3; round += 1) {
      stage.tick(EVERY_MS);
      stage.answer(20_000n);
    }
    expect(stage.types).toEqual(['ShadowDiverged']);
    expect(stage.ledger.sums.adjusted).toBe(0n);
    expect(stage.news.filter(({ alert }) => alert !== undefined)).toHaveLength(1);
    stage.tick(EVERY_MS);
    stage.answer(0n);
    expect(stage.types).toEqual(['ShadowDiverged', 'ShadowReconciled']);
    expect(stage.news.at(-1)).toMatchObject({ outcome: 'agreed-again' });
  });

  it('is said to differ, by what is certain, while payments never stop, and adopts once they do', () => {
    const stage = new ComparisonStage('shadow');
    stage.happen(outgoingPrepared);
    stage.openSession();
    stage.answer(500n);
    expect(stage.events).toEqual([]);
    for (let round = 0; round < 3; round += 1) {
      stage.tick(COMPARE_AGAIN_MS);
      stage.answer(500n);
    }
    expect(stage.events).toEqual([{ type: 'ShadowDiverged', ours: -100n, theirs: -500n }]);
    stage.happen(fulfilled);
    stage.tick(COMPARE_AGAIN_MS);
    stage.answer(600n);
    expect(stage.types).toEqual(['ShadowDiverged', 'ShadowDiverged', 'ShadowReconciled']);
    expect(stage.ledger.sums.adjusted).toBe(-500n);
  });

  it('may have counted what we have submitted, or not', () => {
    const stage = new ComparisonStage('shadow');
    stage.happen(incomingPrepared, submitted);
    for (const balance of [0n, -100n, -50n]) {
      stage.openSession();
      stage.answer(balance);
    }
    expect(stage.events).toEqual([]);
  });
});

describe('a symmetric ledger', () => {
  it('is disputed by a difference, never adjusted, and in order when it is gone', () => {
    const stage = new ComparisonStage('symmetric');
    for (const balance of [-5n, -5n, 0n]) {
      stage.openSession();
      stage.answer(balance);
    }
    expect(stage.events).toEqual([
      { type: 'LedgerDisputed', cause: 'balance', about: null, ours: 0n, theirs: 5n },
      {
        type: 'DisputeResolved',
        how: 'agreed',
        by: 'peer',
        note: '',
        ours: 0n,
        theirs: 0n,
      },
    ]);
    expect(stage.ledger.sums.adjusted).toBe(0n);
    expect(stage.news[0]?.alert).toContain('Nothing was adjusted');
  });

  it('may not have heard of a fulfillment that it has not confirmed', () => {
    const stage = new ComparisonStage('symmetric');
    stage.happen(incomingPrepared, fulfilled);
    stage.board.post(delivery, stage.nowMs);
    for (const balance of [0n, -100n]) {
      stage.openSession();
      stage.answer(balance);
    }
    expect(stage.events).toEqual([]);
    stage.board.confirm(stage.ledger.id, delivery.transferId, 'fulfill');
    stage.openSession();
    stage.answer(0n);
    expect(stage.types).toEqual(['LedgerDisputed']);
  });

  it('may not have heard of it either when it confirms only after it answered', () => {
    const stage = new ComparisonStage('symmetric');
    stage.happen(incomingPrepared, fulfilled);
    stage.board.post(delivery, stage.nowMs);
    stage.openSession();
    stage.board.confirm(stage.ledger.id, delivery.transferId, 'fulfill');
    stage.answer(0n);
    expect(stage.events).toEqual([]);
  });

  it('is not judged by an answer during which a settlement was recorded', () => {
    const stage = new ComparisonStage('symmetric');
    stage.openSession();
    stage.happen({
      type: 'SettlementRecorded',
      reference: 'r1',
      direction: 'paid',
      amount: 10n,
      by: 'anna',
    });
    stage.answer(0n);
    expect(stage.events).toEqual([]);
    stage.tick(COMPARE_AGAIN_MS);
    stage.answer(-10n);
    expect(stage.types).toEqual(['BalanceCompared']);
  });

  it('cannot be compared while a fulfillment under way is of a transfer that memory let go', () => {
    const stage = new ComparisonStage('symmetric');
    stage.board.post(delivery, stage.nowMs);
    stage.openSession();
    expect(stage.asked).toEqual([]);
    stage.board.confirm(stage.ledger.id, delivery.transferId, 'fulfill');
    stage.tick(COMPARE_AGAIN_MS);
    expect(stage.asked).toHaveLength(1);
  });
});

describe('a fulfillment that was never answered', () => {
  const HOUR_MS = 3_600_000;
  const { expiresAtMs } = anIncoming();
  const onward = {
    ledgerId: aLedgerId('bob'),
    transferId: aTransferId(9),
    amount: 98n,
    expiresAtMs,
  };
  const stageWithSubmitted = (): ComparisonStage => {
    const stage = new ComparisonStage('shadow');
    const plan = { kind: 'forward', ...onward } as const;
    stage.happen(transferPrepared(anIncoming({ plan })), submitted);
    stage.board.post({ ...delivery, awaitsAuthority: true }, stage.nowMs);
    return stage;
  };

  it('is settled by the figure once it is long past its expiry, and then both agree', () => {
    const stage = stageWithSubmitted();
    stage.openSession();
    stage.answer(-100n);
    expect(stage.events).toEqual([]);
    stage.tick(2 * HOUR_MS);
    stage.answer(-100n);
    expect(stage.types).toEqual(['TransferFulfilled']);
    expect(stage.board.allFor(stage.ledger.id)).toEqual([]);
    stage.tick(COMPARE_AGAIN_MS);
    stage.answer(-100n);
    expect(stage.types).toEqual(['TransferFulfilled', 'BalanceCompared']);
  });

  it('is rolled back where the authority never counted it', () => {
    const stage = stageWithSubmitted();
    stage.tick(2 * HOUR_MS);
    stage.openSession();
    stage.answer(0n);
    expect(stage.types).toEqual(['TransferExpired']);
    expect(stage.losses).toEqual([98n]);
  });

  it('waits while something else moves', () => {
    const stage = stageWithSubmitted();
    stage.happen(transferPrepared(anOutgoing({ transferId: aTransferId(2) })));
    stage.tick(2 * HOUR_MS);
    stage.openSession();
    stage.answer(-100n);
    expect(stage.events).toEqual([]);
  });
});
