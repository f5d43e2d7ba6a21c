import {
  anIncoming,
  anOutgoing,
  aPreimage,
  aTransferId,
  given,
  ledgerOpened,
  transferPrepared,
  transferProposed,
} from '#testing';
import type { LedgerEvent } from '../events';
import type { LedgerState } from '../state';
import { decideAcceptProposal, decideConfirmFulfillment } from './confirm-transfer';

const transferId = aTransferId(1);
const { fulfillment } = aPreimage(1);
const data = Buffer.from('data');
const reason = Buffer.from('reason');
const opened = ledgerOpened();
const proposed = transferProposed(anOutgoing());
const incoming = transferPrepared(anIncoming());
const accepted: LedgerEvent = { type: 'ProposalAccepted', transferId };
const submitted: LedgerEvent = { type: 'FulfillmentSubmitted', transferId, fulfillment, data };
const fulfilled = { type: 'TransferFulfilled', transferId, fulfillment, data } as const;
const rejected: LedgerEvent = { type: 'TransferRejected', transferId, reason };
const expired: LedgerEvent = { type: 'TransferExpired', transferId, reason };

const accept = (ledger: LedgerState) => decideAcceptProposal(ledger, { transferId });
const confirm = (ledger: LedgerState) => decideConfirmFulfillment(ledger, { transferId });

describe.each(['shadow', 'validated'] as const)('the authority of a %s ledger', (authority) => {
  const shadow = ledgerOpened({ authority });

  test('accepts what we proposed', () => {
    given(shadow, proposed).when(accept).thenHappens({ type: 'ProposalAccepted', transferId });
  });

  test.each<[string, LedgerEvent[]]>([
    ['accepted', [accepted]],
    ['fulfilled before it was accepted', [fulfilled]],
    ['fulfilled', [accepted, fulfilled]],
    ['rejected', [rejected]],
    ['expired', [expired]],
  ])('says nothing new of what is %s', (_status, story) => {
    given(shadow, proposed, ...story)
      .when(accept)
      .thenIsRepeated();
  });

  test('confirms what we submitted, which is then paid as it was submitted', () => {
    given(shadow, incoming, submitted).when(confirm).thenHappens(fulfilled);
  });

  test('confirms it once', () => {
    given(shadow, incoming, submitted, fulfilled).when(confirm).thenIsRepeated();
  });

  test.each<[string, LedgerEvent[]]>([
    ['only prepared', []],
    ['rolled back since', [submitted, expired]],
    ['rejected since', [submitted, rejected]],
    ['rejected', [rejected]],
  ])('NothingToConfirm: it is %s', (_status, story) => {
    given(shadow, incoming, ...story)
      .when(confirm)
      .thenIsRefused({ kind: 'NothingToConfirm', transferId });
  });
});

test('TransferNotFound', () => {
  given(opened).when(accept).thenIsRefused({ kind: 'TransferNotFound', transferId });
  given(opened).when(confirm).thenIsRefused({ kind: 'TransferNotFound', transferId });
});

test('where we decide ourselves, a Response says nothing new', () => {
  given(opened, transferPrepared(anOutgoing())).when(accept).thenIsRepeated();
  given(opened, incoming, fulfilled).when(confirm).thenIsRepeated();
  given(opened, incoming).when(confirm).thenIsRefused({ kind: 'NothingToConfirm', transferId });
});
