import type { Authority } from '#domain/ledger';
import {
  aForwardPlan,
  aLedgerId,
  ALICE,
  aRejection,
  BOB,
  ilpErrorOf,
  INCOMING,
  NOON_MS,
  OUTGOING,
  SeparateOwners,
  told,
} from '#testing';

const INCOMING_DUE_MS = NOON_MS + 10_000;
const OUTGOING_DUE_MS = NOON_MS + 9_000;
const REFUSED = { kind: 'refused', code: 'T04', triggeredBy: '', message: 'no' } as const;
const atCarl = { ledgerId: aLedgerId('carl'), transferId: OUTGOING };
const LOSS = { ledgerId: BOB, transferId: OUTGOING, amount: 98n };

const held = (authority: { alice?: Authority; bob?: Authority } = {}): SeparateOwners => {
  const scene = new SeparateOwners(authority);
  scene.accept();
  scene.forward();
  scene.story();
  return scene;
};

describe('a payment to a ledger of another owner', () => {
  test('is put on hold here, and asked for over there', () => {
    const scene = new SeparateOwners();
    const outcome = scene.accept();
    expect(scene.story()).toEqual(['alice: TransferPrepared']);
    expect(outcome.deliveries).toEqual([]);
    expect(outcome.errands).toMatchObject([
      {
        kind: 'forward',
        outgoing: { ledgerId: BOB, transferId: OUTGOING },
        cause: { ledgerId: ALICE, transferId: INCOMING, amount: 100n },
        amount: 98n,
        isDue: false,
      },
    ]);
  });

  test('asks again upon every repetition of the Prepare, and by a new owner', () => {
    const scene = new SeparateOwners();
    const { errands } = scene.accept();
    expect(scene.accept().errands).toEqual(errands);
    expect(scene.resume('alice').errands).toEqual(errands);
    expect(scene.story()).toEqual(['alice: TransferPrepared']);
  });

  test('whose plan is at fault is not asked for', () => {
    const scene = new SeparateOwners();
    for (const wrong of [{ expiresAtMs: NOON_MS }, { amount: 0n }, { amount: 2n ** 64n }]) {
      const fresh = new SeparateOwners();
      const outcome = fresh.accept({ plan: aForwardPlan(wrong) });
      expect(outcome.errands).toEqual([]);
      expect(told(outcome)).toEqual(['reject alice']);
    }
    expect(scene.story()).toEqual([]);
  });

  test('is put on hold over there, and its peer hears nothing before the payer’s owner says so', () => {
    const scene = new SeparateOwners();
    scene.accept();
    scene.story();
    const outcome = scene.forward();
    expect(scene.story()).toEqual(['bob: TransferPrepared']);
    expect(outcome.deliveries).toEqual([]);
    expect(scene.legs(outcome)).toEqual([
      { kind: 'open', awaitsRelease: true, awaitsAuthority: false },
    ]);
    expect(scene.verdicts(scene.report(outcome))).toEqual(['proceed']);
    expect(told(scene.answer('proceed'))).toEqual(['prepare bob']);
    expect(scene.answer('proceed', { isExpected: false }).deliveries).toEqual([]);
  });

  test('asked for again changes nothing, and says whether it still waits', () => {
    const scene = held();
    for (const awaitsRelease of [true, false]) {
      expect(scene.legs(scene.forward({ awaitsRelease }))).toMatchObject([{ awaitsRelease }]);
    }
    expect(scene.story()).toEqual([]);
  });
});

