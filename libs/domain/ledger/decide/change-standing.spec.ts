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
import type { ChangeStanding } from '../commands';
import type { LedgerEvent } from '../events';
import type { LedgerState } from '../state';
import { decideChangeStanding } from './change-standing';
import { MAX_ORDER_TEXT } from './order-text';

const opened = ledgerOpened();
const order = { by: 'carol', reason: 'bob leaves' };
const paused: LedgerEvent = { type: 'LedgerPaused', ...order };
const draining: LedgerEvent = { type: 'LedgerDraining', ...order };
const closed: LedgerEvent = { type: 'LedgerClosed', ...order, balance: 0n };
const transferId = aTransferId(1);
const incoming = transferPrepared(anIncoming());
const fulfilled: LedgerEvent = {
  type: 'TransferFulfilled',
  transferId,
  fulfillment: aPreimage(1).fulfillment,
  data: null,
};

const stand =
  (to: ChangeStanding['to'], change: Partial<ChangeStanding> = {}) =>
  (ledger: LedgerState) =>
    decideChangeStanding(ledger, { to, ...order, ...change });

describe('an operator', () => {
  const pairs = [
    ['paused', 'LedgerPaused'],
    ['open', 'LedgerResumed'],
    ['draining', 'LedgerDraining'],
  ] as const;
  const stories: [ChangeStanding['to'], LedgerEvent[]][] = [
    ['open', []],
    ['paused', [paused]],
    ['draining', [draining]],
  ];

  for (const [from, story] of stories) {
    test.each(pairs)(`makes a ledger that is ${from} %s`, (to, type) => {
      const decided = given(opened, incoming, ...story).when(stand(to));
      if (to === from) decided.thenIsRepeated();
      else decided.thenHappens({ type, ...order });
    });

    test(`closes a ledger that is ${from}, over no balance unasked`, () => {
      given(opened, ...story)
        .when(stand('closed'))
        .thenHappens({ type: 'LedgerClosed', ...order, balance: 0n });
    });
  }

  test('closes a ledger over the balance that he acknowledges', () => {
    given(opened, incoming, fulfilled)
      .when(stand('closed', { acknowledgedBalance: 100n }))
      .thenHappens({ type: 'LedgerClosed', ...order, balance: 100n });
  });

  test('closes a closed ledger again without effect, whatever he acknowledges', () => {
    given(opened, closed)
      .when(stand('closed', { acknowledgedBalance: 7n }))
      .thenIsRepeated();
  });
});

describe('refusals, the most basic first', () => {
  test.each([
    ['by', '', 'must-not-be-empty'],
    ['by', ' \u00a0', 'must-not-be-empty'],
    ['by', 'x'.repeat(MAX_ORDER_TEXT + 1), 'too-long'],
    ['by', 'carol\n', 'not-printable'],
    ['reason', '', 'must-not-be-empty'],
    ['reason', 'x'.repeat(MAX_ORDER_TEXT + 1), 'too-long'],
    ['reason', 'half a \ud83c', 'not-printable'],
    ['reason', 'nul \0', 'not-printable'],
  ] as const)('InvalidText: %s is %j, even on a closed ledger', (field, text, rule) => {
    given(opened, closed)
      .when(stand('open', { [field]: text }))
      .thenIsRefused({
        kind: 'InvalidText',
        field,
        rule,
        length: text.length,
        maximum: MAX_ORDER_TEXT,
      });
  });

  test('InvalidText: by before reason', () => {
    given(opened)
      .when(stand('open', { by: '', reason: '' }))
      .thenIsRefused({
        kind: 'InvalidText',
        field: 'by',
        rule: 'must-not-be-empty',
        length: 0,
        maximum: MAX_ORDER_TEXT,
      });
  });

  test('a text of the greatest length and of any script is good', () => {
    const reason = '☂'.repeat(MAX_ORDER_TEXT);
    given(opened)
      .when(stand('paused', { reason }))
      .thenHappens({ type: 'LedgerPaused', by: 'carol', reason });
  });

  test.each(['open', 'paused', 'draining'] as const)('LedgerClosed: it cannot be %s', (to) => {
    given(opened, closed)
      .when(stand(to))
      .thenIsRefused({ kind: 'LedgerClosed', ledgerId: 'alice' });
  });

  test('TransfersOpen: how many, before the balance is asked', () => {
    const shadow = ledgerOpened({ authority: 'shadow' });
    const submitted: LedgerEvent = {
      type: 'FulfillmentSubmitted',
      transferId,
      fulfillment: aPreimage(1).fulfillment,
      data: null,
    };
    const [other, third] = [aTransferId(2), aTransferId(3)];
    given(
      shadow,
      incoming,
      submitted,
      transferProposed(anOutgoing({ transferId: other })),
      transferPrepared(anIncoming({ transferId: third })),
    )
      .when(stand('closed', { acknowledgedBalance: 1n }))
      .thenIsRefused({ kind: 'TransfersOpen', open: 3 });
  });

  test.each([undefined, 0n, 99n, -100n])('BalanceNotAcknowledged: 100 is not %s', (balance) => {
    given(opened, incoming, fulfilled)
      .when(stand('closed', balance === undefined ? {} : { acknowledgedBalance: balance }))
      .thenIsRefused({
        kind: 'BalanceNotAcknowledged',
        balance: 100n,
        acknowledged: balance ?? 0n,
      });
  });

  test('BalanceNotAcknowledged: nothing is owed, and something is acknowledged', () => {
    given(opened)
      .when(stand('closed', { acknowledgedBalance: 1n }))
      .thenIsRefused({ kind: 'BalanceNotAcknowledged', balance: 0n, acknowledged: 1n });
  });
});
