import { randomBytes } from 'node:crypto';
import type { PeerLedgerSettings, PeerSettings } from '#platform';
import { BatchedLink, BusConnection, ControlClient } from '#messaging';
import type { BtpPeer } from '#testing';
import { Gateway } from '../../../apps/btp-gateway/src/gateway';
import type { GatewayLimits } from '../../../apps/btp-gateway/src/gateway-limits';
import type { PeerStanding } from '../../../apps/btp-gateway/src/sessions/peer-states';
import { testNatsUrl } from '../test-nats';
import { ScriptedInside } from './scripted-inside';
import { LIMITS, RecordedLog } from './session-kit';

const ADMIN_LEDGER: PeerLedgerSettings = {
  prefix: 'test.alice.',
  currencyCode: 'USD',
  currencyScale: 9,
  account: 'server',
  peerAccount: 'client',
  maxBalance: 1_000_000n,
  minBalance: null,
};

/** A peer that dials us with `<id>-secret`, and whose ledger we keep. */
export function dialsUs(id: string, change: Partial<PeerSettings> = {}): PeerSettings {
  return {
    id,
    discovery: 'btp',
    btpVersion: 'BTP/1.0',
    socket: 'server',
    uri: undefined,
    username: '',
    token: `${id}-secret`,
    authority: 'admin',
    ledger: { ...ADMIN_LEDGER, prefix: `test.${id}.` },
    settlementMethods: [],
    ...change,
  };
}

/** A peer that we dial at `uri`, and that keeps the ledger. */
export function weDial(
  id: string,
  uri: string,
  ledger: Partial<PeerLedgerSettings> = {},
): PeerSettings {
  return dialsUs(id, {
    socket: 'client',
    uri,
    token: '',
    authority: 'shadow',
    ledger: {
      ...ADMIN_LEDGER,
      prefix: undefined,
      account: 'client',
      peerAccount: 'server',
      maxBalance: null,
      minBalance: undefined,
      ...ledger,
    },
  });
}

const WITHIN_MS = 5_000;
const POLL_MS = 5;

/** A gateway on the real bus, alone in its scope with a scripted inside. */
export class GatewayUnderTest {
  private readonly peers: BtpPeer[] = [];

  private constructor(
    readonly gateway: Gateway,
    readonly inside: ScriptedInside,
    /** Where peers dial it. */
    readonly url: string,
    readonly log: RecordedLog,
    private readonly bus: BusConnection,
    private readonly link: BatchedLink,
  ) {}

  static async start(
    peers: readonly PeerSettings[],
    limits: Partial<GatewayLimits> = {},
    prepared: (inside: ScriptedInside) => void = () => undefined,
  ): Promise<GatewayUnderTest> {
    const natsUrl = testNatsUrl();
    const slug = `gateway-${randomBytes(6).toString('hex')}`;
    const inside = await ScriptedInside.start(
      natsUrl,
      slug,
      peers.map(({ id }) => id),
    );
    prepared(inside);
    const bus = await BusConnection.connect({ url: natsUrl, name: 'gateway-under-test' });
    const link = new BatchedLink(bus);
    const log = new RecordedLog();
    const gateway = new Gateway({
      gatewayId: slug,
      configuration: { connector: { slug, address: 'test.causeway' }, gateway: GATEWAY, peers },
      limits: { ...LIMITS, reconnectMinMs: 50, reconnectMaxMs: 400, ...limits },
      link,
      control: new ControlClient(bus),
      log,
    });
    const url = await gateway.start();
    await bus.roundTrip();
    return new GatewayUnderTest(gateway, inside, url, log, bus, link);
  }

  /** Closed together with the gateway. */
  keep<P extends BtpPeer>(peer: P): P {
    this.peers.push(peer);
    return peer;
  }

  standing(peerId: string): PeerStanding | undefined {
    return this.gateway.states.list().find((standing) => standing.peerId === peerId);
  }

  async becomes(peerId: string, state: PeerStanding['state']): Promise<PeerStanding> {
    const until = Date.now() + WITHIN_MS;
    for (;;) {
      const standing = this.standing(peerId);
      if (standing?.state === state) return standing;
      if (Date.now() > until) throw new Error(`still ${JSON.stringify(standing)}, not ${state}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  async stop(): Promise<void> {
    this.gateway.stopAccepting();
    await this.gateway.close();
    await Promise.all(this.peers.map((peer) => peer.close()));
    await this.link.close();
    await this.bus.drain();
    await this.inside.stop();
  }
}

const GATEWAY = { listen: { host: '127.0.0.1', port: 0 }, alphaPath: '/alpha' };
