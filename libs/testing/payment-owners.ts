import { type Authority, forgetTransfer, type LedgerState, type Transfer } from '#domain/ledger';
import {
  acceptPayment,
  type AnswerErrand,
  expirePayment,
  hearAnswer,
  hearReport,
  type IncomingPrepare,
  type LegState,
  type News,
  type Outcome,
  resumeLedger,
  settleFulfilled,
  type SettleFulfilled,
  settleRefused,
  settleRejected,
  type SettleRejected,
  takeForward,
} from '#domain/payment';
import { anIlpPayment, anIncoming, aPreimage, ledgerOpened, NOON_MS } from './ledger-builders';
import { MemoryLedgers } from './memory-ledgers';
import { aForwardPlan, ALICE, aRejection, BOB, INCOMING, OUTGOING } from './payment-scene';

type TakeForward = Parameters<typeof takeForward>[1];
type HearReport = Parameters<typeof hearReport>[1];

const INCOMING_NAME = { ledgerId: ALICE, transferId: INCOMING };
const OUTGOING_NAME = { ledgerId: BOB, transferId: OUTGOING };

/** Alice's ledger with one owner, bob's with another, and the one payment between them. */
export class SeparateOwners {
  /** The owner of alice's ledger. */
  readonly here = new MemoryLedgers();
  /** The owner of bob's. */
  there = new MemoryLedgers();
  private readonly alice: LedgerState;
  private readonly bob: LedgerState;
  private marks = { here: 0, there: 0 };

  constructor(authority: { alice?: Authority; bob?: Authority } = {}) {
    const { alice = 'admin', bob = 'admin' } = authority;
    this.alice = this.here.open(ALICE, ledgerOpened({ authority: alice }));
    this.bob = this.there.open(BOB, ledgerOpened({ prefix: 'test.bob.', authority: bob }));
    this.here.elsewhere.add(BOB);
    this.there.elsewhere.add(ALICE);
    this.story();
  }

  get incoming(): Transfer | undefined {
    return this.alice.transfers.get(INCOMING);
  }

  get outgoing(): Transfer | undefined {
    return this.bob.transfers.get(OUTGOING);
  }

  accept(change: Partial<IncomingPrepare> = {}): Outcome {
    const prepare = { ...anIncoming(), direction: 'incoming', plan: aForwardPlan() } as const;
    return acceptPayment(this.here, {
      ledgerId: ALICE,
      prepare: { ...prepare, ...change },
      nowMs: NOON_MS,
    });
  }

  forward(change: Partial<TakeForward> = {}): Outcome {
    return takeForward(this.there, {
      outgoing: OUTGOING_NAME,
      cause: { ...INCOMING_NAME, amount: 100n },
      amount: 98n,
      condition: aPreimage(1).condition,
      expiresAtMs: NOON_MS + 9_000,
      packet: anIlpPayment(),
      awaitsRelease: true,
      nowMs: NOON_MS,
      ...change,
    });
  }

  /** Alice's owner hears of the outgoing transfer. */
  hear(leg: LegState, change: Partial<HearReport> = {}): Outcome {
    return hearReport(this.here, {
      incoming: INCOMING_NAME,
      outgoing: OUTGOING_NAME,
      leg,
      isAnswer: false,
      isAnswerWhenDue: false,
      nowMs: NOON_MS,
      ...change,
    });
  }

  /** Alice's owner hears what bob's has just reported. */
  report(reported: News, change: Partial<HearReport> = {}): Outcome {
    const [leg] = this.legs(reported);
    if (leg === undefined) throw new Error('nothing was reported');
    return this.hear(leg, change);
  }

  answer(verdict: AnswerErrand['verdict'], change: { isExpected?: boolean } = {}): Outcome {
    const answer = { outgoing: OUTGOING_NAME, verdict, isExpected: true, nowMs: NOON_MS };
    return hearAnswer(this.there, { ...answer, ...change });
  }

  fulfill(change: Partial<SettleFulfilled> = {}): Outcome {
    const { fulfillment } = aPreimage(1);
    const receivedAtMs = NOON_MS + 100;
    const command = { ...OUTGOING_NAME, fulfillment, data: null, receivedAtMs };
    return settleFulfilled(this.there, { ...command, ...change });
  }

  /** A Reject of bob's, or of whose ledger is named. */
  reject(change: Partial<SettleRejected> = {}): Outcome {
    const moment = { receivedAtMs: NOON_MS + 100, nowMs: NOON_MS + 100 };
    const command = { ...OUTGOING_NAME, reason: aRejection(), ...moment, ...change };
    return settleRejected(command.ledgerId === ALICE ? this.here : this.there, command);
  }

  refuse(error: string): Outcome {
    const command = { ...OUTGOING_NAME, error, message: 'because', nowMs: NOON_MS + 100 };
    return settleRefused(this.there, command);
  }

  expire(leg: 'incoming' | 'outgoing', nowMs: number): Outcome {
    return leg === 'incoming'
      ? expirePayment(this.here, { ...INCOMING_NAME, nowMs })
      : expirePayment(this.there, { ...OUTGOING_NAME, nowMs });
  }

  /** A new owner takes up what the last one left. */
  resume(whose: 'alice' | 'bob', nowMs = NOON_MS): News {
    const moment = { nowMs, graceMs: 0 };
    return whose === 'alice'
      ? resumeLedger(this.here, this.alice, moment)
      : resumeLedger(this.there, this.bob, moment);
  }

  /** Alice's owner becomes bob's too. */
  bringTogether(): void {
    this.here.elsewhere.clear();
    this.here.adopt(this.bob);
    this.there = this.here;
    this.marks.there = this.marks.here;
  }

  forgetOutgoing(): void {
    forgetTransfer(this.bob, OUTGOING);
    this.here.forgotten.add(OUTGOING);
  }

  legs({ errands }: News): LegState[] {
    return errands.flatMap((errand) => (errand.kind === 'report' ? [errand.leg] : []));
  }

  verdicts({ errands }: News): string[] {
    return errands.flatMap((errand) => (errand.kind === 'answer' ? [errand.verdict] : []));
  }

  /** What was recorded since this was last asked, as `ledger: type`. */
  story(): string[] {
    const story = this.here.storySince(this.marks.here);
    if (this.there !== this.here) story.push(...this.there.storySince(this.marks.there));
    this.marks = { here: this.here.log.length, there: this.there.log.length };
    return story;
  }
}