describe('the owner over there refuses', () => {
  test.each([
    ['a ledger that nobody has', { outgoing: atCarl }, 'T01', ''],
    ['what is over', { nowMs: OUTGOING_DUE_MS }, 'R02', ''],
    ['what leads back', { cause: { ledgerId: BOB, transferId: INCOMING, amount: 1n } }, 'F02', ''],
    ['too much', { amount: 2n ** 64n }, 'F00', 'test.bob.server'],
  ] as const)('%s', (_what, change, code, triggeredBy) => {
    const scene = new SeparateOwners();
    const outcome = scene.forward(change);
    expect(scene.legs(outcome)).toMatchObject([{ kind: 'refused', code, triggeredBy }]);
    expect(scene.story()).toEqual([]);
  });

  test('another payment under the same id', () => {
    const scene = held();
    const cause = { ledgerId: ALICE, transferId: OUTGOING, amount: 100n };
    expect(scene.legs(scene.forward({ cause }))).toMatchObject([{ kind: 'refused', code: 'F00' }]);
  });

  test('and says nothing of a ledger that has left it', () => {
    const scene = new SeparateOwners();
    scene.there.elsewhere.add(atCarl.ledgerId);
    expect(scene.forward({ outgoing: atCarl }).errands).toEqual([]);
  });

  test('and the payer is rejected, our own account to blame where nobody is named', () => {
    const scene = new SeparateOwners();
    scene.accept();
    scene.story();
    expect(told(scene.hear(REFUSED, { isAnswer: true }))).toEqual(['reject alice']);
    expect(scene.story()).toEqual(['alice: TransferRejected']);
    expect(ilpErrorOf(scene.incoming?.reason)).toMatchObject({
      code: 'T04',
      triggeredBy: 'test.alice.server',
    });
  });

  test('which counts only in answer to our own ask', () => {
    const scene = new SeparateOwners();
    scene.accept();
    scene.story();
    expect(scene.hear(REFUSED, { isAnswer: false }).errands).toEqual([]);
    expect(scene.story()).toEqual([]);
  });

  test('but asked once more it had it after all: it is withdrawn before its peer hears of it', () => {
    const scene = held();
    scene.hear(REFUSED, { isAnswer: true });
    scene.story();
    const outcome = scene.hear({ kind: 'open', awaitsRelease: true, awaitsAuthority: false });
    expect(scene.verdicts(outcome)).toEqual(['withdraw']);
    expect(scene.answer('withdraw', { isExpected: false }).deliveries).toEqual([]);
    expect(scene.outgoing?.status).toBe('prepared');
    expect(scene.answer('withdraw')).toMatchObject({ deliveries: [], errands: [] });
    expect(scene.story()).toEqual(['bob: TransferRejected']);
    expect(scene.answer('proceed').deliveries).toEqual([]);
  });
});

