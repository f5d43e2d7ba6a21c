import type { LedgerFigures, LedgerFiguresAnnouncement, Subjects } from '#contracts';
import type { ControlClient } from '#messaging';

/** Bounds one message of the bus: some 100 bytes each. No setting. */
const LEDGERS_PER_ANNOUNCEMENT = 2_000;

/** Tells routers and quoters what ledgers can carry now. What is lost they hear in the next list. */
export function figuresAnnouncer(
  control: Pick<ControlClient, 'announce'>,
  { ledgersFigures }: Pick<Subjects, 'ledgersFigures'>,
): (figures: readonly LedgerFigures[]) => void {
  return (figures) => {
    for (let from = 0; from < figures.length; from += LEDGERS_PER_ANNOUNCEMENT) {
      const part = figures.slice(from, from + LEDGERS_PER_ANNOUNCEMENT);
      control.announce(ledgersFigures, { figures: part } satisfies LedgerFiguresAnnouncement);
    }
  };
}
