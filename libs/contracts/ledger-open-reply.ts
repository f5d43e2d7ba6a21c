import { z } from 'zod';

const reply = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.enum(['opened', 'unchanged', 'limits-changed']) }),
  z.object({
    outcome: z.literal('conflict'),
    field: z.string(),
    stored: z.string(),
    wanted: z.string(),
  }),
  z.object({ outcome: z.literal('unavailable') }),
]);

/** What came of opening a ledger; unavailable: ask again. */
export type LedgerOpenReply = Readonly<z.output<typeof reply>>;

/** @throws ZodError for what is no such answer; further members are left out */
export function readLedgerOpenReply(answer: unknown): LedgerOpenReply {
  return reply.parse(answer);
}
