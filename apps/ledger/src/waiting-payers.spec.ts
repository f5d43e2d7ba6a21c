import { decodeHot, type HotMessage, type PlannedPayment, subjectsOf } from '#contracts';
import { ledgerId, transferId } from '#domain/ledger';
import { acceptPayment, mirrorPayment, settleFulfilled, settleRefused } from '#domain/payment';
import {
  ALICE,
  anIncoming,
  aPreimage,
  BOB,
  INCOMING,
  ledgerOpened,
  MemoryLedgers,
  NOON_MS,
} from '#testing';
import { Effects } from './effects';
import { PAYER_FORGOTTEN_AFTER_MS, WaitingPayers } from './waiting-payers';

const OUTGOING = { ledgerId: BOB, transferId: INCOMING };
const NAMED = { ledgerId: ALICE, transferId: INCOMING };

/** Alice has sent a payment to bob over us, and asks. */
class Stage {
  readonly ledgers = new MemoryLedgers();
  readonly payers = new WaitingPayers({
    book: this.ledgers,
    subjects: subjectsOf('test'),
    partitions: 64,
  });

  constructor() {
    for (const id of [ALICE, BOB]) this.ledgers.open(id, ledgerOpened({ prefix: 'test.duo.' }));
  }

  /** @returns whether the answer is delayed or given by `payers` */
  ask(reference: number, nowMs = NOON_MS): { taken: boolean; sent: HotMessage[] } {
    const prepare = { ...anIncoming(), direction: 'incoming' as const };
    const plan = mirrorPayment(prepare, BOB);
    const command = { ledgerId: ALICE, prepare: { ...prepare, plan }, nowMs: NOON_MS };
    const { refusal } = acceptPayment(this.ledgers, command);
    const replyTo = { gatewayId: 'gateway-1', reference };
    const message: PlannedPayment = {
      kind: 'planned-payment',
      replyTo,
      ...prepare,
      ledgerId: ALICE,
      receivedAtMs: NOON_MS,
      plan,
    };
    let taken = false;
    const sent = this.during((effects) => {
      taken = this.payers.take(message, refusal, { nowMs, effects });
    });
    return { taken, sent };
  }

  during(act: (effects: Effects) => void): HotMessage[] {
    const sent: HotMessage[] = [];
    const effects = new Effects();
    act(effects);
    effects.release((_subject, entry) => sent.push(decodeHot(entry)));
    return sent;
  }

  tell(): HotMessage[] {
    return this.during((effects) => {
      this.payers.tell(INCOMING, effects);
    });
  }

  hearPayee(): HotMessage[] {
    return this.during((effects) => {
      this.payers.hearPayee(OUTGOING, effects);
    });
  }
}

const answerTo = (reference: number, error: object | null = null): object => ({
  kind: 'answer',
  reference,
  error,
});

describe('WaitingPayers', () => {
  it('answer once the payee has, everybody who asked, once', () => {
    const stage = new Stage();
    for (const reference of [1, 2, 1])
      expect(stage.ask(reference)).toEqual({ taken: true, sent: [] });
    expect(stage.tell()).toEqual([]);
    expect(stage.hearPayee()).toMatchObject([answerTo(2), answerTo(1)]);
    expect(stage.hearPayee()).toEqual([]);
  });

  it('answer with a Response once the payee has fulfilled', () => {
    const stage = new Stage();
    stage.ask(1);
    const { fulfillment } = aPreimage(1);
    settleFulfilled(stage.ledgers, { ...OUTGOING, fulfillment, data: null, receivedAtMs: NOON_MS });
    expect(stage.tell()).toMatchObject([answerTo(1)]);
    expect(stage.ask(2).taken).toBe(false);
  });

  it('answer with the Error of the payee, also whoever asks later', () => {
    const stage = new Stage();
    stage.ask(1);
    const error = { name: 'NotAcceptedError', message: 'no' };
    settleRefused(stage.ledgers, { ...OUTGOING, error: error.name, message: 'no', nowMs: NOON_MS });
    expect(stage.tell()).toMatchObject([answerTo(1, error)]);
    expect(stage.ask(2)).toMatchObject({ taken: true, sent: [answerTo(2, error)] });
  });

  it('tell the owner of the payer’s ledger where that is another process', () => {
    const stage = new Stage();
    stage.ask(1);
    stage.ledgers.elsewhere.add(ALICE);
    expect(stage.hearPayee()).toEqual([{ kind: 'payee-answered', ...NAMED }]);
    const answered = stage.during((effects) => {
      stage.payers.accept(NAMED, effects);
    });
    expect(answered).toMatchObject([answerTo(1)]);
  });

  it('know nothing of payments that are not mirrored', () => {
    const stage = new Stage();
    const other = { ledgerId: ledgerId('carl'), transferId: transferId(INCOMING) };
    stage.ask(1);
    const heard = stage.during((effects) => {
      stage.payers.hearPayee(other, effects);
      stage.payers.accept(other, effects);
    });
    expect(heard).toEqual([]);
  });

  it('are forgotten when they stop asking', () => {
    const stage = new Stage();
    stage.ask(1);
    stage.ask(2, NOON_MS + 1);
    stage.payers.forget(NOON_MS + PAYER_FORGOTTEN_AFTER_MS);
    expect(stage.hearPayee()).toMatchObject([answerTo(2)]);
  });
});
