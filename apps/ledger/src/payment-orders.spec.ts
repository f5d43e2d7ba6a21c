import { encodePaymentOrder, type PaymentOrderQuestion, type PaymentOrderReply } from '#contracts';
import { ControlRefusal } from '#messaging';
import { aLedgerId, aPreimage, anIlpPayment, ledgerOpened, NOON_MS } from '#testing';
import { Effects } from './effects';
import { LedgerBook, type StagedEvent } from './ledger-book';
import { NotOwnerRefusal, type OwnerQuestion } from './owner-relay';
import { payAsOrdered, takePayments, writtenPayment } from './payment-orders';

const ORDER: PaymentOrderQuestion = {
  ledgerId: 'alice',
  transferId: 'b4c838f6-80b1-47f8-a82e-b1fcfbed89d5',
  amount: 100n,
  condition: aPreimage(1).condition,
  expiresInMs: 9_000,
  packet: anIlpPayment(),
  by: 'carol',
  memo: null,
  pricedBy: 'quote',
};

let staged: StagedEvent[];
let book: LedgerBook;

beforeEach(() => {
  staged = [];
  book = new LedgerBook({
    stage: (event) => staged.push(event),
    finalTransfersCached: 10,
    shadowExpiryGraceMs: 0,
  });
  const limits = { maxBalance: null, minBalance: -500n };
  book.open(aLedgerId('alice'), ledgerOpened({ limits }));
  book.stamp(NOON_MS);
});

/** What the loop answers after the commit, and what others hear. */
function give(change: Partial<PaymentOrderQuestion> = {}) {
  const order = { ...ORDER, ...change };
  const replies: PaymentOrderReply[] = [];
  const effects = new Effects();
  const { ledgerId, transferId } = order;
  const news = payAsOrdered(
    { book, observer: { decided: () => undefined } },
    { kind: 'pay', ledgerId, transferId, order, reply: (reply) => replies.push(reply) },
    { nowMs: NOON_MS, effects },
  );
  expect(replies).toEqual([]);
  effects.release(() => undefined);
  return { reply: replies[0], told: news?.deliveries.map(({ kind }) => kind) ?? [] };
}

test('an order is put on record and the peer is told; again, nothing is', () => {
  expect(give()).toEqual({ reply: { outcome: 'done' }, told: ['prepare'] });
  expect(give()).toEqual({ reply: { outcome: 'repeated' }, told: [] });
  expect(staged.map(({ type }) => type)).toEqual(['LedgerOpened', 'TransferPrepared']);
});

test.each<[string, Partial<PaymentOrderQuestion>, object]>([
  ['too much', { amount: 501n }, { kind: 'InsufficientBalance', field: 'sourceAmount' }],
  ['an unknown ledger', { ledgerId: 'bob' }, { kind: 'LedgerNotFound', field: null }],
  ['nobody', { by: '' }, { kind: 'InvalidText', field: 'by' }],
  ['a long memo', { memo: 'x'.repeat(501) }, { kind: 'InvalidText', field: 'memo' }],
])('of %s is refused by field and rule', (_what, change, refusal) => {
  expect(give(change)).toMatchObject({ reply: { outcome: 'refused', refusal }, told: [] });
  expect(staged).toHaveLength(1);
});

test('the figures of a refusal are told', () => {
  expect(give({ amount: 501n }).reply).toMatchObject({
    refusal: { figures: { required: '501', available: '500' } },
  });
});

test('a ledger that takes nothing now, and an id that was used, are named', () => {
  give();
  expect(give({ condition: aPreimage(2).condition }).reply).toMatchObject({
    refusal: { kind: 'DuplicateId', field: 'id', rule: 'already-used' },
  });
  const ledger = book.find(aLedgerId('alice'));
  if (ledger !== undefined) book.record(ledger, { type: 'LedgerPaused', by: 'x', reason: 'y' });
  expect(give({ transferId: 'b4c838f6-80b1-47f8-a82e-000000000009' }).reply).toMatchObject({
    refusal: { kind: 'LedgerNotOpen', field: 'from', rule: 'must-be-open' },
  });
});

describe('at the owner', () => {
  const ask = (reply: PaymentOrderReply | undefined): Promise<PaymentOrderReply> => {
    const relay = {
      register:
        <Q, A>(question: OwnerQuestion<Q, A>) =>
        (_: string, asked: Q) =>
          question.answer(question.readQuestion(JSON.parse(JSON.stringify(asked)))),
    };
    return takePayments(relay, { ask: () => Promise.resolve(reply) })(ORDER);
  };

  it('an order is answered as the loop decides', async () => {
    expect(await ask({ outcome: 'repeated' })).toEqual({ outcome: 'repeated' });
  });

  it('it is looked after by the next owner when the ledger has gone', async () => {
    await expect(ask({ outcome: 'unavailable' })).rejects.toThrow(NotOwnerRefusal);
  });

  it('its fate is unknown when the owner is lost', async () => {
    await expect(ask(undefined)).rejects.toMatchObject({ code: 'no-answer' });
  });
});

test('what is no order is refused before anybody is asked', () => {
  const written = encodePaymentOrder(ORDER);
  expect(writtenPayment(written)).toEqual(ORDER);
  for (const change of [{ amount: '0' }, { condition: 'AAAA' }, { expiresInMs: 0 }, { x: 1 }]) {
    expect(() => writtenPayment({ ...written, ...change })).toThrow(ControlRefusal);
  }
});
