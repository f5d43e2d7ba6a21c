import type { DeliverFulfill, DeliverPrepare } from '#contracts';
import { type BtpPrepare, ilpEntry } from '#protocol';
import { anIlpPayment, aPreimage, aTransferId, BtpPeer } from '#testing';
import type { GatewayLimits } from '../../../apps/btp-gateway/src/gateway-limits';
import { dialsUs, GatewayUnderTest } from './gateway-under-test';

export const { fulfillment, condition } = aPreimage(1);

/** For a test in which everybody answers: no pause of the machine is taken for silence. */
export const PATIENT = {
  requestTimeoutMs: 20_000,
  quoteMs: 18_000,
  repeatInsideMs: 20_000,
  settlingMs: 60_000,
} satisfies Partial<GatewayLimits>;

/** For a test in which somebody says nothing: lets it see soon what otherwise takes seconds. */
export const FAST = {
  ...PATIENT,
  requestTimeoutMs: 300,
  quoteMs: 270,
  repeatInsideMs: 100,
} satisfies Partial<GatewayLimits>;

const EXPIRES_IN_MS = 60_000;
let lastTransfer = 0;

/** An id that no other transfer of this run has. */
export function newTransfer(): string {
  lastTransfer += 1;
  return aTransferId(lastTransfer);
}

/** What alice sends us. */
export function incoming(change: Partial<BtpPrepare> = {}): Omit<BtpPrepare, 'type' | 'requestId'> {
  return {
    transferId: newTransfer(),
    amount: 100n,
    executionCondition: condition,
    expiresAtMs: Date.now() + EXPIRES_IN_MS,
    protocolData: [ilpEntry(anIlpPayment())],
    ...change,
  };
}

/** What the owner of alice's ledger hands over for her. */
export function outgoing(change: Partial<DeliverPrepare> = {}): DeliverPrepare {
  return {
    kind: 'deliver-prepare',
    ledgerId: 'alice',
    transferId: newTransfer(),
    amount: 99n,
    condition,
    expiresAtMs: Date.now() + EXPIRES_IN_MS,
    packet: anIlpPayment(),
    isRepeated: false,
    ...change,
  };
}

/** The fulfillment of a transfer of alice's, handed over for her. */
export function fulfillOf(transferId: string, expiresInMs = EXPIRES_IN_MS): DeliverFulfill {
  return {
    kind: 'deliver-fulfill',
    ledgerId: 'alice',
    transferId,
    fulfillment,
    data: null,
    expiresAtMs: Date.now() + expiresInMs,
  };
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const WITHIN_MS = 20_000;
const POLL_MS = 10;

export async function waitFor(holds: () => boolean): Promise<void> {
  const until = Date.now() + WITHIN_MS;
  while (!holds()) {
    if (Date.now() > until) throw new Error(`not within ${WITHIN_MS} ms: ${holds.toString()}`);
    await pause(POLL_MS);
  }
}

/** A gateway that knows alice, and alice with an open session. */
export async function withAlice(
  limits: Partial<GatewayLimits> = PATIENT,
): Promise<{ test: GatewayUnderTest; peer: BtpPeer }> {
  const test = await GatewayUnderTest.start([dialsUs('alice')], limits);
  const peer = test.keep(await BtpPeer.dial({ url: test.url, token: 'alice-secret' }));
  await test.inside.hears('session-opened');
  return { test, peer };
}
