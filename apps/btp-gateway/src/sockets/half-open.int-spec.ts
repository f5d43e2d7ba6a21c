import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { infoRequest } from '#protocol';
import { BtpPeer } from '#testing';
import { dialsUs, GatewayUnderTest } from '../../../../test/support/gateway/gateway-under-test';

const HEARTBEAT_MS = 1_000;
const MISSES = 2;
/** For a machine that has other things to do. */
const SLACK_MS = 20_000;

/** A way to the gateway that can go silent without a word: no FIN, no RST, as a cable pulled out. */
class Cable {
  private readonly ends: Socket[] = [];
  private readonly server = createServer((near) => {
    const far = connect(this.port, '127.0.0.1');
    for (const end of [near, far]) {
      this.ends.push(end);
      end.on('error', () => undefined);
    }
    near.pipe(far);
    far.pipe(near);
  });

  private constructor(private readonly port: number) {}

  static async to(url: string): Promise<Cable> {
    const cable = new Cable(Number(new URL(url).port));
    await once(cable.server.listen(0, '127.0.0.1'), 'listening');
    return cable;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  pull(): void {
    for (const end of this.ends) end.unpipe().pause();
  }

  remove(): void {
    this.server.close();
    for (const end of this.ends) end.destroy();
  }
}

describe('a peer whose connection went silent', () => {
  let test: GatewayUnderTest;
  let cable: Cable;
  const dial = async (url: string): Promise<BtpPeer> =>
    test.keep(await BtpPeer.dial({ url, token: 'alice-secret' }));

  beforeEach(async () => {
    const limits = { heartbeatMs: HEARTBEAT_MS, heartbeatMisses: MISSES };
    test = await GatewayUnderTest.start([dialsUs('alice')], limits);
    cable = await Cable.to(test.url);
  });
  afterEach(async () => {
    cable.remove();
    await test.stop();
  });

  it('is noticed by the heartbeat, and its session ended', async () => {
    await dial(cable.url);
    await test.becomes('alice', 'open');
    cable.pull();
    const pulledAtMs = Date.now();
    const standing = await test.becomes('alice', 'offline');
    expect(standing.reason).toBe('it answers no pings');
    expect(Date.now() - pulledAtMs).toBeLessThan((MISSES + 1) * HEARTBEAT_MS + SLACK_MS);
    expect(Date.now() - pulledAtMs).toBeGreaterThan((MISSES - 1) * HEARTBEAT_MS);
    expect(test.gateway.metrics.cuts['no-pong']).toBe(1);
    expect(test.gateway.sessions()).toBe(0);
  });

  it('may attach again meanwhile, and keeps the new session', async () => {
    await dial(cable.url);
    await test.becomes('alice', 'open');
    cable.pull();
    const again = await dial(test.url);
    expect((await again.message(infoRequest('account'))).type).toBe('response');
    expect(test.gateway.metrics.cuts['no-pong']).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, (MISSES + 2) * HEARTBEAT_MS));
    expect((await again.message(infoRequest('account'))).type).toBe('response');
    expect(test.standing('alice')).toMatchObject({ state: 'open' });
    expect(test.gateway.sessions()).toBe(1);
  });
});
