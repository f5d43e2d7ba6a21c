import type { Authority, LedgerEvent } from '#domain/ledger';
import {
  aForwardPlan,
  ALICE,
  anIncoming,
  anOutgoing,
  aPreimage,
  aRejection,
  ilpErrorOf,
  INCOMING,
  NOON_MS,
  OUTGOING,
  PaymentScene,
  told,
  transferPrepared,
} from '#testing';
import { openDeliveries } from './deliveries';
import { resumeLedger } from './resume-payment';

const cause = { ledgerId: ALICE, transferId: INCOMING, amount: 100n };
const first = transferPrepared(anIncoming({ plan: aForwardPlan() }));
const second = transferPrepared(anOutgoing({ transferId: OUTGOING, amount: 98n, cause }));
const end = { transferId: OUTGOING };
const { fulfillment } = aPreimage(1);
const LATER_MS = NOON_MS + 5_000;

/** What a process left on the two ledgers when it ended. */
const left = (alice: LedgerEvent[], bob: LedgerEvent[]): PaymentScene => {
  const scene = new PaymentScene();
  for (const event of alice) scene.ledgers.record(scene.alice, event);
  for (const event of bob) scene.ledgers.record(scene.bob, event);
  scene.story();
  return scene;
};

const resume = (scene: PaymentScene, nowMs = LATER_MS): string[] =>
  told(resumeLedger(scene.ledgers, scene.alice, { nowMs, graceMs: 0 }));

describe('after a restart', () => {
  test('a payment that was not sent on is sent on by its plan', () => {
    const scene = left([first], []);
    expect(resume(scene)).toEqual(['prepare bob']);
    expect(scene.story()).toEqual(['bob: TransferPrepared']);
    expect(scene.outgoing).toMatchObject({ amount: 98n, cause });
  });

  test('a payment whose time to be sent on is over is rejected', () => {
    const scene = left([first], []);
    expect(resume(scene, NOON_MS + 9_000)).toEqual(['reject alice']);
    expect(ilpErrorOf(scene.incoming?.reason).code).toBe('R02');
  });

  test('a payment that was to be refused is rejected', () => {
    const plan = { kind: 'refuse', code: 'F02', triggeredBy: 'test.x', message: '' } as const;
    const scene = left([{ ...first, plan }], []);
    expect(resume(scene)).toEqual(['reject alice']);
    expect(ilpErrorOf(scene.incoming?.reason).code).toBe('F02');
  });

  test('a payment that is on its way is sent again and nothing else', () => {
    const scene = left([first], [second]);
    expect(resume(scene)).toEqual(['prepare bob']);
    expect(scene.story()).toEqual([]);
  });

  test('a payment that the next peer fulfilled is fulfilled', () => {
    const scene = left(
      [first],
      [second, { type: 'TransferFulfilled', ...end, fulfillment, data: null }],
    );
    expect(resume(scene)).toEqual(['fulfill alice']);
    expect(scene.story()).toEqual(['alice: TransferFulfilled']);
  });

  test.each(['TransferRejected', 'TransferExpired'] as const)(
    'a payment that ended ahead with %s is rejected in the same words',
    (type) => {
      const scene = left([first], [second, { type, ...end, reason: aRejection() }]);
      expect(resume(scene)).toContain('reject alice');
      expect(scene.story()).toEqual(['alice: TransferRejected']);
      expect(ilpErrorOf(scene.incoming?.reason)).toMatchObject({
        code: 'F99',
        forwardedBy: ['test.alice.server'],
      });
    },
  );

  test('what is due is left to the clock', () => {
    const scene = left([first], []);
    expect(resume(scene, NOON_MS + 10_000)).toEqual([]);
    expect(scene.story()).toEqual([]);
  });

  test.each<[string, LedgerEvent[], LedgerEvent[]]>([
    ['without a plan', [transferPrepared(anIncoming())], []],
    [
      'that ended',
      [first, { type: 'TransferRejected', transferId: INCOMING, reason: aRejection() }],
      [],
    ],
    ['that we sent', [transferPrepared(anOutgoing())], []],
  ])('a transfer %s is left alone', (_which, alice, bob) => {
    const scene = left(alice, bob);
    expect(resume(scene)).toEqual([]);
    expect(scene.story()).toEqual([]);
  });

  test('resuming once more changes nothing more', () => {
    for (const bob of [
      [],
      [second],
      [second, { type: 'TransferRejected', ...end, reason: aRejection() }],
    ]) {
      const scene = left([first], bob as LedgerEvent[]);
      resume(scene);
      scene.story();
      resume(scene);
      expect(scene.story()).toEqual([]);
    }
  });
});

describe('a peer whose session opens hears', () => {
  const GRACE_MS = 1_000;
  const scene = (change: Authority = 'admin'): PaymentScene => {
    const opened = new PaymentScene({ alice: { authority: change }, bob: { authority: change } });
    opened.accept();
    return opened;
  };
  const hears = (who: PaymentScene, name: 'alice' | 'bob', nowMs: number): string[] =>
    openDeliveries(who[name], nowMs, GRACE_MS).map(
      ({ kind, transferId }) => `${kind} ${transferId === INCOMING ? 'incoming' : 'outgoing'}`,
    );

  test('what we sent it, as long as it is open', () => {
    const open = scene();
    for (const nowMs of [NOON_MS, NOON_MS + 99_000]) {
      expect(hears(open, 'bob', nowMs)).toEqual(['prepare outgoing']);
      expect(hears(open, 'alice', nowMs)).toEqual([]);
    }
  });

  test('what we fulfilled or rejected, until the grace past its expiry is over', () => {
    for (const ending of ['fulfill', 'reject'] as const) {
      const ended = scene();
      ended[ending]();
      expect(hears(ended, 'bob', NOON_MS)).toEqual([]);
      expect(hears(ended, 'alice', NOON_MS + 11_000)).toEqual([`${ending} incoming`]);
      expect(hears(ended, 'alice', NOON_MS + 11_001)).toEqual([]);
    }
  });

  test('what ran out by our clock, in either direction', () => {
    for (const authority of ['admin', 'symmetric'] as const) {
      const expired = scene(authority);
      expired.expire('incoming', NOON_MS + 10_000);
      expect(hears(expired, 'alice', NOON_MS + 10_000)).toEqual(['reject incoming']);
      expect(hears(expired, 'bob', NOON_MS + 10_000)).toEqual(['reject outgoing']);
      expect(hears(expired, 'bob', NOON_MS + 10_001)).toEqual([]);
    }
  });

  test('what we fulfilled and it has not confirmed, for ever, where it decides', () => {
    for (const authority of ['shadow', 'validated'] as const) {
      const fulfilled = scene(authority);
      expect(hears(fulfilled, 'bob', NOON_MS)).toEqual(['prepare outgoing']);
      fulfilled.fulfill();
      expect(hears(fulfilled, 'alice', NOON_MS + 99_999_000)).toEqual(['fulfill incoming']);
      fulfilled.confirm('incoming', 'fulfill');
      expect(hears(fulfilled, 'alice', NOON_MS + 99_999_000)).toEqual([]);
    }
  });

  test('nothing of what ran out by its own clock', () => {
    const expired = scene('shadow');
    expired.expire('incoming', NOON_MS + 10_000);
    expired.expire('outgoing', NOON_MS + 10_000);
    expect(hears(expired, 'alice', NOON_MS + 10_000)).toEqual([]);
    expect(hears(expired, 'bob', NOON_MS + 10_000)).toEqual([]);
  });
});
