import { z } from 'zod';

/** What routers answer operators. Amounts are decimal text of base units, times ISO 8601. */

/** Codes by which a router refuses a question about routes. */
export const ROUTES_REFUSAL = {
  badQuestion: 'bad-request',
  /** There is no such peer, or it is told and heard nothing. */
  unknownPeer: 'unknown-peer',
  unknownLedger: 'unknown-ledger',
} as const;

const amount = z.string().regex(/^\d+$/);
const timeOrNone = z.iso.datetime({ precision: 3 }).nullable();
const paths = z.array(z.array(z.string()));
const points = z.array(z.tuple([amount, amount])).nullable();
const kind = z.enum(['local', 'static', 'learnt']);
/** Where the next page begins; null = this was the last one. */
const next = z.string().nullable();

const listedWay = z.object({
  kind,
  nextPrefix: z.string(),
  /** null where the next ledger is the destination. */
  nextHop: z.string().nullable(),
  /** Ledgers on the way, both ends counted. */
  length: z.number().int(),
  /** What the next ledger's units bring, as the next connector says; null = it does not. */
  points,
  minMessageWindowS: z.number().nullable(),
  paths,
  expiresAt: timeOrNone,
  connected: z.boolean(),
});

const routesReply = z.object({
  routes: z.array(z.object({ destination: z.string(), ways: z.array(listedWay) })),
  next,
});

const refused = z.array(
  z.object({
    kind,
    nextPrefix: z.string(),
    nextHop: z.string().nullable(),
    reason: z.string(),
  }),
);

const explainReply = z.object({
  from: z.string(),
  to: z.string(),
  /** null = no amount brings what was asked for, or that is not known. */
  amount: amount.nullable(),
  destinationAmount: amount.nullable(),
  verdict: z.enum(['no-route', 'stays-on-source', 'unusable', 'route']),
  matchedKey: z.string().nullable(),
  /** Longer keys, and why they were passed over. */
  passedOver: z.array(z.object({ key: z.string(), refused })),
  ways: z.array(
    z.object({
      kind,
      nextPrefix: z.string(),
      nextHop: z.string().nullable(),
      length: z.number().int(),
      /** 1 = the shortest. */
      group: z.number().int(),
      minMessageWindowMs: z.number(),
      /** null where only the next connector knows: it is asked for a quote when somebody pays. */
      price: z
        .object({
          /** What the amount brings. */
          brings: amount.nullable(),
          leastSource: amount,
          mostSource: amount,
          mostBrought: amount,
        })
        .nullable(),
      /** The quote of the next connector that the price rests on, and until when; null = none. */
      quoted: z.object({ appliesTo: z.string(), expiresAt: timeOrNone }).nullable(),
      chosen: z.boolean(),
    }),
  ),
  refused,
  /** Which way is taken from which to which amount, both counted; null = and more. */
  sections: z.array(
    z.object({
      fromAmount: amount,
      toAmount: amount.nullable(),
      nextPrefix: z.string(),
      nextHop: z.string().nullable(),
      group: z.number().int(),
    }),
  ),
});

const toldReply = z.object({
  peer: z.string(),
  connected: z.boolean(),
  /** What it is written to in. */
  dialect: z.enum(['v17', 'v21']),
  lastSentAt: timeOrNone,
  /** By the process that broadcasts now. */
  acknowledgedAt: timeOrNone,
  latest: z
    .object({ at: timeOrNone, outcome: z.string(), reason: z.string().nullable() })
    .nullable(),
  /** Routes that it knows of us, or may know. */
  count: z.number().int(),
  routes: z.array(
    z.object({
      destination: z.string(),
      /** certain: it has acknowledged it; uncertain: it may know it. */
      known: z.enum(['certain', 'uncertain']),
      /** As it would be told now; null = it will be withdrawn. */
      route: z.object({ points, minMessageWindowS: z.number(), paths }).nullable(),
    }),
  ),
  /** Routes that cannot be told to this peer, the first of them. */
  unsaid: z.array(z.object({ destination: z.string(), reason: z.string() })),
  next,
});

const heardReply = z.object({
  peer: z.string(),
  connected: z.boolean(),
  heardAt: timeOrNone,
  holdDownMs: z.number().nullable(),
  showsV21: z.boolean(),
  fullTableAskedAt: timeOrNone,
  updates: z.number().int(),
  /** Routes of its last update that were not used, by reason. */
  skipped: z.record(z.string(), z.number().int()),
  /** What it told last in a way that was of no use, the latest of that last. */
  unused: z.array(z.object({ destination: z.string(), reason: z.string() })).default([]),
  /** Its latest update that was refused whole; null = there was none, as far as is known. */
  refusal: z
    .object({ at: timeOrNone, member: z.string(), rule: z.string() })
    .nullable()
    .default(null),
  count: z.number().int(),
  routes: z.array(
    z.object({
      destination: z.string(),
      points,
      minMessageWindowS: z.number().nullable(),
      paths,
      expiresAt: timeOrNone,
    }),
  ),
  next,
});

/** What leads where. */
export type RoutesReply = Readonly<z.output<typeof routesReply>>;
/** Why a payment goes where it goes. */
export type ExplainReply = Readonly<z.output<typeof explainReply>>;
/** What a peer was told of our routes. */
export type ToldReply = Readonly<z.output<typeof toldReply>>;
/** What a peer told us. */
export type HeardReply = Readonly<z.output<typeof heardReply>>;

/** @throws ZodError */
export function readRoutesReply(answer: unknown): RoutesReply {
  return routesReply.parse(answer);
}

/** @throws ZodError */
export function readExplainReply(answer: unknown): ExplainReply {
  return explainReply.parse(answer);
}

/** @throws ZodError */
export function readToldReply(answer: unknown): ToldReply {
  return toldReply.parse(answer);
}

/** @throws ZodError */
export function readHeardReply(answer: unknown): HeardReply {
  return heardReply.parse(answer);
}
