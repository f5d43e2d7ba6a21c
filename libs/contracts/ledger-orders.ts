import { z } from 'zod';

/**
 * What an operator orders of one ledger at run time; `ledger-order-reply` is what comes of it. JSON: amounts are decimal
 * text of base units, from our side (positive = the peer owes us); an order can be read only if it
 * has nothing but known members.
 */

/** Longest decimal text of an amount; every figure that the log can hold is shorter. */
const MAX_DIGITS = 39;
const DIGITS = /^-?\d+$/;
const CANONICAL = /^(?:0|-?[1-9]\d*)$/;
/** So much of what somebody wrote is repeated to him. */
const QUOTED_CHARACTERS = 40;
const LEDGER_ID = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

const ruleOr = (rule: string) => (issue: { readonly input: unknown }) =>
  issue.input === undefined ? 'is required' : rule;

const text = () => z.string({ error: ruleOr('must be a text') });

const amount = () =>
  z
    .string({ error: ruleOr('must be a whole number of base units as text, like "1500"') })
    .superRefine((written, context) => {
      const rule = amountFault(written);
      if (rule !== undefined) context.addIssue({ code: 'custom', message: rule });
    });

/** null = none; left out = as it is. */
const change = () => amount().nullable().optional();

function amountFault(written: string): string | undefined {
  if (!DIGITS.test(written)) {
    return `must be a whole number of base units as text, like "1500", not ${quoted(written)}`;
  }
  const digits = written.replace('-', '').length;
  if (digits > MAX_DIGITS) return `has ${digits} digits, at most ${MAX_DIGITS} are read`;
  if (!CANONICAL.test(written)) {
    return `must be written without leading zeros, not ${quoted(written)}`;
  }
  return undefined;
}

function quoted(written: string): string {
  const isLong = written.length > QUOTED_CHARACTERS;
  return JSON.stringify(isLong ? `${written.slice(0, QUOTED_CHARACTERS)}…` : written);
}

const given = {
  ledgerId: text().regex(LEDGER_ID, 'must be the id of a ledger: small letters, digits and dashes'),
  /** Who gives the order. */
  by: text(),
};
const reason = text();

const changeLimits = z
  .strictObject({
    ...given,
    kind: z.literal('change-limits'),
    maxBalance: change(),
    minBalance: change(),
  })
  .refine(({ maxBalance, minBalance }) => maxBalance !== undefined || minBalance !== undefined, {
    path: ['maxBalance'],
    error: 'is required, unless minBalance is given',
  });

const changeThresholds = z
  .strictObject({
    ...given,
    kind: z.literal('change-thresholds'),
    low: change(),
    high: change(),
    settleTo: change(),
  })
  .refine(
    ({ low, high, settleTo }) => low !== undefined || high !== undefined || settleTo !== undefined,
    { path: ['low'], error: 'is required, unless high or settleTo is given' },
  );

const standing = z.strictObject({ ...given, kind: z.enum(['pause', 'resume', 'drain']), reason });

const close = z.strictObject({
  ...given,
  kind: z.literal('close'),
  reason,
  /** The balance that whoever closes the ledger leaves unsettled; left out = 0. */
  balance: amount().optional(),
});

const settle = z.strictObject({
  ...given,
  kind: z.literal('settle'),
  reference: text(),
  direction: z.enum(['paid', 'received'], { error: ruleOr('must be paid or received') }),
  amount: amount(),
});

const reverseSettlement = z.strictObject({
  ...given,
  kind: z.literal('reverse-settlement'),
  reference: text(),
  reverses: text(),
  reason,
});

const reconcile = z.strictObject({
  ...given,
  kind: z.literal('reconcile'),
  /** The other side's figure, as the operator has read it and adopts it. */
  theirs: amount(),
  note: text(),
});

const order = z.discriminatedUnion('kind', [
  changeLimits,
  changeThresholds,
  standing,
  close,
  settle,
  reverseSettlement,
  reconcile,
]);

export type LedgerOrder = Readonly<z.output<typeof order>>;

/** A member of an order that cannot be read, and the rule that it breaks. */
export interface OrderProblem {
  readonly field: string;
  readonly rule: string;
}

export type OrderReading =
  { readonly order: LedgerOrder } | { readonly problems: readonly OrderProblem[] };

/**
 * Reads the form of an order; whether it can be obeyed is for the owner of the ledger to decide.
 * Names every member that is wrong.
 */
export function readLedgerOrder(written: unknown): OrderReading {
  const { data, error } = order.safeParse(written);
  if (data !== undefined) return { order: data };
  return { problems: error.issues.flatMap(problemsOf) };
}

function problemsOf(issue: z.core.$ZodIssue): OrderProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((field) => ({ field, rule: 'is not known in this order' }));
  }
  const [member] = issue.path;
  if (member === undefined) return [{ field: 'order', rule: 'must be a JSON object' }];
  const rule = member === 'kind' ? 'must be the kind of an order' : issue.message;
  return [{ field: String(member), rule }];
}
