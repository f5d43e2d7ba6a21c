import type { PlanRequest } from '#domain/payment';
import { encodeIlp } from '#protocol';

/** A payment on ledger `a` of whatever arrives. */
export const forwarded = (to: string, nowMs: number, amount = 1_000n): PlanRequest => ({
  ledgerId: 'a',
  transferId: 'b4c838f6-80b1-47f8-a82e-b1fcfbed89d5',
  amount,
  expiresAtMs: nowMs + 9_000,
  packet: encodeIlp({ type: 'forwarded-payment', account: to, data: Buffer.alloc(0) }),
  nowMs,
  secret: Buffer.alloc(32),
  settings: {
    connectorAddress: 'test.us',
    slippagePpm: 0n,
    minMessageWindowMs: 1_000,
    maxHoldTimeMs: 10_000,
  },
});
