import {
  ALICE,
  aPreimage,
  aRejection,
  aTransferId,
  BOB,
  aLedgerId,
  ilpErrorOf,
  INCOMING,
  NOON_MS,
  OUTGOING,
  PaymentScene,
  told,
} from '#testing';
import { encodeIlp } from '#protocol';

const { fulfillment } = aPreimage(1);

const sent = (ledgers?: ConstructorParameters<typeof PaymentScene>[0]): PaymentScene => {
  const scene = new PaymentScene(ledgers);
  scene.accept();
  scene.story();
  return scene;
};

const statuses = (scene: PaymentScene): unknown[] => [
  scene.incoming?.status,
  scene.outgoing?.status,
];

describe('the next peer fulfills', () => {
  test('and both legs are fulfilled in one go, with the same preimage and data', () => {
    const scene = sent();
    const data = Buffer.from('data');
    expect(scene.fulfill({ data })).toEqual({
      refusal: undefined,
      deliveries: [
        {
          kind: 'fulfill',
          ledgerId: ALICE,
          transferId: INCOMING,
          fulfillment,
          data,
          expiresAtMs: NOON_MS + 10_000,
          awaitsAuthority: false,
        },
      ],
      errands: [],
    });
    expect(scene.story()).toEqual(['bob: TransferFulfilled', 'alice: TransferFulfilled']);
  });

  test('again: nothing is recorded, the payer is told again', () => {
    const scene = sent();
    const first = scene.fulfill();
    scene.story();
    expect(scene.fulfill({ receivedAtMs: NOON_MS + 99_000 })).toEqual(first);
    expect(scene.story()).toEqual([]);
  });

  test.each<[string, Parameters<PaymentScene['fulfill']>[0], object]>([
    ['on no ledger', { ledgerId: aLedgerId('carol') }, { kind: 'LedgerNotFound' }],
    ['nothing we know', { transferId: aTransferId(9) }, { kind: 'TransferNotFound' }],
    [
      'what we were sent',
      { ledgerId: ALICE, transferId: INCOMING },
      { kind: 'WrongDirection', transferId: INCOMING },
    ],
    ['wrongly', { fulfillment: Buffer.alloc(32) }, { kind: 'InvalidFulfillment' }],
    ['too late', { receivedAtMs: NOON_MS + 9_000 }, { kind: 'AlreadyRolledBack' }],
  ])('%s: it is refused, and nothing happens', (_what, change, refusal) => {
    const scene = sent();
    expect(scene.fulfill(change)).toMatchObject({ refusal, deliveries: [], errands: [] });
    expect(scene.story()).toEqual([]);
  });

  test('in time, though the payer’s time is over: we paid, and the loss is reported once', () => {
    const scene = sent({ bob: { authority: 'shadow' } });
    scene.expire('incoming', NOON_MS + 10_000);
    scene.story();
    const late = { receivedAtMs: NOON_MS + 10_001 };
    expect(scene.fulfill(late)).toEqual({
      refusal: undefined,
      deliveries: [],
      errands: [],
      loss: { ledgerId: BOB, transferId: OUTGOING, amount: 98n },
    });
    expect(scene.story()).toEqual(['bob: TransferFulfilled']);
    expect(statuses(scene)).toEqual(['expired', 'fulfilled']);
    expect(scene.fulfill(late)).toEqual({ refusal: undefined, deliveries: [], errands: [] });
  });

  test('when the payer’s time is over and nobody noticed: a loss, and the payer hears R00', () => {
    const scene = sent({ bob: { authority: 'shadow' } });
    const late = { receivedAtMs: NOON_MS + 10_000 };
    const outcome = scene.fulfill(late);
    expect(outcome.loss).toEqual({ ledgerId: BOB, transferId: OUTGOING, amount: 98n });
    expect(told(outcome)).toEqual(['reject alice']);
    expect(scene.story()).toEqual(['bob: TransferFulfilled', 'alice: TransferRejected']);
    expect(ilpErrorOf(scene.incoming?.reason).code).toBe('R00');
    expect(scene.expire('incoming', NOON_MS + 10_000).loss).toBeUndefined();
    expect(scene.fulfill(late).loss).toBeUndefined();
  });

  test('what nobody asked us to send', () => {
    const scene = new PaymentScene();
    const { condition } = aPreimage(1);
    scene.ledgers.record(scene.bob, {
      type: 'TransferPrepared',
      transferId: OUTGOING,
      direction: 'outgoing',
      amount: 1n,
      condition,
      expiresAtMs: NOON_MS + 9_000,
      packet: Buffer.alloc(0),
      sideDataDigest: null,
    });
    scene.story();
    expect(scene.fulfill()).toEqual({ refusal: undefined, deliveries: [], errands: [] });
    expect(scene.story()).toEqual(['bob: TransferFulfilled']);
  });
});

