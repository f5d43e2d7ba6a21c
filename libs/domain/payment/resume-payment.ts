import type { LedgerState } from '#domain/ledger';
import { advancePayment } from './advance-payment';
import type { Errand } from './errand';
import type { Ledgers } from './ledgers';
import type { Delivery, News } from './outcome';
import { openReports } from './report-leg';

export interface Resumption {
  readonly nowMs: number;
  /** How long past its expiry an outcome is still news to another owner. */
  readonly graceMs: number;
}

/**
 * Takes up every payment that came in on the ledger and is not final, from the plan in its event:
 * prepares an outgoing transfer that is missing, settles an incoming one whose outgoing one has
 * ended, rejects what the plan refuses, asks the other owner where there is one. Of what went out
 * for other owners it tells them. What is already due is left to the clock. Returns what others must
 * hear, Prepares that were sent before included; doing it again changes nothing more.
 */
export function resumeLedger(ledgers: Ledgers, ledger: LedgerState, moment: Resumption): News {
  const { nowMs } = moment;
  const deliveries: Delivery[] = [];
  const errands: Errand[] = openReports(ledgers, ledger, moment);
  // The list is taken first: what is resumed changes while it is gone through.
  for (const transfer of [...ledger.transfers.values()]) {
    if (transfer.direction !== 'incoming' || transfer.status !== 'prepared') continue;
    if (nowMs >= transfer.expiresAtMs) continue;
    const news = advancePayment(ledgers, { ledger, transfer }, { nowMs, isNew: false });
    deliveries.push(...news.deliveries);
    errands.push(...news.errands);
  }
  return { deliveries, errands };
}
