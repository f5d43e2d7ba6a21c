import { type Authority, forgetTransfer, type LedgerOpened } from '#domain/ledger';
import {
  ALICE,
  aRejection,
  BOB,
  ilpErrorOf,
  INCOMING,
  NOON_MS,
  OUTGOING,
  PaymentScene,
  told,
} from '#testing';
import { settleByFigure } from './settle-by-figure';

const SHADOWS = ['shadow', 'validated'] as const satisfies readonly Authority[];
const LOSS = { ledgerId: BOB, transferId: OUTGOING, amount: 98n };

const sent = (authorities: { alice?: Authority; bob?: Authority }): PaymentScene => {
  const opened = (authority: Authority = 'admin'): Partial<LedgerOpened> => ({ authority });
  const scene = new PaymentScene({
    alice: opened(authorities.alice),
    bob: opened(authorities.bob),
  });
  scene.accept();
  return scene;
};

const statuses = (scene: PaymentScene): unknown[] => [
  scene.incoming?.status,
  scene.outgoing?.status,
];

describe.each(SHADOWS)('what we send on a ledger that is %s', (bob) => {
  test('is proposed, then prepared by the Response of its authority, once', () => {
    const scene = sent({ bob });
    expect(scene.story()).toEqual(['alice: TransferPrepared', 'bob: TransferProposed']);
    scene.confirm('outgoing', 'prepare');
    scene.confirm('outgoing', 'prepare');
    expect(scene.story()).toEqual(['bob: ProposalAccepted']);
    expect(statuses(scene)).toEqual(['prepared', 'prepared']);
  });

  test('is withdrawn by its Error, and the payer is rejected', () => {
    for (const isAccepted of [false, true]) {
      const scene = sent({ bob });
      if (isAccepted) scene.confirm('outgoing', 'prepare');
      scene.story();
      expect(told(scene.refuse('InsufficientBalanceError'))).toEqual(['reject alice']);
      expect(scene.story()).toEqual(['bob: TransferRejected', 'alice: TransferRejected']);
      expect(ilpErrorOf(scene.incoming?.reason).code).toBe('T04');
    }
  });

  test('is fulfilled though its Response is lost', () => {
    const scene = sent({ bob });
    scene.story();
    expect(told(scene.fulfill())).toEqual(['fulfill alice']);
    expect(scene.story()).toEqual(['bob: TransferFulfilled', 'alice: TransferFulfilled']);
    scene.confirm('outgoing', 'prepare');
    expect(scene.story()).toEqual([]);
  });

  test('outlives the payer’s time, for its authority has the word', () => {
    const scene = sent({ bob });
    scene.expire('incoming', NOON_MS + 10_000);
    expect(statuses(scene)).toEqual(['expired', 'proposed']);
    expect(scene.fulfill({ receivedAtMs: NOON_MS + 10_001 }).loss).toEqual(LOSS);
  });
});

describe.each(SHADOWS)('what we fulfill on a ledger that is %s', (alice) => {
  const submitted = (): PaymentScene => {
    const scene = sent({ alice });
    scene.story();
    expect(scene.fulfill().deliveries).toMatchObject([{ kind: 'fulfill', awaitsAuthority: true }]);
    expect(scene.story()).toEqual(['bob: TransferFulfilled', 'alice: FulfillmentSubmitted']);
    return scene;
  };

  test('is paid by the Response of its authority, once', () => {
    const scene = submitted();
    scene.confirm('incoming', 'fulfill');
    scene.confirm('incoming', 'fulfill');
    expect(scene.story()).toEqual(['alice: TransferFulfilled']);
    expect(scene.alice.sums.incomingFulfilled).toBe(100n);
  });

  test('is not ended by our clock', () => {
    const scene = submitted();
    expect(scene.expire('incoming', NOON_MS + 99_000_000).deliveries).toEqual([]);
    expect(scene.story()).toEqual([]);
  });

  test.each(['AlreadyRolledBackError', 'TransferNotFoundError'])(
    'is lost when its authority says %s, and that is reported once',
    (error) => {
      const scene = submitted();
      expect(scene.unpaid(error)).toMatchObject({ loss: LOSS, isResolved: true });
      expect(scene.story()).toEqual(['alice: TransferExpired']);
      expect(ilpErrorOf(scene.incoming?.reason)).toMatchObject({
        code: 'R00',
        triggeredBy: 'test.alice.client',
      });
      expect(scene.unpaid(error)).toMatchObject({ isResolved: true });
      expect(scene.unpaid(error).loss).toBeUndefined();
      expect(scene.story()).toEqual([]);
    },
  );

  test('is lost when its authority says R00 by itself, though memory has forgotten what it paid for', () => {
    const scene = submitted();
    const reason = aRejection({ code: 'R00' });
    forgetTransfer(scene.bob, OUTGOING);
    const outcome = scene.reject({ ledgerId: ALICE, transferId: INCOMING, reason });
    expect(outcome.loss).toEqual(LOSS);
    expect(scene.incoming?.status).toBe('expired');
    expect(scene.reject({ ledgerId: ALICE, transferId: INCOMING, reason }).loss).toBeUndefined();
  });

  test('is paid when its authority says so by an Error', () => {
    const scene = submitted();
    expect(scene.unpaid('AlreadyFulfilledError')).toMatchObject({ isResolved: true });
    expect(scene.story()).toEqual(['alice: TransferFulfilled']);
  });

  test.each(['InvalidFulfillmentError', 'NotAcceptedError', 'UnreachableError', 'what?'])(
    'goes on being shown after %s, which says neither',
    (error) => {
      const scene = submitted();
      expect(scene.unpaid(error)).toMatchObject({ isResolved: false });
      expect(scene.story()).toEqual([]);
      expect(scene.incoming?.status).toBe('submitted');
    },
  );

  test('is shown again when the Prepare comes again', () => {
    const scene = submitted();
    expect(told(scene.accept({}, { nowMs: NOON_MS + 99_000 }))).toEqual(['fulfill alice']);
  });

  test('and what we reject is final at once', () => {
    const scene = sent({ alice });
    scene.reject();
    expect(statuses(scene)).toEqual(['rejected', 'rejected']);
    scene.story();
    scene.confirm('incoming', 'reject');
    expect(scene.story()).toEqual([]);
  });
});