describe('the payer ends what it sent', () => {
  test('by a clock ahead of ours: the outgoing leg ends with it', () => {
    const scene = sent();
    const ahead = { receivedAtMs: NOON_MS + 10_000, nowMs: NOON_MS + 5_000 };
    scene.reject({ ledgerId: ALICE, transferId: INCOMING, ...ahead });
    expect(scene.story()).toEqual(['alice: TransferExpired', 'bob: TransferExpired']);
    expect(scene.fulfill().refusal?.kind).toBe('AlreadyRolledBack');
  });
});

describe('the next peer rejects', () => {
  test('and both legs are rolled back, the payer hears the same error forwarded by us', () => {
    const scene = sent();
    const outcome = scene.reject({ reason: aRejection({ forwardedBy: ['test.bob.client'] }) });
    expect(outcome.refusal).toBeUndefined();
    expect(told(outcome)).toEqual(['reject alice']);
    expect(scene.story()).toEqual(['bob: TransferRejected', 'alice: TransferRejected']);
    const original = ilpErrorOf(scene.outgoing?.reason);
    expect(original).toEqual(ilpErrorOf(aRejection({ forwardedBy: ['test.bob.client'] })));
    expect(ilpErrorOf(scene.incoming?.reason)).toEqual({
      ...original,
      forwardedBy: ['test.bob.client', 'test.alice.server'],
    });
  });

  test('after its time, but before we noticed, all the same', () => {
    const scene = sent();
    const late = { receivedAtMs: NOON_MS + 9_001, nowMs: NOON_MS + 9_002 };
    expect(told(scene.reject(late))).toEqual(['reject alice']);
    expect(statuses(scene)).toEqual(['rejected', 'rejected']);
  });

  test('again, otherwise: nothing happens and nobody is told', () => {
    const scene = sent();
    scene.reject();
    const reason = scene.outgoing?.reason;
    scene.story();
    expect(scene.reject({ reason: aRejection({ code: 'F07' }) })).toEqual({
      refusal: undefined,
      deliveries: [],
      errands: [],
    });
    expect(scene.story()).toEqual([]);
    expect(scene.outgoing?.reason).toBe(reason);
  });

  test('after it fulfilled: it is refused', () => {
    const scene = sent();
    scene.fulfill();
    expect(scene.reject()).toEqual({
      refusal: { kind: 'AlreadyFulfilled', transferId: OUTGOING },
      deliveries: [],
      errands: [],
    });
    expect(statuses(scene)).toEqual(['fulfilled', 'fulfilled']);
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['no ILP packet', Buffer.from('no thanks')],
    [
      'an ILP payment',
      encodeIlp({ type: 'forwarded-payment', account: 'a', data: Buffer.alloc(0) }),
    ],
  ])('with %s for a reason: F00, blamed on the peer', (_what, reason) => {
    const scene = sent();
    expect(told(scene.reject({ reason }))).toEqual(['reject alice']);
    expect(ilpErrorOf(scene.incoming?.reason)).toMatchObject({
      code: 'F00',
      name: 'Bad Request',
      triggeredBy: 'test.bob.client',
      triggeredAtMs: NOON_MS + 100,
      forwardedBy: ['test.alice.server'],
    });
  });

  test('on a ledger we do not have, or what we do not know: it is refused', () => {
    const scene = sent();
    expect(scene.reject({ ledgerId: aLedgerId('carol') }).refusal?.kind).toBe('LedgerNotFound');
    expect(scene.reject({ transferId: aTransferId(9) }).refusal?.kind).toBe('TransferNotFound');
    expect(scene.story()).toEqual([]);
  });
});

