import { z } from 'zod';
import type { LedgerDescription } from '#contracts';
import { AUTHORITIES } from '#domain/ledger';
import { ControlRefusal } from '#messaging';

const amount = z.string().regex(/^-?\d{1,39}$/, 'must be a decimal integer');

const schema = z.strictObject({
  ledgerId: z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, 'must be a slug'),
  prefix: z.string(),
  currencyCode: z.string(),
  currencyScale: z.number(),
  account: z.string(),
  peerAccount: z.string(),
  authority: z.enum(AUTHORITIES),
  maxBalance: amount.nullable(),
  minBalance: amount.nullable(),
});

/**
 * Reads the question of another service; what the fields may hold is decided by the domain.
 * @throws ControlRefusal naming field and rule
 */
export function wantedLedger(question: unknown): LedgerDescription {
  const { data, error } = schema.safeParse(question);
  if (data !== undefined) return data;
  const problems = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new ControlRefusal('invalid', problems.join('; '));
}
