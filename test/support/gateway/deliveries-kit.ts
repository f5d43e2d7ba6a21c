import { aPreimage, aTransferId } from '#testing';
import type { DeliverFulfill, DeliverPrepare, DeliverReject } from '#contracts';
import { btpError, type BtpErrorName, encodeIlp, ilpError } from '#protocol';
import { SessionKit, START_MS } from './session-kit';
import { BoundedSet } from '../../../apps/btp-gateway/src/deliveries/bounded-set';
import { Deliveries } from '../../../apps/btp-gateway/src/deliveries/deliveries';

export const transferId: string = aTransferId(1);
export const EXPIRES_MS = START_MS + 30_000;

export const prepare: DeliverPrepare = {
  kind: 'deliver-prepare',
  ledgerId: 'alice',
  transferId,
  amount: 9_900n,
  condition: Buffer.alloc(32, 1),
  expiresAtMs: EXPIRES_MS,
  packet: Buffer.from('packet'),
  isRepeated: false,
};
export const fulfill: DeliverFulfill = {
  kind: 'deliver-fulfill',
  ledgerId: 'alice',
  transferId,
  fulfillment: aPreimage(1).fulfillment,
  data: null,
  expiresAtMs: EXPIRES_MS,
};
export const reason = encodeIlp(
  ilpError({ code: 'R00', triggeredBy: 'test.a.server', triggeredAtMs: START_MS, data: 'expired' }),
);
export const reject: DeliverReject = {
  kind: 'deliver-reject',
  ledgerId: 'alice',
  transferId,
  reason,
};

/** The deliveries of one session on a fake wire and a fake link. */
export class DeliveriesKit extends SessionKit {
  readonly uncertain = new BoundedSet(100);
  readonly deliveries: Deliveries;

  constructor(uncertain?: BoundedSet) {
    super();
    if (uncertain !== undefined) this.uncertain = uncertain;
    this.deliveries = new Deliveries({
      session: this.session,
      ledgerId: 'alice',
      ownerSubject: 'owner',
      link: this.link,
      pending: this.pending,
      limits: this.limits,
      metrics: this.metrics,
      log: this.log,
      uncertain: this.uncertain,
    });
  }

  at(elapsedMs: number): void {
    this.nowMs = START_MS + elapsedMs;
    this.pending.sweep(this.nowMs);
    this.session.sweep(this.nowMs);
    this.deliveries.sweep(this.nowMs);
    // An idle peer would be taken for dead.
    this.session.receivePong();
  }

  /** Sweeps as the one timer does. */
  runTo(elapsedMs: number): void {
    for (let at = this.nowMs - START_MS; at < elapsedMs; at += 20) this.at(at);
    this.at(elapsedMs);
  }

  respond(): void {
    this.receive({ type: 'response', requestId: this.wire.last.requestId, protocolData: [] });
  }

  /** @param code another than the name's own, as historic programs send */
  refuse(name: BtpErrorName, code?: string): void {
    const { requestId } = this.wire.last;
    const error = btpError({ requestId, name, message: 'because', triggeredAtMs: START_MS });
    this.receive(code === undefined ? error : { ...error, code });
  }

  /** F00 with a name that no specification has, as historic programs answer when they throw. */
  stumble(): void {
    const { requestId } = this.wire.last;
    const error = { requestId, message: 'because', triggeredAtMs: START_MS } as const;
    this.receive({ ...btpError({ ...error, name: 'NotAcceptedError' }), name: 'TypeError' });
  }
}

export const fulfillRefused = (error: BtpErrorName): object => ({
  kind: 'fulfill-refused',
  ledgerId: 'alice',
  transferId,
  error,
  message: 'because',
  receivedAtMs: expect.any(Number) as number,
});

export const delivered = (what: 'prepare' | 'fulfill' | 'reject'): object => ({
  kind: 'delivered',
  ledgerId: 'alice',
  transferId,
  what,
});
