import { randomBytes, randomUUID } from 'node:crypto';
import {
  type BtpFulfill,
  type BtpMessage,
  type BtpPrepare,
  type BtpReject,
  conditionOf,
  encodeIlp,
  ilpEntry,
  ilpError,
  type ProtocolData,
} from '#protocol';

/** No transfer of a test may run out because somebody stood still. */
export const MAX_HOLD_MS = 60_000;
/** Less than money is held, with some time for the way. */
export const EXPIRES_IN_MS = 50_000;

/** What SHA-256 makes a condition of; a new one each time. */
export interface Secret {
  readonly fulfillment: Buffer;
  readonly condition: Buffer;
}

export function aSecret(): Secret {
  const fulfillment = randomBytes(32);
  return { fulfillment, condition: conditionOf(fulfillment) };
}

/** An ILP payment of 5 units, to rita unless told otherwise. */
export function payment(account = 'test.rita.client.x', amount = 5n, data = ''): Buffer {
  return encodeIlp({ type: 'payment', amount, account, data: Buffer.from(data) });
}

/** 5 units for rita under a condition that nobody can fulfill. */
export function aPrepare(change: Partial<BtpPrepare> = {}): BtpPrepare {
  return {
    type: 'prepare',
    requestId: 7,
    transferId: randomUUID(),
    amount: 5n,
    executionCondition: aSecret().condition,
    expiresAtMs: Date.now() + EXPIRES_IN_MS,
    protocolData: [ilpEntry(payment())],
    ...change,
  };
}

export function aFulfill(transferId: string, fulfillment: Buffer): BtpFulfill {
  return { type: 'fulfill', requestId: 7, transferId, fulfillment, protocolData: [] };
}

export function aReject(transferId: string, message = 'I will not'): BtpReject {
  const reason = ilpError({
    code: 'F99',
    triggeredBy: 'test.mallory.client',
    triggeredAtMs: Date.now(),
    data: message,
  });
  const protocolData = [ilpEntry(encodeIlp(reason))];
  return { type: 'reject', requestId: 7, transferId, protocolData };
}

export function aMessage(...protocolData: readonly ProtocolData[]): BtpMessage {
  return { type: 'message', requestId: 7, protocolData };
}
