import { aboutLedger } from './event-schema';
import {
  type JsonSchema,
  object,
  oneOf,
  orNull,
  signedAmount,
  text,
  transferId,
} from './json-schema';

const LIMITS = {
  ...object({
    maxBalance: orNull(signedAmount('How much the peer may owe us; null = no limit')),
    minBalance: orNull(signedAmount('Minus how much we may owe the peer; null = no limit')),
  }),
  description: 'Limits of our own balance, base units',
};

const opened = (authorities: readonly string[], says: string): JsonSchema =>
  object({
    account: text('Our account on the ledger, without the prefix'),
    authority: oneOf(authorities, says),
    currencyCode: text('Currency'),
    currencyScale: {
      type: 'integer',
      minimum: -64,
      maximum: 64,
      description: 'Decimal places of the base unit',
    },
    limits: LIMITS,
    peerAccount: text("The peer's account, without the prefix"),
    prefix: text('ILP prefix of the ledger, ends in a dot'),
  });

export const OPENED_V1 = aboutLedger(
  'A ledger between us and one peer came into being',
  opened(['admin', 'shadow'], 'Who decides: we (admin) or the peer (shadow)'),
);

export const OPENED_V2 = aboutLedger(
  'A ledger between us and one peer came into being',
  opened(
    ['admin', 'shadow', 'symmetric', 'validated'],
    'Who decides: we (admin), the peer (shadow), both (symmetric), a third connector (validated)',
  ),
);

const BY = text('Who gave the order');

export const LIMITS_CHANGED_V1 = aboutLedger(
  'The limits of our balance are others from now on',
  object({ limits: LIMITS }),
);

export const LIMITS_CHANGED_V2 = aboutLedger(
  'The limits of our balance are others from now on',
  object({ by: text('An operator, or "configuration"'), limits: LIMITS }),
);

const ORDER = { by: BY, reason: text('Why') };

export const PAUSED = aboutLedger('No new transfers until the ledger is resumed', object(ORDER));
export const RESUMED = aboutLedger('The ledger takes new transfers again', object(ORDER));
export const DRAINING = aboutLedger(
  'No new transfers: what is open ends, and then the ledger may be closed',
  object(ORDER),
);
export const CLOSED = aboutLedger(
  'The end of the ledger: nothing is open, nothing will follow',
  object({ ...ORDER, balance: signedAmount('What was left unsettled') }),
);

const FIGURES = {
  ours: signedAmount('The balance that we have counted'),
  theirs: signedAmount('The balance that the other side has counted, seen from our side'),
};

export const COMPARED = aboutLedger(
  'Both sides have counted the same; recorded when the figure is a new one',
  object(FIGURES),
);

export const DISPUTED = aboutLedger(
  'The two sides of a symmetric ledger do not agree; nothing is adjusted',
  object({
    ...FIGURES,
    about: orNull(transferId('The transfer that parted us, where it is known')),
    cause: oneOf(
      ['balance', 'outcome'],
      'balance: the figures differ; outcome: the peer ended a transfer otherwise than we did',
    ),
  }),
);

const AGREEMENT = {
  ...FIGURES,
  by: text('Who says so: an operator, the peer or the authority'),
  how: oneOf(
    ['agreed', 'adopted'],
    'agreed: the figures came together; adopted: ours was set to theirs, which moves our balance',
  ),
  note: text('What whoever resolved it had to say'),
};

export const DISPUTE_RESOLVED = aboutLedger('The dispute is over', object(AGREEMENT));
export const DIVERGED = aboutLedger(
  'The authority of a ledger that we shadow counts otherwise than we do',
  object(FIGURES),
);
export const RECONCILED = aboutLedger(
  "Our copy is one with the authority's again",
  object(AGREEMENT),
);
