import { aboutLedger } from './event-schema';
import { amount, object, oneOf, orNull, signedAmount, text } from './json-schema';

const BY = text('Who gave the order');
const BALANCE = signedAmount('The balance at that moment');

export const THRESHOLDS_CHANGED = aboutLedger(
  'Somebody is to be told at other balances from now on',
  object({
    by: BY,
    thresholds: {
      ...object({
        high: orNull(signedAmount('Reached at this balance or more; null = never')),
        low: orNull(signedAmount('Reached at this balance or less; null = never')),
        settleTo: orNull(signedAmount('The balance a settlement is asked to bring; null = none')),
      }),
      description: 'Balances in base units',
    },
  }),
);

export const THRESHOLD_CROSSED = aboutLedger(
  'The balance reached a threshold, or left it again',
  object({
    balance: BALANCE,
    change: oneOf(['reached', 'left'], 'Which way'),
    limit: signedAmount('Where the threshold is'),
    threshold: oneOf(['low', 'high'], 'Which of the two'),
  }),
);

export const SETTLEMENT_REQUESTED = aboutLedger(
  'A threshold asks for money to be paid outside of the ledger; nobody has paid yet',
  object({
    amount: amount('What would bring the balance to where it should be'),
    balance: BALANCE,
    direction: oneOf(['pay', 'collect'], 'pay: we owe too much; collect: the peer owes too much'),
  }),
);

export const SETTLEMENT_RECORDED = aboutLedger(
  'Money changed hands outside of the ledger: the balance moves by it',
  object({
    amount: amount('Base units of the ledger'),
    by: BY,
    direction: oneOf(
      ['paid', 'received'],
      'paid: we paid, our balance rises; received: the peer paid, it falls',
    ),
    reference: text('Unique for ever on the ledger'),
  }),
);

export const SETTLEMENT_REVERSED = aboutLedger(
  'A settlement is taken back: the balance is as if it had not been recorded',
  object({
    amount: amount('Of the settlement that is taken back'),
    by: BY,
    direction: oneOf(['paid', 'received'], 'Of the settlement that is taken back'),
    reason: text('Why'),
    reference: text('Of this reversal'),
    reverses: text('Reference of the settlement that is taken back'),
  }),
);
