import fc from 'fast-check';
import { balanceOf, decodeSnapshot, encodeSnapshot, type LedgerState } from '#domain/ledger';
import { encodeIlp, ilpError } from '#protocol';
import {
  ALICE,
  anIncoming,
  aPreimage,
  aRejection,
  aTransferId,
  BOB,
  ilpErrorOf,
  INCOMING,
  ledgerOpened,
  MemoryLedgers,
  NOON_MS,
  SeparateOwners,
  told,
} from '#testing';
import {
  acceptPayment,
  expirePayment,
  mirrorAnswer,
  mirrorPayment,
  type Outcome,
  settleFulfilled,
  settleRefused,
  settleRejected,
} from './index';

const DUE_MS = NOON_MS + 10_000;
const SIDE_DATA = Buffer.from('side data');

/** A validator's two views of one ledger: alice's account is bob's peer and the other way round. */
class Mirror {
  readonly ledgers = new MemoryLedgers();
  readonly alice: LedgerState;
  readonly bob: LedgerState;

  constructor(maxBalance: bigint | null = 1_000n) {
    const terms = { prefix: 'test.duo.', limits: { maxBalance, minBalance: null } };
    const named = { account: 'bob', peerAccount: 'alice' };
    const opposite = { account: 'alice', peerAccount: 'bob' };
    this.alice = this.ledgers.open(ALICE, ledgerOpened({ ...terms, ...named }));
    this.bob = this.ledgers.open(BOB, ledgerOpened({ ...terms, ...opposite }));
  }

  accept(payer = ALICE, transferId = INCOMING, amount = 100n, nowMs = NOON_MS): Outcome {
    const payment = { ...anIncoming({ transferId, amount }), direction: 'incoming' as const };
    const plan = mirrorPayment(payment, payer === ALICE ? BOB : ALICE);
    const prepare = { ...payment, sideData: SIDE_DATA, plan };
    return acceptPayment(this.ledgers, { ledgerId: payer, prepare, nowMs });
  }

  refuse(error: string): Outcome {
    const refused = { ledgerId: BOB, transferId: INCOMING, error, message: 'because' };
    return settleRefused(this.ledgers, { ...refused, nowMs: NOON_MS + 1 });
  }

  reject(reason: Buffer): Outcome {
    const moment = { receivedAtMs: NOON_MS + 1, nowMs: NOON_MS + 1 };
    const rejected = { ledgerId: BOB, transferId: INCOMING, reason, ...moment };
    return settleRejected(this.ledgers, rejected);
  }

  answer(): ReturnType<typeof mirrorAnswer> {
    const transfer = this.alice.transfers.get(INCOMING);
    return transfer && mirrorAnswer(transfer);
  }
}

describe('a payment that a validator mirrors', () => {
  test('goes on as it came, and its payer hears nothing before the payee has answered', () => {
    const mirror = new Mirror();
    const outcome = mirror.accept();
    const { amount, condition, expiresAtMs, packet } = anIncoming();
    const same = { transferId: INCOMING, amount, condition, expiresAtMs, packet };
    expect(outcome.deliveries).toEqual([
      { kind: 'prepare', ledgerId: BOB, ...same, sideData: SIDE_DATA },
    ]);
    expect(mirror.answer()).toBe('not-yet');
    expect(told(mirror.accept())).toEqual(['prepare bob']);
  });

  test('is rejected in the words of the payee', () => {
    const mirror = new Mirror();
    mirror.accept();
    const reason = aRejection({ forwardedBy: ['test.duo.bob'] });
    expect(mirror.reject(reason).deliveries).toMatchObject([{ kind: 'reject', reason }]);
    expect(mirror.answer()).toBeUndefined();
  });

  test('that is refused by an Error is answered by that Error, and rejected by nothing besides', () => {
    const mirror = new Mirror();
    mirror.accept();
    expect(mirror.refuse('DuplicateIdError').deliveries).toEqual([]);
    expect(mirror.answer()).toEqual({ name: 'DuplicateIdError', message: 'because' });
    expect(mirror.accept().deliveries).toEqual([]);
    for (const { transfers } of [mirror.alice, mirror.bob]) {
      expect(transfers.get(INCOMING)?.status).toBe('rejected');
    }
  });

  test('that is rejected is told as a rejection, whatever name its reason bears', () => {
    const mirror = new Mirror();
    mirror.accept();
    const outcome = mirror.reject(aRejection({ name: 'NotAcceptedError' }));
    expect(told(outcome)).toEqual(['reject alice']);
    const [rejection] = outcome.deliveries;
    const reason = rejection?.kind === 'reject' ? rejection.reason : undefined;
    expect(ilpErrorOf(reason)).toMatchObject({ code: 'F99', name: 'Application Error' });
    expect(mirror.answer()).toBeUndefined();
  });

  test('that the ledger of the payee cannot carry is refused by an Error of ours', () => {
    const mirror = new Mirror();
    mirror.bob.limits = { maxBalance: null, minBalance: -99n };
    expect(mirror.accept().deliveries).toEqual([]);
    expect(mirror.answer()).toMatchObject({ name: 'InsufficientBalanceError' });
  });

  test.each([ALICE, BOB])(
    'expires on both ledgers, whichever the clock looks at first: %s',
    (id) => {
      const mirror = new Mirror();
      mirror.accept();
      const due = { ledgerId: id, transferId: INCOMING, nowMs: DUE_MS };
      const both = ['reject alice', 'reject bob'];
      expect(told(expirePayment(mirror.ledgers, due)).sort()).toEqual(both);
      for (const { transfers } of [mirror.alice, mirror.bob]) {
        expect(transfers.get(INCOMING)?.status).toBe('expired');
      }
      expect(mirror.answer()).toBeUndefined();
    },
  );

  test('that comes after its time never reaches the payee (D-11)', () => {
    const mirror = new Mirror();
    expect(told(mirror.accept(ALICE, INCOMING, 100n, DUE_MS))).toEqual(['reject alice']);
    expect(mirror.bob.transfers.size).toBe(0);
  });

  test('is the same after a restart from a snapshot, side data included', () => {
    const mirror = new Mirror();
    mirror.accept();
    for (const ledger of [mirror.alice, mirror.bob]) {
      expect(decodeSnapshot(encodeSnapshot(ledger))).toEqual(ledger);
    }
  });
});

