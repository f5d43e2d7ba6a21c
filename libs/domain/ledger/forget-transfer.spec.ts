import {
  aLedgerId,
  anIncoming,
  anOutgoing,
  aPreimage,
  aTransferId,
  brokenInvariant,
  ledgerOpened,
  transferPrepared,
  transferProposed,
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
const fulfilled: TransferEvent & { type: 'TransferFulfilled' } = {
  type: 'TransferFulfilled',
  transferId,
  fulfillment: aPreimage(1).fulfillment,
  data: null,
};
const rejected: TransferEvent & { type: 'TransferRejected' } = {
  type: 'TransferRejected',
  transferId,
  reason: Buffer.alloc(0),
};

const expired: TransferEvent = { ...rejected, type: 'TransferExpired' };
const proposed = transferProposed(anOutgoing());
const accepted: TransferEvent = { type: 'ProposalAccepted', transferId };
const submitted: TransferEvent = { ...fulfilled, type: 'FulfillmentSubmitted' };

const after = (...events: TransferEvent[]): LedgerState => {
  const ledger = replayLedger(id, [ledgerOpened({ authority: 'shadow' }), ...events]);
  if (ledger === undefined) throw new Error('there are events');
  return ledger;
};

test.each<[string, TransferEvent[]]>([
  ['fulfilled', [prepared, fulfilled]],
  ['rejected', [prepared, rejected]],
  ['expired', [prepared, expired]],
  ['proposed, accepted, fulfilled', [proposed, accepted, fulfilled]],
  ['proposed, accepted, rejected', [proposed, accepted, rejected]],
  ['proposed, fulfilled', [proposed, fulfilled]],
  ['proposed, expired', [proposed, expired]],
  ['submitted, confirmed', [prepared, submitted, fulfilled]],
  ['submitted, rolled back', [prepared, submitted, expired]],
])('what was forgotten and recalled is as it was: %s', (_story, events) => {
  const ledger = after(...events);
  const before = encodeSnapshot(ledger);
  forgetTransfer(ledger, transferId);
  expect(ledger.transfers.size).toBe(0);
  recallTransfer(ledger, events);
  expect(encodeSnapshot(ledger)).toBe(before);
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

test.each<[string, TransferEvent[]]>([
  ['prepared', [prepared]],
  ['proposed', [proposed]],
  ['accepted', [proposed, accepted]],
  ['submitted', [prepared, submitted]],
])('what is on hold is not forgotten: %s', (_status, events) => {
  expect(() => {
    forgetTransfer(after(...events), transferId);
  }).toThrow(new LedgerInvariantError('only-final-is-forgotten', id, transferId));
});

test.each<[string, TransferEvent[], TransferEvent[]]>([
  ['recalled-once', [prepared, fulfilled], [prepared, fulfilled]],
  ['prepared-before-final', [], []],
  ['prepared-before-final', [], [fulfilled, prepared]],
  ['only-final-is-forgotten', [], [prepared]],
  ['only-final-is-forgotten', [], [proposed, accepted]],
  ['only-final-is-forgotten', [], [prepared, submitted]],
  ['prepared-before-final', [], [accepted]],
  ['prepared-before-final', [], [prepared, { ...fulfilled, transferId: aTransferId(2) }]],
  ['prepared-once', [], [prepared, prepared]],
  ['prepared-once', [], [proposed, proposed]],
  ['final-is-final', [], [prepared, fulfilled, rejected]],
  ['accepted-once', [], [prepared, accepted, fulfilled]],
  ['accepted-once', [], [proposed, fulfilled, accepted]],
  ['submitted-once', [], [prepared, fulfilled, submitted]],
])('recalling is refused by %s', (rule, story, events) => {
  const ledger = after(...story);
  const recall = (): void => {
    recallTransfer(ledger, events);
  };
  expect(brokenInvariant(recall)).toBe(rule);
});
