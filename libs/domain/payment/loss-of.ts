import type { Leg } from './leg';
import { NOTHING, type Outcome } from './outcome';

/**
 * The outcome of an incoming transfer that was ended after we had shown its preimage:
 * the plan says what we paid, and where.
 */
export function lossOf({ transfer: { plan } }: Leg): Outcome {
  if (plan?.kind !== 'forward') return NOTHING;
  const { ledgerId, transferId, amount } = plan;
  return { ...NOTHING, loss: { ledgerId, transferId, amount } };
}