describe('on a ledger that both decide', () => {
  test('either side ends what ran out, and the other one is told', () => {
    const scene = sent({ alice: 'symmetric', bob: 'symmetric' });
    scene.story();
    expect(told(scene.expire('outgoing', NOON_MS + 9_000))).toEqual(['reject bob', 'reject alice']);
    expect(scene.story()).toEqual(['bob: TransferExpired', 'alice: TransferRejected']);
    const theirs = sent({ alice: 'symmetric' });
    theirs.story();
    const late = { receivedAtMs: NOON_MS + 10_000, nowMs: NOON_MS + 10_000 };
    theirs.reject({ ledgerId: ALICE, transferId: INCOMING, ...late });
    expect(theirs.story()).toEqual(['alice: TransferExpired', 'bob: TransferExpired']);
  });

  test.each(['AlreadyRolledBackError', 'TransferNotFoundError'])(
    'ours stays and the ledger is disputed when the peer says %s, once',
    (error) => {
      const scene = sent({ alice: 'symmetric' });
      scene.fulfill();
      scene.story();
      for (const again of [false, true]) {
        expect(scene.unpaid(error)).toMatchObject({ isResolved: true });
        expect(scene.story()).toEqual(again ? [] : ['alice: LedgerDisputed']);
      }
      expect(scene.incoming?.status).toBe('fulfilled');
      expect(scene.alice.difference).toEqual({ ours: 100n, theirs: 0n });
    },
  );

  test('other errors say nothing', () => {
    const scene = sent({ alice: 'symmetric' });
    scene.fulfill();
    scene.story();
    expect(scene.unpaid('NotAcceptedError')).toMatchObject({ isResolved: true });
    expect(scene.story()).toEqual([]);
  });
});

describe('on a ledger that we decide', () => {
  test('answers of the peer record nothing', () => {
    const scene = sent({});
    scene.fulfill();
    scene.story();
    scene.confirm('outgoing', 'prepare');
    scene.confirm('incoming', 'fulfill');
    expect(scene.unpaid('AlreadyRolledBackError')).toMatchObject({ isResolved: true });
    expect(scene.unpaid('AlreadyRolledBackError').loss).toBeUndefined();
    expect(scene.story()).toEqual([]);
  });
});

test('a payment that passes a threshold says so in the same append', () => {
  const scene = sent({});
  scene.ledgers.record(scene.alice, {
    type: 'ThresholdsChanged',
    thresholds: { low: null, high: 100n, settleTo: 0n },
    by: 'carol',
  });
  scene.story();
  scene.fulfill();
  expect(scene.story()).toEqual([
    'bob: TransferFulfilled',
    'alice: TransferFulfilled',
    'alice: ThresholdCrossed',
    'alice: SettlementRequested',
  ]);
});

describe('what we fulfilled and never heard of again', () => {
  const LONG_AFTER_MS = NOON_MS + 7_200_000;
  const waiting = (): PaymentScene => {
    const scene = sent({ alice: 'shadow' });
    scene.fulfill();
    scene.story();
    return scene;
  };
  const told = (scene: PaymentScene, theirs: bigint, nowMs = LONG_AFTER_MS): unknown[] =>
    settleByFigure(scene.ledgers, scene.alice, { theirs, nowMs }).map(({ outcome }) => outcome);

  test('is paid when the authority counts it', () => {
    const scene = waiting();
    expect(told(scene, 100n)).toMatchObject([{ isResolved: true }]);
    expect(scene.story()).toEqual(['alice: TransferFulfilled']);
  });

  test('is lost when the authority does not, and that is reported', () => {
    const scene = waiting();
    expect(told(scene, 0n)).toMatchObject([{ isResolved: true, loss: LOSS }]);
    expect(scene.story()).toEqual(['alice: TransferExpired']);
  });

  test.each([1n, 99n, 101n, -100n])('waits while the figure of %d says neither', (theirs) => {
    const scene = waiting();
    expect(told(scene, theirs)).toEqual([]);
    expect(scene.story()).toEqual([]);
  });

  test('waits while an answer may still be under way', () => {
    const scene = waiting();
    const { expiresAtMs = 0 } = scene.incoming ?? {};
    expect(told(scene, 100n, expiresAtMs + 3_599_999)).toEqual([]);
    expect(told(scene, 100n, expiresAtMs + 3_600_000)).toHaveLength(1);
  });

  test('waits while the ledger differs for another reason', () => {
    const scene = waiting();
    scene.ledgers.record(scene.alice, { type: 'ShadowDiverged', ours: 0n, theirs: 7n });
    expect(told(scene, 100n)).toEqual([]);
  });
});
