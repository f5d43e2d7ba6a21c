import fc from 'fast-check';
import { type LedgerOpened, MAX_AMOUNT } from '#domain/ledger';
import {
  aForwardPlan,
  aLedgerId,
  ALICE,
  anIlpPayment,
  anIncoming,
  anOutgoing,
  aPreimage,
  BOB,
  ilpErrorOf,
  INCOMING,
  NOON_MS,
  OUTGOING,
  PaymentScene,
  told,
  transferPrepared,
} from '#testing';

const PREPARED = 'TransferPrepared';

describe('a payment that can go on', () => {
  test('is put on hold on both ledgers and sent to the next peer', () => {
    const scene = new PaymentScene();
    const outcome = scene.accept();
    expect(scene.story()).toEqual([`alice: ${PREPARED}`, `bob: ${PREPARED}`]);
    expect(outcome).toEqual({
      refusal: undefined,
      deliveries: [
        {
          kind: 'prepare',
          ledgerId: BOB,
          transferId: OUTGOING,
          amount: 98n,
          condition: aPreimage(1).condition,
          expiresAtMs: NOON_MS + 9_000,
          packet: anIlpPayment(),
        },
      ],
      errands: [],
    });
  });

  test('keeps its plan with the one leg and its cause with the other', () => {
    const scene = new PaymentScene();
    scene.accept();
    expect(scene.incoming?.plan).toEqual(aForwardPlan());
    expect(scene.outgoing?.cause).toEqual({ ledgerId: ALICE, transferId: INCOMING, amount: 100n });
  });
});

describe('a Prepare that the ledger refuses', () => {
  test('is refused, and nothing else happens', () => {
    const scene = new PaymentScene({ alice: { limits: { maxBalance: 99n, minBalance: null } } });
    expect(scene.accept()).toEqual({
      refusal: { kind: 'InsufficientBalance', required: 100n, available: 99n },
      deliveries: [],
      errands: [],
    });
    expect(scene.story()).toEqual([]);
  });

  test('is refused where there is no such ledger', () => {
    const ledgerId = aLedgerId('carol');
    expect(new PaymentScene().accept({}, { ledgerId })).toEqual({
      refusal: { kind: 'LedgerNotFound', ledgerId },
      deliveries: [],
      errands: [],
    });
  });
});

describe('a Prepare whose time is over', () => {
  test('is accepted and rolled back at once', () => {
    const scene = new PaymentScene();
    const outcome = scene.accept({ expiresAtMs: NOON_MS });
    expect(outcome.refusal).toBeUndefined();
    expect(told(outcome)).toEqual(['reject alice']);
    expect(scene.story()).toEqual([`alice: ${PREPARED}`, 'alice: TransferExpired']);
    expect(ilpErrorOf(scene.incoming?.reason)).toMatchObject({
      code: 'R00',
      triggeredBy: 'test.alice.server',
      data: Buffer.from('expired'),
    });
  });

  test('is rejected by us, its receiver, where the peer’s clock decides', () => {
    for (const authority of ['shadow', 'validated'] as const) {
      const scene = new PaymentScene({ alice: { authority } });
      const outcome = scene.accept({
        expiresAtMs: NOON_MS,
        plan: aForwardPlan({ expiresAtMs: NOON_MS - 1000 }),
      });
      expect(told(outcome)).toEqual(['reject alice']);
      expect(scene.story()).toEqual([`alice: ${PREPARED}`, 'alice: TransferRejected']);
      expect(ilpErrorOf(scene.incoming?.reason).code).toBe('R02');
    }
  });
});

describe('a plan to refuse', () => {
  const plan = { kind: 'refuse', code: 'F02', triggeredBy: 'test.x', message: 'no way' } as const;

  test('is put on hold, then rejected in its words', () => {
    const scene = new PaymentScene();
    const outcome = scene.accept({ plan });
    expect(outcome.refusal).toBeUndefined();
    expect(told(outcome)).toEqual(['reject alice']);
    expect(scene.story()).toEqual([`alice: ${PREPARED}`, 'alice: TransferRejected']);
    expect(ilpErrorOf(scene.incoming?.reason)).toEqual({
      type: 'error',
      code: 'F02',
      name: 'Unreachable',
      triggeredBy: 'test.x',
      forwardedBy: ['test.alice.server'],
      triggeredAtMs: NOON_MS,
      data: Buffer.from('{"message":"no way"}'),
    });
  });

  test('has a reject that says what is on record', () => {
    const scene = new PaymentScene();
    expect(scene.accept({ plan }).deliveries).toEqual([
      {
        kind: 'reject',
        ledgerId: ALICE,
        transferId: INCOMING,
        reason: scene.incoming?.reason,
      },
    ]);
  });

  test('is kept without what a database cannot store', () => {
    const scene = new PaymentScene();
    const message = `a\u0000b\ud800c☂${'x'.repeat(2000)}`;
    scene.accept({ plan: { ...plan, message } });
    expect(scene.incoming?.plan).toEqual({
      ...plan,
      message: `a\ufffdb\ufffdc☂${'x'.repeat(1018)}`,
    });
  });
});