describe('a mirrored payment between two owners', () => {
  const mirrored = (): SeparateOwners => {
    const scene = new SeparateOwners();
    scene.accept({ plan: mirrorPayment(anIncoming(), BOB), sideData: SIDE_DATA });
    return scene;
  };
  const outgoing = { ledgerId: BOB, transferId: INCOMING };
  const asked = { outgoing, amount: 100n, expiresAtMs: DUE_MS, sideData: SIDE_DATA };

  test('is asked for with its side data, and once more told to the payee upon each repetition', () => {
    const scene = mirrored();
    const again = scene.accept({ plan: mirrorPayment(anIncoming(), BOB), sideData: SIDE_DATA });
    expect(again.errands).toMatchObject([{ kind: 'forward', ...asked }]);
    expect(scene.forward(asked).deliveries).toEqual([]);
    expect(scene.forward({ ...asked, awaitsRelease: false }).deliveries).toMatchObject([
      { kind: 'prepare', transferId: INCOMING, sideData: SIDE_DATA },
    ]);
  });

  test('that is refused over there is answered here by the same Error', () => {
    const scene = mirrored();
    scene.forward(asked);
    const refused = { ledgerId: BOB, transferId: INCOMING, error: 'NotAcceptedError' };
    const reported = settleRefused(scene.there, { ...refused, message: 'no', nowMs: NOON_MS });
    const [leg] = scene.legs(reported);
    if (leg === undefined) throw new Error('nothing was reported');
    expect(scene.hear(leg, { outgoing }).deliveries).toEqual([]);
    const { incoming } = scene;
    expect(incoming && mirrorAnswer(incoming)).toEqual({ name: 'NotAcceptedError', message: 'no' });
  });

  test('that the other ledger cannot carry is answered by an Error', () => {
    const scene = mirrored();
    const leg = { kind: 'refused', code: 'T04', triggeredBy: '', message: 'no' } as const;
    expect(scene.hear(leg, { outgoing, isAnswer: true }).deliveries).toEqual([]);
    const { incoming } = scene;
    expect(incoming && mirrorAnswer(incoming)).toMatchObject({ name: 'InsufficientBalanceError' });
  });
});

type End = 'fulfill' | 'reject' | 'refuse' | 'expire' | 'none';
interface Story {
  readonly payer: typeof ALICE;
  readonly amount: bigint;
  readonly end: End;
}

const stories: fc.Arbitrary<Story[]> = fc.array(
  fc.record({
    payer: fc.constantFrom(ALICE, BOB),
    amount: fc.bigInt({ min: 1n, max: 600n }),
    end: fc.constantFrom<End>('fulfill', 'reject', 'refuse', 'expire', 'none'),
  }),
  { minLength: 1, maxLength: 30 },
);

function play(mirror: Mirror, { payer, amount, end }: Story, n: number): void {
  const transferId = aTransferId(n);
  mirror.accept(payer, transferId, amount);
  const payee = { ledgerId: payer === ALICE ? BOB : ALICE, transferId };
  const { fulfillment } = aPreimage(1);
  const reason = encodeIlp(
    ilpError({ code: 'F99', triggeredBy: 'test.x', triggeredAtMs: 0, data: 'no' }),
  );
  const moment = { receivedAtMs: NOON_MS, nowMs: NOON_MS };
  switch (end) {
    case 'fulfill':
      settleFulfilled(mirror.ledgers, { ...payee, fulfillment, data: null, ...moment });
      return;
    case 'reject':
      settleRejected(mirror.ledgers, { ...payee, reason, ...moment });
      return;
    case 'refuse':
      settleRefused(mirror.ledgers, {
        ...payee,
        error: 'NotAcceptedError',
        message: '',
        ...moment,
      });
      return;
    case 'expire':
      expirePayment(mirror.ledgers, { ledgerId: payer, transferId, nowMs: DUE_MS });
      return;
    case 'none':
  }
}

test('whatever two parties do, their balances are opposite and their transfers end alike', () => {
  fc.assert(
    fc.property(stories, (story) => {
      const mirror = new Mirror();
      story.forEach((payment, index) => {
        play(mirror, payment, index + 1);
        expect(balanceOf(mirror.alice.sums)).toBe(-balanceOf(mirror.bob.sums));
        for (const [id, { status, direction }] of mirror.alice.transfers) {
          const other = mirror.bob.transfers.get(id);
          // What bob's ledger could not carry never was there.
          if (other === undefined) expect([status, direction]).toEqual(['rejected', 'incoming']);
          else expect([other.status, other.direction]).not.toContain(direction);
          if (other !== undefined) expect(other.status).toBe(status);
        }
      });
    }),
    { numRuns: 300 },
  );
});
