import { authMessage, encodeBtp } from '#protocol';
import { administrator, BtpPeer } from '#testing';
import { PATIENT } from './alice';
import { BareCaller } from './bare-caller';
import { dialsUs, GatewayUnderTest } from './gateway-under-test';

/** Times that let a test see what otherwise takes half a minute; no list is asked for by time alone. */
export const LIMITS = {
  ...PATIENT,
  repeatInsideMs: 100,
  rpcTimeoutMs: 20_000,
  rpcRetryMs: 200,
  peersRefreshMs: 60_000,
};
export const REMOVED = { code: 1000, reason: 'the peer was removed' };

const INFO = { prefix: 'peer.ab.', currencyCode: 'USD', currencyScale: 9, connectors: [] };

/** A gateway whose configuration knows alice, and peers that are added while it runs. */
export class RunTimeMeeting {
  private readonly endings: (() => Promise<unknown>)[] = [];
  private started: GatewayUnderTest | undefined;

  get test(): GatewayUnderTest {
    if (this.started === undefined) throw new Error('no gateway was started');
    return this.started;
  }

  async start(
    more: Partial<Parameters<typeof GatewayUnderTest.startAs>[0]> = {},
  ): Promise<GatewayUnderTest> {
    const wanted = { peers: [dialsUs('alice')], ...more };
    const limits = { ...LIMITS, ...more.limits };
    this.started = await GatewayUnderTest.startAs({ ...wanted, limits });
    return this.started;
  }

  whenParting(...ends: (() => Promise<unknown>)[]): void {
    this.endings.push(...ends);
  }

  async part(): Promise<void> {
    await this.started?.stop();
    this.started = undefined;
    for (const end of this.endings.splice(0)) await end();
  }

  /** Dials the gateway as a peer does. @throws Error if that is refused */
  async attach(id: string, token = `${id}-secret`, url = this.test.url): Promise<BtpPeer> {
    return this.test.keep(await BtpPeer.dial({ url, token }));
  }

  /** A peer that is dialled, and keeps the ledger. */
  async listens(token = 'bob-secret'): Promise<BtpPeer> {
    const bob = await BtpPeer.listen({ token, scripts: [administrator({ info: INFO })] });
    this.whenParting(() => bob.close());
    return bob;
  }

  /** How a socket ends that presents this token. */
  async codeFor(token: string): Promise<number> {
    const caller = await BareCaller.to(this.test.url);
    caller.socket.send(encodeBtp(authMessage(1, '', token)));
    return caller.ended;
  }
}
