import {
  aLedgerId,
  anIncoming,
  aPreimage,
  aTransferId,
  brokenInvariant,
  ledgerOpened,
  transferPrepared,
} from '#testing';
import { decidePrepareTransfer } from './decide/prepare-transfer';
import { replayLedger } from './evolve';
import { forgetTransfer, recallTransfer } from './forget-transfer';
import { LedgerInvariantError } from './ledger-invariant-error';
import { encodeSnapshot } from './snapshot-codec';
import type { LedgerState } from './state';
import type { TransferEvent } from './transfer';

const id = aLedgerId();
const transferId = aTransferId(1);
const prepared = transferPrepared(anIncoming());
const fulfilled: TransferEvent = {
  type: 'TransferFulfilled',
  transferId,
  fulfillment: aPreimage(1).fulfillment,
  data: null,
};
const rejected: TransferEvent = { type: 'TransferRejected', transferId, reason: Buffer.alloc(0) };

const after = (...events: TransferEvent[]): LedgerState => {
  const ledger = replayLedger(id, [ledgerOpened(), ...events]);
  if (ledger === undefined) throw new Error('there are events');
  return ledger;
};

test('what was forgotten and recalled is as it was', () => {
  for (const end of [fulfilled, rejected]) {
    const ledger = after(prepared, end);
    const before = encodeSnapshot(ledger);
    forgetTransfer(ledger, transferId);
    expect(ledger.transfers.size).toBe(0);
    recallTransfer(ledger, [prepared, end]);
    expect(encodeSnapshot(ledger)).toBe(before);
  }
});

test('forgetting leaves the sums alone', () => {
  const ledger = after(prepared, fulfilled);
  forgetTransfer(ledger, transferId);
  expect(ledger.sums.incomingFulfilled).toBe(100n);
});

test('forgetting what is not there is nothing', () => {
  const ledger = after();
  forgetTransfer(ledger, transferId);
  expect(ledger.transfers.size).toBe(0);
});

test('what was recalled is refused as it would have been had it never been forgotten', () => {
  const ledger = after(prepared, fulfilled);
  forgetTransfer(ledger, transferId);
  recallTransfer(ledger, [prepared, fulfilled]);
  expect(decidePrepareTransfer(ledger, anIncoming())).toEqual({
    refusal: { kind: 'AlreadyFulfilled', transferId },
  });
});

test('what is on hold is not forgotten', () => {
  expect(() => {
    forgetTransfer(after(prepared), transferId);
  }).toThrow(new LedgerInvariantError('only-final-is-forgotten', id, transferId));
});

test.each<[string, TransferEvent[], TransferEvent[]]>([
  ['recalled-once', [prepared, fulfilled], [prepared, fulfilled]],
  ['prepared-before-final', [], []],
  ['prepared-before-final', [], [fulfilled, prepared]],
  ['only-final-is-forgotten', [], [prepared]],
  ['only-final-is-forgotten', [], [prepared, prepared]],
  ['only-final-is-forgotten', [], [prepared, fulfilled, rejected]],
])('recalling is refused by %s', (rule, story, events) => {
  const ledger = after(...story);
  const recall = (): void => {
    recallTransfer(ledger, events);
  };
  expect(brokenInvariant(recall)).toBe(rule);
});
