import {
  aLedgerId,
  anIncoming,
  anOutgoing,
  aPreimage,
  aTransferId,
  ledgerOpened,
  NOON_MS,
  transferPrepared,
  transferProposed,
} from '#testing';
import type { Authority } from './events';
import { replayLedger } from './evolve';
import { overdueTransfers } from './overdue-transfers';

const [early, late, ended] = [aTransferId(1), aTransferId(2), aTransferId(3)];

const overdue = (authority: Authority, afterMs: number): string[] => {
  const ledger = replayLedger(aLedgerId(), [
    ledgerOpened({ authority }),
    transferPrepared(anIncoming({ transferId: late, expiresAtMs: NOON_MS + 20 })),
    transferPrepared(anOutgoing({ transferId: early, expiresAtMs: NOON_MS + 10 })),
    transferPrepared(anOutgoing({ transferId: ended, expiresAtMs: NOON_MS })),
    { type: 'TransferRejected', transferId: ended, reason: Buffer.alloc(0) },
  ]);
  return ledger === undefined ? [] : overdueTransfers(ledger, NOON_MS + afterMs, 100);
};

test.each<[number, string[]]>([
  [9, []],
  [10, [early]],
  [19, [early]],
  [20, [late, early]],
])('after %d ms these are due, whatever their direction and unless they ended', (afterMs, due) => {
  expect(overdue('admin', afterMs)).toEqual(due);
  expect(overdue('shadow', afterMs + 100)).toEqual(due);
});

test('none is due before the grace of a shadow ledger is over', () => {
  expect(overdue('shadow', 109)).toEqual([]);
});

test('a proposal is due, what we have submitted is not', () => {
  const [proposed, submitted] = [aTransferId(4), aTransferId(5)];
  const ledger = replayLedger(aLedgerId(), [
    ledgerOpened({ authority: 'validated' }),
    transferPrepared(anIncoming({ transferId: submitted })),
    {
      type: 'FulfillmentSubmitted',
      transferId: submitted,
      fulfillment: aPreimage(1).fulfillment,
      data: null,
    },
    transferProposed(anOutgoing({ transferId: proposed })),
  ]);
  expect(ledger && overdueTransfers(ledger, NOON_MS + 20_000, 100)).toEqual([proposed]);
});