/** Alice's ledger is unlimited; which error she gets for each thing that may be wrong with bob's. */
describe('a payment that cannot go on is put on hold and rejected', () => {
  const limits = { maxBalance: null, minBalance: -97n };
  const bob = 'test.bob.server';
  const alice = 'test.alice.server';

  test.each<[string, Parameters<typeof aForwardPlan>[0], Partial<LedgerOpened>, string, string]>([
    ['the way leads back', { ledgerId: ALICE, amount: 0n }, { limits }, 'F02', alice],
    ['nothing is left', { amount: 0n, expiresAtMs: 0 }, { limits }, 'R01', alice],
    ['the amount is negative', { amount: -1n }, { limits }, 'R01', alice],
    ['its time would be over', { expiresAtMs: NOON_MS }, { limits }, 'R02', alice],
    ['it would outlive ours', { expiresAtMs: NOON_MS + 10_001 }, { limits }, 'R02', alice],
    ['no such ledger', { ledgerId: aLedgerId('carol') }, { limits }, 'T01', alice],
    ['the amount has no form', { amount: MAX_AMOUNT + 1n }, { limits }, 'F00', bob],
    ['the limit is too low', {}, { limits }, 'T04', bob],
  ])('%s', (_why, plan, opened, code, triggeredBy) => {
    const scene = new PaymentScene({ bob: opened });
    const outcome = scene.accept({ plan: aForwardPlan(plan) });
    expect(outcome.refusal).toBeUndefined();
    expect(told(outcome)).toEqual(['reject alice']);
    expect(scene.story()).toEqual([`alice: ${PREPARED}`, 'alice: TransferRejected']);
    const error = ilpErrorOf(scene.incoming?.reason);
    expect(error).toMatchObject({ code, triggeredBy, forwardedBy: [] });
    expect(error.data.toString()).not.toMatch(/\d/);
  });

  test('the outgoing id is in use, by whatever transfer', () => {
    const others = [
      anIncoming({ transferId: OUTGOING }),
      anOutgoing({ transferId: OUTGOING, amount: 98n }),
      anOutgoing({
        transferId: OUTGOING,
        amount: 98n,
        cause: { ledgerId: ALICE, transferId: OUTGOING, amount: 100n },
      }),
    ];
    for (const other of others) {
      const scene = new PaymentScene();
      scene.ledgers.record(scene.bob, transferPrepared(other));
      scene.story();
      expect(told(scene.accept())).toEqual(['reject alice']);
      expect(scene.story()).toEqual([`alice: ${PREPARED}`, 'alice: TransferRejected']);
      expect(ilpErrorOf(scene.incoming?.reason).code).toBe('F00');
    }
  });

  test('but may expire with the incoming one, or just before', () => {
    for (const expiresAtMs of [NOON_MS + 1, NOON_MS + 10_000]) {
      expect(told(new PaymentScene().accept({ plan: aForwardPlan({ expiresAtMs }) }))).toEqual([
        'prepare bob',
      ]);
    }
  });
});

test('no plan whatever keeps a payment from being sent on or rejected', () => {
  const aPlan = fc.oneof(
    fc.record({
      kind: fc.constant('refuse' as const),
      code: fc.string({ unit: 'binary' }),
      triggeredBy: fc.string({ unit: 'binary' }),
      message: fc.string({ unit: 'binary', size: 'large' }),
    }),
    fc
      .record({
        ledgerId: fc.constantFrom(ALICE, BOB, aLedgerId('carol')),
        amount: fc.bigInt({ min: -5n, max: 2n ** 65n }),
        expiresAtMs: fc.oneof(
          fc.double(),
          fc.integer().map((ms) => NOON_MS + ms),
        ),
      })
      .map(aForwardPlan),
  );
  fc.assert(
    fc.property(aPlan, (plan) => {
      const scene = new PaymentScene();
      expect(['prepare bob', 'reject alice']).toEqual(
        expect.arrayContaining(told(scene.accept({ plan }))),
      );
      expect(scene.incoming?.status === 'rejected').toBe(scene.outgoing === undefined);
    }),
    { numRuns: 1000 },
  );
});

describe('the same Prepare again', () => {
  test('records nothing and has the next peer told again', () => {
    const scene = new PaymentScene();
    const first = scene.accept();
    scene.story();
    expect(scene.accept()).toEqual(first);
    expect(scene.accept({ plan: aForwardPlan({ amount: 1n }) })).toEqual(first);
    expect(scene.story()).toEqual([]);
  });

  test('after it was fulfilled is refused, and the peer is told again while it matters', () => {
    const scene = new PaymentScene();
    scene.accept();
    scene.fulfill();
    scene.story();
    const refusal = { kind: 'AlreadyFulfilled', transferId: INCOMING };
    const again = scene.accept();
    expect(again.refusal).toEqual(refusal);
    expect(told(again)).toEqual(['fulfill alice']);
    expect(scene.accept({}, { nowMs: NOON_MS + 10_000 })).toEqual({
      refusal,
      deliveries: [],
      errands: [],
    });
    expect(scene.story()).toEqual([]);
  });

  test('after it was rolled back is refused, and the peer is told again', () => {
    const scene = new PaymentScene();
    scene.accept();
    scene.reject();
    scene.story();
    const again = scene.accept();
    expect(again.refusal).toEqual({ kind: 'AlreadyRolledBack', transferId: INCOMING });
    expect(told(again)).toEqual(['reject alice']);
    expect(scene.story()).toEqual([]);
  });

  test('with other content is refused, and nobody is told anything', () => {
    const scene = new PaymentScene();
    scene.accept();
    scene.reject();
    scene.story();
    expect(scene.accept({ amount: 101n })).toEqual({
      refusal: { kind: 'DuplicateId', transferId: INCOMING },
      deliveries: [],
      errands: [],
    });
    expect(scene.story()).toEqual([]);
  });
});