describe('the payer ends what it sent', () => {
  const ending = { ledgerId: ALICE, transferId: INCOMING };

  test('too early: it is refused', () => {
    const scene = sent();
    const early = { receivedAtMs: NOON_MS + 9_999, nowMs: NOON_MS + 9_999 };
    expect(scene.reject({ ...ending, ...early }).refusal?.kind).toBe('WrongDirection');
    expect(scene.story()).toEqual([]);
  });

  test('in time: the next peer can no longer fulfill, whatever the clock will say', () => {
    const scene = sent();
    const due = { receivedAtMs: NOON_MS + 10_000, nowMs: NOON_MS + 10_000 };
    expect(told(scene.reject({ ...ending, ...due }))).toEqual(['reject bob']);
    expect(scene.story()).toEqual(['alice: TransferExpired', 'bob: TransferExpired']);
    expect(scene.fulfill({ receivedAtMs: NOON_MS }).refusal?.kind).toBe('AlreadyRolledBack');
  });

  test('again: nothing happens', () => {
    const scene = sent();
    const due = { receivedAtMs: NOON_MS + 10_000, nowMs: NOON_MS + 10_000 };
    scene.reject({ ...ending, ...due });
    scene.story();
    expect(scene.reject({ ...ending, ...due })).toEqual({
      refusal: undefined,
      deliveries: [],
      errands: [],
    });
    expect(scene.story()).toEqual([]);
  });
});

describe('the next peer will not take the transfer', () => {
  test.each([
    ['InvalidFieldsError', 'F00'],
    ['DuplicateIdError', 'F00'],
    ['InsufficientBalanceError', 'T04'],
    ['AccountNotFoundError', 'F02'],
    ['UnreachableError', 'T01'],
    ['NotAcceptedError', 'T01'],
    ['AlreadyRolledBackError', 'T01'],
    ['constructor', 'T01'],
  ])('%s: both legs are rolled back, the payer alone hears %s', (error, code) => {
    const scene = sent();
    expect(told(scene.refuse(error))).toEqual(['reject alice']);
    expect(scene.story()).toEqual(['bob: TransferRejected', 'alice: TransferRejected']);
    expect(ilpErrorOf(scene.incoming?.reason)).toMatchObject({
      code,
      triggeredBy: 'test.bob.server',
      data: Buffer.from('{"message":"because"}'),
    });
  });

  test('because it has fulfilled it: we wait for the preimage', () => {
    const scene = sent();
    expect(scene.refuse('AlreadyFulfilledError')).toEqual({
      refusal: undefined,
      deliveries: [],
      errands: [],
    });
    expect(scene.story()).toEqual([]);
    expect(told(scene.fulfill())).toEqual(['fulfill alice']);
  });

  test.each(['fulfill', 'reject'] as const)('after it did %s: nothing happens', (end) => {
    const scene = sent();
    scene[end]();
    scene.story();
    expect(scene.refuse('NotAcceptedError')).toEqual({
      refusal: undefined,
      deliveries: [],
      errands: [],
    });
    expect(scene.story()).toEqual([]);
  });

  test('that we never sent: nothing happens', () => {
    const scene = sent();
    for (const change of [
      { ledgerId: aLedgerId('carol') },
      { transferId: aTransferId(9) },
      { ledgerId: ALICE, transferId: INCOMING },
    ]) {
      expect(scene.refuse('NotAcceptedError', change)).toEqual({
        refusal: undefined,
        deliveries: [],
        errands: [],
      });
    }
    expect(scene.story()).toEqual([]);
  });

  test('with a message of any length', () => {
    const scene = sent();
    scene.refuse('NotAcceptedError', { message: '☂\u0000'.repeat(9000) });
    expect(ilpErrorOf(scene.incoming?.reason).data.length).toBeLessThanOrEqual(8192);
  });
});
