import { z } from 'zod';

const amount = z.string().regex(/^\d+$/).nullable();

const figures = z.object({
  ledgerId: z.string(),
  /** Of the newest event that they count; of two figures of a ledger the one with the higher version is newer. */
  version: z.number().int(),
  /**
   * Decimal text, base units: the greatest amount that may come in and go out now, what is on hold
   * allowed for (SPEC D-25). null = no limit; "0" where the ledger takes no new transfers.
   */
  maxIn: amount,
  maxOut: amount,
});

/** For whoever reads an answer that holds some. */
export const ledgerFigures = figures;

const announcement = z.object({ figures: z.array(figures) });

/** How much a ledger can carry at the moment. A hint: the ledger itself decides about each transfer. */
export type LedgerFigures = Readonly<z.output<typeof figures>>;

/** What the owners of ledgers announce of those whose figures have changed. */
export interface LedgerFiguresAnnouncement {
  readonly figures: readonly LedgerFigures[];
}

/** @throws ZodError for what is no announcement of figures; further members are left out */
export function readLedgerFigures(announced: unknown): LedgerFiguresAnnouncement {
  return announcement.parse(announced);
}
