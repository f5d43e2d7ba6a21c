import { z } from 'zod';
import type { LedgerOpenReply } from '#contracts';

const schema = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.enum(['opened', 'unchanged', 'limits-changed']) }),
  z.object({
    outcome: z.literal('conflict'),
    field: z.string(),
    stored: z.string(),
    wanted: z.string(),
  }),
  z.object({ outcome: z.literal('unavailable') }),
]);

/** What another ledger process answered. @throws ZodError */
export function ledgerOpenReply(answer: unknown): LedgerOpenReply {
  return schema.parse(answer);
}