describe('what becomes of it over there', () => {
  test('fulfilled: told to the payer’s owner, who follows and settles', () => {
    const scene = held();
    const outcome = scene.fulfill();
    expect(scene.story()).toEqual(['bob: TransferFulfilled']);
    expect(scene.legs(outcome)).toMatchObject([{ kind: 'fulfilled', receivedAtMs: NOON_MS + 100 }]);
    const followed = scene.report(outcome, { nowMs: NOON_MS + 99_000 });
    expect(told(followed)).toEqual(['fulfill alice']);
    expect(scene.verdicts(followed)).toEqual(['settled']);
    expect(scene.story()).toEqual(['alice: TransferFulfilled']);
    expect(scene.verdicts(scene.report(outcome))).toEqual(['settled']);
    expect(scene.story()).toEqual([]);
  });

  test('fulfilled on a ledger that the payer decides: submitted, which settles it too', () => {
    const scene = held({ alice: 'shadow' });
    const outcome = scene.fulfill();
    scene.story();
    expect(scene.verdicts(scene.report(outcome))).toEqual(['settled']);
    expect(scene.story()).toEqual(['alice: FulfillmentSubmitted']);
    expect(scene.verdicts(scene.report(outcome))).toEqual(['settled']);
  });

  test('rejected: the payer hears the same error, forwarded', () => {
    const scene = held();
    const followed = scene.report(scene.reject());
    expect(told(followed)).toEqual(['reject alice']);
    expect(scene.verdicts(followed)).toEqual(['settled']);
    expect(ilpErrorOf(scene.incoming?.reason)).toMatchObject({
      code: 'F99',
      forwardedBy: ['test.alice.server'],
    });
  });

  test('refused by its peer, run out: told as well', () => {
    for (const end of [
      (scene: SeparateOwners) => scene.refuse('NotAcceptedError'),
      (scene: SeparateOwners) => scene.expire('outgoing', OUTGOING_DUE_MS),
    ]) {
      const scene = held();
      const outcome = end(scene);
      expect(scene.legs(outcome)).toMatchObject([{ kind: 'rolled-back' }]);
      expect(told(scene.report(outcome))).toEqual(['reject alice']);
    }
  });

  test('is told again whoever owns it then', () => {
    const scene = held();
    expect(scene.legs(scene.resume('bob'))).toMatchObject([{ kind: 'open', awaitsRelease: true }]);
    scene.fulfill();
    expect(scene.legs(scene.resume('bob'))).toMatchObject([
      // When exactly it came is forgotten; that it came in time is not.
      { kind: 'fulfilled', receivedAtMs: OUTGOING_DUE_MS - 1 },
    ]);
    expect(scene.legs(scene.resume('bob', OUTGOING_DUE_MS + 1))).toEqual([]);
    expect(scene.legs(scene.forward({ nowMs: OUTGOING_DUE_MS + 99_000 }))).toMatchObject([
      { kind: 'fulfilled' },
    ]);
  });

  test('of a payment that the payer’s owner does not know is paid for nothing', () => {
    const scene = new SeparateOwners();
    const fulfilled = held().fulfill();
    expect(scene.verdicts(scene.report(fulfilled))).toEqual(['lost']);
    const open = { kind: 'open', awaitsRelease: true, awaitsAuthority: false } as const;
    expect(scene.verdicts(scene.hear(open))).toEqual(['withdraw']);
    expect(scene.story()).toEqual([]);
  });
});

describe('the payer’s time is over', () => {
  test('and nothing ends before the other owner was asked', () => {
    const scene = held();
    const outcome = scene.expire('incoming', INCOMING_DUE_MS);
    expect(outcome.errands).toMatchObject([{ kind: 'forward', isDue: true }]);
    expect(scene.story()).toEqual([]);
    const early = scene.expire('incoming', INCOMING_DUE_MS - 1);
    expect(early).toEqual({ refusal: undefined, deliveries: [], errands: [] });
  });

  test('whoever is asked then looks at his own clock', () => {
    const scene = held();
    const outcome = scene.forward({ nowMs: OUTGOING_DUE_MS });
    expect(scene.story()).toEqual(['bob: TransferExpired']);
    expect(told(outcome)).toEqual(['reject bob']);
    expect(scene.legs(outcome)).toMatchObject([{ kind: 'rolled-back' }]);
    expect(told(scene.report(outcome, { nowMs: INCOMING_DUE_MS }))).toEqual(['reject alice']);
  });

  test('nobody hears of the outgoing one any more, and we wait for a clock that is behind', () => {
    const scene = held();
    const open = { kind: 'open', awaitsRelease: true, awaitsAuthority: false } as const;
    const moment = { nowMs: INCOMING_DUE_MS, isAnswerWhenDue: true };
    expect(scene.hear(open, moment)).toMatchObject({ deliveries: [], errands: [] });
    expect(scene.story()).toEqual([]);
  });

  test('it ends where another decides ahead and has not spoken, but only upon an answer to that', () => {
    const scene = held({ bob: 'shadow' });
    const open = { kind: 'open', awaitsRelease: false, awaitsAuthority: true } as const;
    const nowMs = INCOMING_DUE_MS;
    scene.hear(open, { nowMs, isAnswer: true, isAnswerWhenDue: false });
    expect(scene.story()).toEqual([]);
    expect(told(scene.hear(open, { nowMs, isAnswerWhenDue: true }))).toEqual(['reject alice']);
    expect(scene.story()).toEqual(['alice: TransferExpired']);
    const late = scene.fulfill({ receivedAtMs: nowMs + 1 });
    expect(scene.verdicts(scene.report(late))).toEqual(['lost']);
    expect(scene.answer('lost').loss).toEqual(LOSS);
    expect(scene.answer('lost', { isExpected: false }).loss).toBeUndefined();
  });

  test('it is fulfilled if the preimage was here in time, however late the word comes', () => {
    const scene = held();
    const fulfilled = scene.fulfill({ receivedAtMs: OUTGOING_DUE_MS - 1 });
    scene.expire('incoming', INCOMING_DUE_MS);
    expect(told(scene.report(fulfilled, { nowMs: INCOMING_DUE_MS + 99_000 }))).toEqual([
      'fulfill alice',
    ]);
  });

  test('its sender cannot end it before the other owner was asked, unless it decides', () => {
    const rejection = { ledgerId: ALICE, transferId: INCOMING };
    const late = { receivedAtMs: INCOMING_DUE_MS, nowMs: INCOMING_DUE_MS };
    for (const alice of ['admin', 'symmetric'] as const) {
      const scene = held({ alice });
      const outcome = scene.reject({ ...rejection, ...late });
      expect(outcome.refusal?.kind).toBe('LedgerNotFound');
      expect(outcome.errands).toMatchObject([{ kind: 'forward', isDue: true }]);
      expect(scene.story()).toEqual([]);
    }
    const scene = held({ alice: 'shadow' });
    scene.reject({ ...rejection, ...late, reason: aRejection({ code: 'R00' }) });
    expect(scene.story()).toEqual(['alice: TransferExpired']);
  });
});

