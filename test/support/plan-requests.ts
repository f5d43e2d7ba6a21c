import { Curve } from '../../libs/domain/liquidity';
import type { PlanRequest, PlanSettings } from '../../libs/domain/payment';
import { encodeIlp } from '#protocol';
import vectors from '../vectors/vectors.json';

export const NOW = Date.parse('2017-08-28T09:32:00.000Z');
export const SETTINGS: PlanSettings = {
  connectorAddress: 'test.causeway',
  slippagePpm: 1000n,
  minMessageWindowMs: 1000,
  maxHoldTimeMs: 10_000,
};

const [beyond] = vectors.quotes.environment.remote_routes;
/** What the next connector makes of an amount, as the vectors have it. */
export const BEYOND = Curve.of(
  beyond?.points.map(([x = 0, y = 0]) => [BigInt(x), BigInt(y)] as const) ?? [],
);
/** The same, as a next hop quotes it (SPEC §12.3). */
export const QUOTED = { key: 'c.', curve: BEYOND, windowMs: 1000, expiresAtMs: NOW + 45_000 };

/** What arrives must be `amount`; without an amount, whatever arrives arrives. */
export function packet(account: string, amount?: bigint): Buffer {
  return encodeIlp(
    amount === undefined
      ? { type: 'forwarded-payment', account, data: Buffer.from('x') }
      : { type: 'payment', amount, account, data: Buffer.from('x') },
  );
}

/** 100 units from `ledger-a`, of which 4989 are to arrive with carl, behind the next connector. */
export function planRequest(change: Partial<PlanRequest> = {}): PlanRequest {
  return {
    ledgerId: 'ledger-a',
    transferId: 'b4c838f6-80b1-47f8-a82e-b1fcfbed89d5',
    amount: 100n,
    expiresAtMs: NOW + 6000,
    packet: packet('c.carl', 4989n),
    nowMs: NOW,
    secret: Buffer.alloc(32, 1),
    settings: SETTINGS,
    ...change,
  };
}
