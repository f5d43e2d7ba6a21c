import { aboutTransfer, type EventSchema } from './event-schema';
import {
  amount,
  bytes,
  bytes32,
  count,
  type JsonSchema,
  ledgerId,
  moment,
  object,
  oneOf,
  orNull,
  text,
  transferId,
} from './json-schema';

const CAUSE = {
  ...object({
    amount: amount('Of the incoming transfer, in base units of its ledger'),
    ledgerId: ledgerId('Ledger of the incoming transfer'),
    transferId: transferId('Id of the incoming transfer'),
  }),
  description: 'The incoming transfer that this one was made for; outgoing transfers only',
};

const ORDER = {
  ...object({
    by: text('Who gave the order'),
    memo: orNull(text('What it is for, as whoever gave the order said')),
    pricedBy: oneOf(
      ['same-ledger', 'quote', 'routes'],
      'Where the other amount is from: the address lies on this ledger, a quote, routes we were told',
    ),
  }),
  description: 'An operator had us pay, and nothing came in for it; outgoing transfers only',
};

const FORWARD_MEMBERS = {
  amount: amount('Base units of the outgoing ledger'),
  expiresAtMs: moment('When the outgoing transfer expires'),
  kind: { const: 'forward' },
  ledgerId: ledgerId('Ledger of the next hop'),
  transferId: transferId('Id of the outgoing transfer'),
};

const REFUSE = object({
  code: text('ILP error code, as F02'),
  kind: { const: 'refuse' },
  message: text('What the sender is told'),
  triggeredBy: text('ILP address of whoever found the fault'),
});

const PPM = { type: 'integer', minimum: 0, maximum: 1_000_000 };

const PRICING: JsonSchema = {
  ...object(
    {
      pays: oneOf(
        ['asked', 'brought'],
        'asked: what the packet asks for, the rest of what the exchange brought is ours; brought: all of it',
      ),
      spreadPpm: { ...PPM, description: 'Parts per million taken off' },
    },
    {
      fee: amount('Taken off before, in base units of the incoming ledger; absent = none'),
      maxIn: amount('What the incoming ledger could still take, where that cut the amount short'),
      maxOut: amount('What the outgoing ledger could still pay, where that cut the amount short'),
      ratesVersion: count(
        1,
        'Version of the exchange rates: "sequence" of the event that put them in force; absent = one for one',
      ),
      slippagePpm: {
        ...PPM,
        description:
          'Parts per million by which what was brought may fall short of what was asked for; only where it did',
      },
    },
  ),
  not: { type: 'object', required: ['maxIn', 'maxOut'] },
  description: 'How the amount came about; absent where nothing is exchanged',
};

const FORWARD = object(FORWARD_MEMBERS);
const PRICED_FORWARD = object(FORWARD_MEMBERS, { pricing: PRICING });

const plan = (forward: JsonSchema): JsonSchema => ({
  description: 'What becomes of the payment, fixed for ever; incoming transfers only',
  anyOf: [forward, REFUSE],
});

const AGREED = {
  amount: amount('Base units of the ledger'),
  condition: bytes32('SHA-256 of the fulfillment that pays the transfer'),
  expiresAtMs: moment('From when on a fulfillment comes too late'),
  sideDataDigest: orNull(
    bytes32('SHA-256 of the whole protocol data, where it held more than the ILP packet'),
  ),
};

const INCOMING = 'incoming: the peer pays us; outgoing: we pay the peer';

const whenThere = (member: string, direction: string): JsonSchema => ({
  if: { type: 'object', required: [member] },
  then: { type: 'object', properties: { direction: { const: direction } } },
});

const SIDE_DATA = bytes(
  'That protocol data itself, encoded, where the connector is a validator and hands it on as it came',
);

/** @param more members that may be there */
const prepared = (
  forward: JsonSchema,
  more: Readonly<Record<string, JsonSchema>>,
): EventSchema => ({
  summary: 'Money is on hold until the transfer is fulfilled, rejected or expires',
  concerns: 'transfer',
  carriesPacket: true,
  data: {
    ...object(
      { ...AGREED, direction: oneOf(['incoming', 'outgoing'], INCOMING) },
      { cause: CAUSE, plan: plan(forward), ...more },
    ),
    allOf: [
      whenThere('plan', 'incoming'),
      whenThere('cause', 'outgoing'),
      ...('order' in more ? [whenThere('order', 'outgoing')] : []),
    ],
  },
});

export const PREPARED_V1 = prepared(FORWARD, {});
export const PREPARED_V2 = prepared(FORWARD, { sideData: SIDE_DATA });
export const PREPARED_V3 = prepared(PRICED_FORWARD, { sideData: SIDE_DATA });
export const PREPARED_V4 = prepared(PRICED_FORWARD, { sideData: SIDE_DATA, order: ORDER });

/** @param more members that may be there */
const proposed = (more: Readonly<Record<string, JsonSchema>>): EventSchema => ({
  summary: 'On a ledger that another decides, we ask for an outgoing transfer: held on our side',
  concerns: 'transfer',
  carriesPacket: true,
  data: object({ ...AGREED, direction: oneOf(['outgoing'], INCOMING) }, { cause: CAUSE, ...more }),
});

export const PROPOSED_V1 = proposed({});
export const PROPOSED_V2 = proposed({ order: ORDER });

export const ACCEPTED = aboutTransfer(
  'The authority of the ledger has taken our proposal: the transfer is prepared',
  object({}),
);

const PREIMAGE = {
  data: orNull(bytes('Fulfillment data, relayed unchanged')),
  fulfillment: bytes32('The preimage of the condition'),
};

export const SUBMITTED = aboutTransfer(
  'On a ledger that another decides, we have shown the preimage; paid once the authority says so',
  object(PREIMAGE),
);

export const FULFILLED = aboutTransfer(
  'The transfer is paid: it counts in the balance and is final',
  object(PREIMAGE),
);

const ENDED = object({
  error: orNull({
    ...object({
      code: text('ILP error code'),
      message: text('What the error says, at most 512 characters'),
      triggeredBy: text('ILP address of whoever found the fault'),
    }),
    description: 'The same reason, readable; null where it is no ILP error',
  }),
  reason: bytes('Encoded ILP error packet that the payer hears'),
});

export const REJECTED = aboutTransfer(
  'The receiver has refused the transfer: nothing is paid, and that is final',
  ENDED,
);

export const EXPIRED = aboutTransfer(
  'The time of the transfer is over: nothing is paid, and that is final',
  ENDED,
);