describe('what the next peer said may have been missed by its owner', () => {
  test.each(['shadow', 'validated'] as const)('and the payer waits where it is %s', (bob) => {
    const scene = held({ bob });
    scene.expire('incoming', INCOMING_DUE_MS);
    scene.there.missed.add(BOB);
    const due = { nowMs: INCOMING_DUE_MS, isAnswer: true, isAnswerWhenDue: true };
    const unheard = scene.forward({ awaitsRelease: false, nowMs: INCOMING_DUE_MS });
    expect(scene.legs(unheard)).toMatchObject([{ kind: 'open', awaitsAuthority: false }]);
    expect(scene.report(unheard, due).deliveries).toEqual([]);
    scene.there.missed.clear();
    const heard = scene.forward({ awaitsRelease: false, nowMs: INCOMING_DUE_MS });
    expect(scene.legs(heard)).toMatchObject([{ kind: 'open', awaitsAuthority: true }]);
    expect(scene.report(heard, due).deliveries).toMatchObject([
      { kind: 'reject', ledgerId: ALICE },
    ]);
  });
});

describe('a ledger that came to us from another owner', () => {
  const together = (): SeparateOwners => {
    const scene = held();
    scene.fulfill();
    scene.bringTogether();
    scene.story();
    return scene;
  };

  test('brings the outcome of what went out on it', () => {
    const scene = together();
    expect(told(scene.resume('alice'))).toEqual(['fulfill alice']);
    expect(scene.story()).toEqual(['alice: TransferFulfilled']);
  });

  test('though the peer says late once more what is on record in time', () => {
    const scene = together();
    const again = scene.fulfill({ receivedAtMs: INCOMING_DUE_MS });
    expect(told(again)).toEqual(['fulfill alice']);
    expect(scene.story()).toEqual(['alice: TransferFulfilled']);
  });

  test('even if memory has forgotten it: then the log is asked', () => {
    const scene = together();
    scene.forgetOutgoing();
    for (const outcome of [
      scene.resume('alice'),
      scene.expire('incoming', INCOMING_DUE_MS),
      scene.accept(),
    ]) {
      expect(outcome.errands).toMatchObject([{ kind: 'forward' }]);
    }
    expect(scene.story()).toEqual([]);
  });
});
