import { z } from 'zod';
import { PRICED_BY } from '#domain/ledger';

/** What quoters answer operators. Amounts are decimal text of base units, times ISO 8601. */

/** Codes by which a quoter refuses a question of an operator. */
export const QUOTE_REFUSAL = {
  badQuestion: 'bad-request',
  unknownLedger: 'unknown-ledger',
  /** We run the ledger for two others: no account on it is ours. */
  relayed: 'relayed-ledger',
  notConnected: 'not-connected',
  /** The address is our own. */
  ownAddress: 'own-address',
  /** Nobody says what the payment would cost. */
  noPrice: 'no-price',
} as const;

const units = z.string().regex(/^\d+$/);

/** One end of a payment; of a ledger that is not ours nobody knows currency and scale. */
const end = z.object({
  ledger: z.string().nullable(),
  currency: z.string().nullable(),
  scale: z.int().nullable(),
  /** Base units; null where all amounts were asked for. */
  units: units.nullable(),
  /** The same in the currency, exactly. */
  amount: z.string().nullable(),
});

const ilpError = z.object({
  code: z.string(),
  name: z.string(),
  message: z.string(),
  triggeredBy: z.string(),
  forwardedBy: z.array(z.string()),
});

const quoteReply = z.object({
  from: z.string(),
  to: z.string(),
  asked: z.enum(['source', 'destination', 'liquidity']),
  /** Why there is none, as a peer would be told; then everything that hangs on it is null. */
  refused: ilpError.nullable(),
  source: end,
  destination: end,
  destinationHoldMs: z.int(),
  sourceHoldMs: z.int().nullable(),
  /** What source amounts bring; null where it is not known for all of them. */
  curve: z.array(z.tuple([units, units])).nullable(),
  appliesToPrefix: z.string().nullable(),
  expiresAt: z.iso.datetime({ precision: 3 }).nullable(),
  /** The exchange that we make of it. */
  exchange: z
    .object({
      source: z.string(),
      destination: z.string(),
      /** Destination currency for one of the source, as an exact fraction. */
      rate: z.object({ numerator: units, denominator: units }),
      spreadPpm: z.int(),
      /** Base units of the source ledger, of every payment. */
      fee: units,
    })
    .nullable(),
  /** How the rates stand, and the version that the answer rests on; null = on none. */
  rates: z.object({ state: z.string(), version: z.int().nullable() }),
  route: z
    .object({
      /** `curve-less`: the next connector has to be asked. */
      kind: z.enum(['local', 'learnt', 'curve-less']),
      matchedKey: z.string(),
      nextPrefix: z.string(),
      /** null where the next ledger is the destination's. */
      nextHop: z.string().nullable(),
      /** Ledgers on the way, both ends counted. */
      length: z.int(),
      minMessageWindowMs: z.int(),
    })
    .nullable(),
  /** Whom the answer is from: our own tables, or the next connector, in whose words it holds until then. */
  answeredBy: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('tables') }),
    z.object({
      kind: z.literal('peer'),
      peer: z.string(),
      until: z.iso.datetime({ precision: 3 }).nullable(),
    }),
  ]),
});

const priceReply = z.object({
  sourceAmount: units,
  destinationAmount: units,
  pricedBy: z.enum(PRICED_BY),
  /** Why the peer was not the one to say; null where it was, or had nothing to say in it. */
  instead: z.string().nullable(),
});

/** A quote with its reasons. */
export type QuoteExplained = Readonly<z.output<typeof quoteReply>>;
/** What a payment of our own would cost and bring. */
export type PriceReply = Readonly<z.output<typeof priceReply>>;

/** @throws ZodError */
export function readQuoteExplained(answer: unknown): QuoteExplained {
  return quoteReply.parse(answer);
}

/** @throws ZodError */
export function readPriceReply(answer: unknown): PriceReply {
  return priceReply.parse(answer);
}
