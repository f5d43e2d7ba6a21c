import type { LedgerOpened } from '#domain/ledger';
import { ALICE, BOB, aPreimage, ilpErrorOf, INCOMING, NOON_MS, PaymentScene, told } from '#testing';

const OUTGOING_DUE_MS = NOON_MS + 9_000;
const INCOMING_DUE_MS = NOON_MS + 10_000;
const NOTHING = { refusal: undefined, deliveries: [], errands: [] };
const shadow = { authority: 'shadow' } as const;

const sent = (ledgers?: ConstructorParameters<typeof PaymentScene>[0]): PaymentScene => {
  const scene = new PaymentScene(ledgers);
  scene.accept();
  scene.story();
  return scene;
};

describe('what we sent runs out', () => {
  test('and what we were sent for it is rejected; both peers hear it', () => {
    const scene = sent();
    expect(told(scene.expire('outgoing', OUTGOING_DUE_MS))).toEqual(['reject bob', 'reject alice']);
    expect(scene.story()).toEqual(['bob: TransferExpired', 'alice: TransferRejected']);
    expect(ilpErrorOf(scene.outgoing?.reason)).toMatchObject({ code: 'R00', forwardedBy: [] });
    expect(ilpErrorOf(scene.incoming?.reason)).toMatchObject({
      code: 'R00',
      triggeredBy: 'test.bob.server',
      forwardedBy: ['test.alice.server'],
      data: Buffer.from('expired'),
    });
  });

  test('not a millisecond early', () => {
    const scene = sent();
    expect(scene.expire('outgoing', OUTGOING_DUE_MS - 1)).toEqual(NOTHING);
    expect(scene.story()).toEqual([]);
  });

  test('after the grace where the peer decides, and the peer is not told', () => {
    const scene = sent({ bob: shadow });
    expect(scene.expire('outgoing', OUTGOING_DUE_MS + 499, 500)).toEqual(NOTHING);
    expect(told(scene.expire('outgoing', OUTGOING_DUE_MS + 500, 500))).toEqual(['reject alice']);
    expect(scene.story()).toEqual(['bob: TransferExpired', 'alice: TransferRejected']);
  });

  test('and the payer is told on its own ledger too, for there we are the receiver', () => {
    const scene = sent({ alice: shadow });
    expect(told(scene.expire('outgoing', OUTGOING_DUE_MS))).toEqual(['reject bob', 'reject alice']);
  });
});

describe('what we were sent runs out', () => {
  test('with what we sent for it, so that a clock set back cannot revive it', () => {
    const scene = sent();
    expect(told(scene.expire('incoming', INCOMING_DUE_MS))).toEqual(['reject alice', 'reject bob']);
    expect(scene.story()).toEqual(['alice: TransferExpired', 'bob: TransferExpired']);
    expect(scene.fulfill({ receivedAtMs: NOON_MS }).refusal?.kind).toBe('AlreadyRolledBack');
    expect(ilpErrorOf(scene.incoming?.reason).triggeredBy).toBe('test.alice.server');
  });

  test('alone where the next peer decides about what we sent', () => {
    const scene = sent({ bob: shadow });
    expect(told(scene.expire('incoming', INCOMING_DUE_MS))).toEqual(['reject alice']);
    expect(scene.story()).toEqual(['alice: TransferExpired']);
    expect(scene.outgoing?.status).toBe('proposed');
  });

  test('silently where the payer decides', () => {
    const scene = sent({ alice: shadow, bob: shadow });
    expect(scene.expire('incoming', INCOMING_DUE_MS + 500, 500)).toEqual(NOTHING);
    expect(scene.story()).toEqual(['alice: TransferExpired']);
  });

  test('though it was paid ahead in time: then it is fulfilled, however late we come to it', () => {
    const scene = sent();
    scene.ledgers.record(scene.bob, {
      type: 'TransferFulfilled',
      transferId: scene.outgoing!.id,
      fulfillment: aPreimage(1).fulfillment,
      data: null,
    });
    scene.story();
    expect(told(scene.expire('incoming', INCOMING_DUE_MS))).toEqual(['fulfill alice']);
    expect(scene.story()).toEqual(['alice: TransferFulfilled']);
    expect(scene.expire('incoming', INCOMING_DUE_MS)).toEqual(NOTHING);
  });

  test('though its sender says that it has', () => {
    const scene = sent();
    scene.ledgers.record(scene.bob, {
      type: 'TransferFulfilled',
      transferId: scene.outgoing!.id,
      fulfillment: aPreimage(1).fulfillment,
      data: null,
    });
    scene.story();
    const late = { receivedAtMs: INCOMING_DUE_MS, nowMs: INCOMING_DUE_MS };
    const outcome = scene.reject({ ledgerId: ALICE, transferId: INCOMING, ...late });
    expect(outcome.refusal?.kind).toBe('AlreadyFulfilled');
    expect(told(outcome)).toEqual(['fulfill alice']);
    expect(scene.story()).toEqual(['alice: TransferFulfilled']);
  });
});

describe('what we were sent runs out while the next peer may have been missed', () => {
  const missed = (bob: Partial<LedgerOpened> = shadow): PaymentScene => {
    const scene = sent({ bob });
    scene.ledgers.missed.add(BOB);
    return scene;
  };
  const late = { ledgerId: ALICE, transferId: INCOMING };
  const then = { receivedAtMs: INCOMING_DUE_MS, nowMs: INCOMING_DUE_MS };

  test('and is not ended where that peer decides, be it that the payer says so', () => {
    for (const end of [
      (scene: PaymentScene) => scene.expire('incoming', INCOMING_DUE_MS),
      (scene: PaymentScene) => scene.reject({ ...late, ...then }),
    ]) {
      const scene = missed();
      expect(end(scene).errands).toMatchObject([{ kind: 'forward', isDue: true }]);
      expect(scene.story()).toEqual([]);
      expect(told(scene.fulfill({ receivedAtMs: OUTGOING_DUE_MS - 1 }))).toEqual(['fulfill alice']);
    }
  });

  test('and is ended where that peer does not', () => {
    expect(told(missed({}).expire('incoming', INCOMING_DUE_MS))).toEqual([
      'reject alice',
      'reject bob',
    ]);
  });

  test('and is ended if nothing went out', () => {
    const scene = missed();
    scene.reject({ receivedAtMs: NOON_MS, nowMs: NOON_MS });
    scene.story();
    expect(scene.expire('incoming', INCOMING_DUE_MS)).toEqual(NOTHING);
  });
});

test.each(['incoming', 'outgoing'] as const)('nothing happens to an %s one that ended', (leg) => {
  for (const end of ['fulfill', 'reject'] as const) {
    const scene = sent();
    scene[end]();
    scene.story();
    expect(scene.expire(leg, NOON_MS + 99_000)).toEqual(NOTHING);
    expect(scene.story()).toEqual([]);
  }
});

test('nothing happens to what we do not know', () => {
  expect(new PaymentScene().expire('incoming', NOON_MS + 99_000)).toEqual(NOTHING);
});
