import { type BtpPrepare, ilpEntry } from '#protocol';
import type { BtpPeer } from '#testing';
import type { RawPeer } from '../raw-peer';
import { until } from '../running-connector';
import type { BesiegedConnector } from './besieged-connector';
import { hearsPrepare } from './heard';
import type { Session } from './observe';
import {
  aFulfill,
  aPrepare,
  aReject,
  aSecret,
  EXPIRES_IN_MS,
  payment,
  type Secret,
} from './requests';

export type State = 'prepared' | 'fulfilled' | 'rejected' | 'expired';

/** A transfer on the ledger of that peer, in the state that was asked for. */
export interface MadeTransfer extends Secret {
  readonly transferId: string;
  /** As the peer sent it, or heard it from us. */
  readonly prepare: BtpPrepare;
  /** Rolls it back if it is still prepared: it must not expire into the next test. */
  readonly end: () => Promise<void>;
}

/**
 * How long before the incoming transfer of a payment the outgoing one ends, and both with it: so long that whatever
 * is said of them then is said in the incoming one's own time.
 */
export const WINDOW_MS = 20_000;
/** With time to prepare the outgoing one on a slow machine. */
const SHORT_MS = WINDOW_MS + 3_000;
const ENDED_WITHIN_MS = 40_000;

/** Makes transfers of payments between somebody who misbehaves and rita, who does not. */
export class TransferScene {
  private ids = 1_000;

  constructor(
    private readonly connector: BesiegedConnector,
    private readonly session: Session,
    private readonly rita: BtpPeer,
  ) {}

  /** The peer pays. */
  async incoming(state: State): Promise<MadeTransfer> {
    const { rita, session } = this;
    const { peer } = session;
    const secret = aSecret();
    const prepare = this.paying('test.rita.client.x', state, secret);
    await peer.request({ ...prepare, requestId: this.nextId() });
    const { transferId: onward } = await hearsPrepare(rita, prepare);
    const { transferId } = prepare;
    if (state === 'fulfilled') {
      await rita.fulfill(aFulfill(onward, secret.fulfillment));
      peer.agree(await peer.hears('fulfill', transferId));
    }
    if (state === 'rejected') {
      await rita.reject(aReject(onward));
      peer.agree(await peer.hears('reject', transferId));
    }
    if (state === 'expired') peer.agree(await this.timedOut(transferId));
    const end = async (): Promise<void> => {
      await rita.reject(aReject(onward));
    };
    return { ...secret, transferId, prepare, end };
  }

  /** The peer is paid. */
  async outgoing(state: State): Promise<MadeTransfer> {
    const { rita, session } = this;
    const { peer } = session;
    const secret = aSecret();
    await rita.prepare(this.paying(`test.${this.session.of}.client.x`, state, secret));
    const prepare = await peer.hears('prepare');
    const { transferId } = prepare;
    peer.agree(prepare);
    const end = async (): Promise<void> => {
      await peer.request({ ...aReject(transferId), requestId: this.nextId() });
    };
    if (state === 'fulfilled') {
      const fulfill = aFulfill(transferId, secret.fulfillment);
      await peer.request({ ...fulfill, requestId: this.nextId() });
    }
    if (state === 'rejected') await end();
    if (state === 'expired') peer.agree(await this.timedOut(transferId));
    return { ...secret, transferId, prepare, end };
  }

  private paying(account: string, state: State, { condition }: Secret): BtpPrepare {
    return aPrepare({
      executionCondition: condition,
      expiresAtMs: Date.now() + (state === 'expired' ? SHORT_MS : EXPIRES_IN_MS),
      protocolData: [ilpEntry(payment(account))],
    });
  }

  private async timedOut(transferId: string): ReturnType<RawPeer['hears']> {
    await until(ENDED_WITHIN_MS, 'the transfer is over', async () => {
      return (await this.connector.eventsOf(this.session.of, transferId)).length > 1;
    });
    return this.session.peer.hears('reject', transferId);
  }

  private nextId(): number {
    return ++this.ids;
  }
}
