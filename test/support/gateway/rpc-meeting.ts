import { anIlpPayment, aPreimage, aTransferId } from '#testing';
import type { GatewayLimits } from '../../../apps/btp-gateway/src/gateway-limits';
import { FAST, PATIENT } from './alice';
import { GatewayUnderTest } from './gateway-under-test';
import { callUs, OURS, PREFIX, RpcPeer, THEIRS } from './rpc-peer';

/** For a test in which both sides answer. */
export const LIMITS = { ...PATIENT, rpcTimeoutMs: 20_000, rpcRetryMs: 200 };
/** For one in which somebody says nothing. */
export const SOON = { ...FAST, rpcTimeoutMs: 300, rpcRetryMs: 200 };
const endings: (() => Promise<unknown>)[] = [];

/** A gateway that knows dora, and dora, whom it calls. */
export async function meet(limits: Partial<GatewayLimits> = {}, peer?: RpcPeer) {
  const dora = peer ?? (await RpcPeer.listen());
  const test = await GatewayUnderTest.start([dora.settings()], { ...LIMITS, ...limits });
  whenParting(
    () => test.stop(),
    () => dora.close(),
  );
  return { dora, test, call: callUs.bind(undefined, test.url) };
}

/** As `meet`, with an open session. */
export async function met(limits: Partial<GatewayLimits> = {}) {
  const meeting = await meet(limits);
  await meeting.test.inside.hears('session-opened');
  return meeting;
}

export function whenParting(...ends: (() => Promise<unknown>)[]): void {
  endings.push(...ends);
}

/** Ends everything that was begun since the last time. */
export async function part(): Promise<void> {
  for (const end of endings.splice(0)) await end();
}

/** What dora sends us, as it stands on the wire. */
export function transfer(change: object = {}): object {
  return {
    id: aTransferId(1),
    ledger: PREFIX,
    from: THEIRS,
    to: OURS,
    amount: '100',
    ilp: anIlpPayment().toString('base64url'),
    executionCondition: aPreimage(1).condition.toString('base64url'),
    expiresAt: new Date(Date.now() + 10_000).toISOString(),
    noteToSelf: { not: 'for us' },
    ...change,
  };
}
