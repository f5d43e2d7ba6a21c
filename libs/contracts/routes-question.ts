import { isAddress } from '#protocol';
import { z } from 'zod';
import { type Reading, reading } from './question-reading';

/** What operators ask of routes. Amounts are decimal text of base units. */

/** Routes in one answer, so that it fits into one message of the bus. */
export const ROUTES_PAGE = { usual: 100, most: 200 } as const;

const LIMIT_RULE = `must be a whole number from 1 to ${ROUTES_PAGE.most}`;
const MAX_AMOUNT = 2n ** 64n - 1n;

const prefix = z
  .string('must be a text')
  .refine((text) => text === '' || isAddress(text), 'must be the beginning of an ILP address');

const page = {
  prefix: prefix.prefault(''),
  /** Only what comes after this destination. */
  after: z
    .string('must be a text')
    .refine((text) => text === '' || isAddress(text), 'must be an ILP address')
    .optional(),
  limit: z
    .int(LIMIT_RULE)
    .min(1, LIMIT_RULE)
    .max(ROUTES_PAGE.most, LIMIT_RULE)
    .prefault(ROUTES_PAGE.usual),
};

const slug = (what: string) =>
  z.string(`must be the id of a ${what}`).regex(/^[a-z0-9-]{1,64}$/, `must be the id of a ${what}`);

const AMOUNT_RULE = 'must be a whole number of base units from 1 to 2^64 - 1';

const amount = z
  .string(AMOUNT_RULE)
  .refine((text) => isAmount(text), AMOUNT_RULE)
  .optional();

const routesQuestion = z.strictObject(page);
const peerRoutesQuestion = z.strictObject({ peerId: slug('peer'), ...page });

const explainQuestion = z
  .strictObject({
    from: slug('ledger'),
    to: z.string('must be an ILP address').refine(isAddress, 'must be an ILP address'),
    amount,
    destinationAmount: amount,
  })
  .superRefine(({ amount: source, destinationAmount }, context) => {
    if ((source === undefined) !== (destinationAmount === undefined)) return;
    const message = 'must be given, or destinationAmount, and not both';
    context.addIssue({ code: 'custom', message, path: ['amount'] });
  });

export type RoutesQuestion = Readonly<z.output<typeof routesQuestion>>;
export type PeerRoutesQuestion = Readonly<z.output<typeof peerRoutesQuestion>>;
export type ExplainQuestion = Readonly<z.output<typeof explainQuestion>>;

export function readRoutesQuestion(written: unknown): Reading<RoutesQuestion> {
  return reading(routesQuestion.safeParse(written));
}

export function readPeerRoutesQuestion(written: unknown): Reading<PeerRoutesQuestion> {
  return reading(peerRoutesQuestion.safeParse(written));
}

export function readExplainQuestion(written: unknown): Reading<ExplainQuestion> {
  return reading(explainQuestion.safeParse(written));
}

function isAmount(text: string): boolean {
  if (!/^[1-9]\d{0,19}$/.test(text)) return false;
  return BigInt(text) <= MAX_AMOUNT;
}
