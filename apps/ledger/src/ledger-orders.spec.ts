import type { LedgerOrder, LedgerOrderReply } from '#contracts';
import { ControlRefusal } from '#messaging';
import { takeOrders, writtenOrder } from './ledger-orders';
import { NotOwnerRefusal, type OwnerQuestion } from './owner-relay';

const order: LedgerOrder = { ledgerId: 'alice', by: 'carol', kind: 'pause', reason: 'x' };

/** Gives the order to an owner that replies so; the relay asks this very process. */
function give(reply: LedgerOrderReply | undefined): Promise<LedgerOrderReply> {
  const relay = {
    register:
      <Q, A>(question: OwnerQuestion<Q, A>) =>
      (_: string, asked: Q) =>
        question.answer(asked),
  };
  return takeOrders(relay, { ask: () => Promise.resolve(reply) })(order);
}

describe('orders at the owner of a ledger', () => {
  it('are answered as the loop decides', async () => {
    const refusal = { kind: 'x', message: 'no', field: null, rule: null, figures: {} };
    expect(await give({ outcome: 'refused', refusal })).toEqual({ outcome: 'refused', refusal });
  });

  it('are looked after by the next owner when the ledger has gone', async () => {
    await expect(give({ outcome: 'unavailable' })).rejects.toThrow(NotOwnerRefusal);
  });

  it('are of unknown fate when the owner is lost', async () => {
    await expect(give(undefined)).rejects.toMatchObject({ code: 'no-answer' });
  });

  it('that cannot be read are refused by field and rule', () => {
    expect(() => writtenOrder({ ...order, reason: 7, colour: 'red' })).toThrow(ControlRefusal);
    expect(() => writtenOrder({ ...order, reason: 7 })).toThrow('reason: must be a text');
  });
});
