import type { PaymentOrder, ReceiverBehaviour } from './historic-peer.messages';

/** Parts per thousand that the connector of the demo takes. */
export const SPREAD_PER_THOUSAND = 2n;

/** Within the longest hold (10 s) and the connector's own window (1 s), with time for a restart in between. */
const EXPIRES_IN_MS = 10_000;
/** The receiver's share of it is one second less; the demo waits no longer than this for the one that expires. */
const SHORT_EXPIRY_MS = 3500;

const SMALLEST = 1_000_000n;

export interface PlanOptions {
  readonly count: number;
  /** Begins each label; labels of one run must differ, also between plans. */
  readonly name: string;
  /** The receiver's account. */
  readonly to: string;
  /** How long the receiver thinks before it fulfils; 0 when absent. */
  readonly delayMs?: number;
  /** How long the sender waits; no longer than the connector holds money. */
  readonly expiresInMs?: number;
  /** The same for the payment that its receiver lets expire. */
  readonly ignoredForMs?: number;
}

/**
 * Payments of growing size. One in ten is rejected; early in each plan, so that it is over when the others are, one
 * is left to expire, and one is answered with a wrong fulfillment first. Plans of fewer than ten only fulfil.
 */
export function planPayments(options: PlanOptions): PaymentOrder[] {
  const { count, name, to, delayMs = 0 } = options;
  const { expiresInMs = EXPIRES_IN_MS, ignoredForMs = SHORT_EXPIRY_MS } = options;
  const usual: ReceiverBehaviour = delayMs > 0 ? { kind: 'delay', delayMs } : { kind: 'fulfill' };
  return Array.from({ length: count }, (_, index) => {
    const behaviour = count < 10 ? usual : (unusual(index) ?? usual);
    const delivers = SMALLEST + BigInt(index) * 1237n;
    return {
      label: `${name}-${index + 1}`,
      amount: sourceAmountFor(delivers).toString(),
      delivers: delivers.toString(),
      to: `${to}.${name}-${index + 1}`,
      expiresInMs: behaviour.kind === 'ignore' ? ignoredForMs : expiresInMs,
      behaviour,
    };
  });
}

function unusual(index: number): ReceiverBehaviour | undefined {
  if (index === 2) return { kind: 'ignore' };
  if (index === 5) return { kind: 'wrong-then-right' };
  if (index % 10 === 8) {
    return { kind: 'reject', code: 'F99', name: 'Application Error', message: 'not wanted' };
  }
  return undefined;
}

/** What one has to pay so that `delivers` arrives: the spread on top, rounded up, and a unit for each rounding. */
export function sourceAmountFor(delivers: bigint): bigint {
  const kept = 1000n - SPREAD_PER_THOUSAND;
  return (delivers * 1000n + kept - 1n) / kept + 2n;
}
