import type { PaymentPlan } from '#domain/ledger';
import { planPayment } from '#domain/payment';
import type { RemoteQuoteNeeded } from '#domain/routing';

/** What was decided without asking anybody, as where all curves are known. */
export function atOnce<Decided extends object>(decided: Decided | RemoteQuoteNeeded): Decided {
  if (!isQuestion(decided)) return decided;
  throw new Error(`what leads to ${decided.destination} would have to be asked`);
}

export function planAtOnce(...payment: Parameters<typeof planPayment>): PaymentPlan {
  return atOnce(planPayment(...payment));
}

function isQuestion(decided: object): decided is RemoteQuoteNeeded {
  return 'type' in decided && decided.type === 'remote-quote-needed';
}
