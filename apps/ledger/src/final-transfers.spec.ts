import { evolve, openLedger } from '#domain/ledger';
import { aLedgerId, anIncoming, aTransferId, ledgerOpened, transferPrepared } from '#testing';
import { FinalTransfers } from './final-transfers';

function ledgerWithRejected(count: number) {
  const ledger = openLedger(aLedgerId(), ledgerOpened());
  const ids = Array.from({ length: count }, (_, number) => aTransferId(number));
  for (const transferId of ids) {
    evolve(ledger, transferPrepared(anIncoming({ transferId })));
    evolve(ledger, { type: 'TransferRejected', transferId, reason: Buffer.alloc(0) });
  }
  return { ledger, ids };
}

describe('FinalTransfers', () => {
  it('forgets nothing while a batch is decided, however many end in it', () => {
    const { ledger, ids } = ledgerWithRejected(10);
    const finals = new FinalTransfers(2);
    for (const id of ids) finals.add(ledger, id);
    expect(ledger.transfers.size).toBe(10);
    expect(finals.isForgetful(ledger.id)).toBe(false);
  });

  it('keeps the latest between batches, and knows that the others are forgotten', () => {
    const { ledger, ids } = ledgerWithRejected(10);
    const finals = new FinalTransfers(2);
    for (const id of ids) finals.add(ledger, id);
    finals.trim();
    expect([...ledger.transfers.keys()]).toEqual(ids.slice(8));
    expect(finals.isForgetful(ledger.id)).toBe(true);
  });

  it('holds at most a quarter more than its capacity', () => {
    const { ledger, ids } = ledgerWithRejected(100);
    const finals = new FinalTransfers(3);
    for (const id of ids) {
      finals.add(ledger, id);
      finals.trim();
    }
    expect(ledger.transfers.size).toBeLessThanOrEqual(4);
  });

  it('knows nothing more of a ledger that left, and trims what stayed', () => {
    const [gone, stays] = [ledgerWithRejected(4), ledgerWithRejected(4)];
    const other = { ...stays.ledger, id: aLedgerId('carol') };
    const finals = new FinalTransfers(2);
    for (const id of gone.ids) finals.add(gone.ledger, id);
    finals.markForgetful(gone.ledger.id);
    finals.release(gone.ledger.id);
    expect(finals.isForgetful(gone.ledger.id)).toBe(false);
    for (const id of stays.ids) finals.add(other, id);
    finals.trim();
    expect(gone.ledger.transfers.size).toBe(4);
    expect([...other.transfers.keys()]).toEqual(stays.ids.slice(2));
  });
});
