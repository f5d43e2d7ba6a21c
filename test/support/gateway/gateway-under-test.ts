import { randomBytes } from 'node:crypto';
import type { PeerStanding } from '#contracts';
import {
  digestOfToken,
  type GatewaySettings,
  type PeerLedgerSettings,
  type PeerSettings,
} from '#platform';
import { BatchedLink, BusConnection, ControlClient, ControlListener } from '#messaging';
import type { BtpPeer } from '#testing';
import { Gateway } from '../../../apps/btp-gateway/src/gateway';
import type { GatewayLimits } from '../../../apps/btp-gateway/src/gateway-limits';
import type { WebFingerIdentity } from '../../../apps/btp-gateway/src/webfinger/webfinger';
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
    token: '',
    tokenDigest: digestOfToken(`${id}-secret`),
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
    tokenDigest: undefined,
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

/** Also on a machine that has much else to do. */
const WITHIN_MS = 20_000;
const POLL_MS = 5;

/** What all gateways of one connector share. */
interface Connector {
  readonly slug: string;
  readonly inside: ScriptedInside;
  readonly peers: readonly PeerSettings[];
  readonly limits: GatewayLimits;
  readonly gateway: GatewaySettings;
  readonly webfinger: WebFingerIdentity | undefined;
  readonly awaitsList: boolean;
}

/** A gateway on the real bus, in a scope of its own with a scripted inside. */
export class GatewayUnderTest {
  private readonly peers: BtpPeer[] = [];
  private readonly others: GatewayUnderTest[] = [];
  private isDead = false;

  private constructor(
    private readonly connector: Connector,
    readonly id: string,
    readonly gateway: Gateway,
    /** Where peers dial it. */
    readonly url: string,
    readonly log: RecordedLog,
    private readonly bus: BusConnection,
    private readonly link: BatchedLink,
  ) {}

  get inside(): ScriptedInside {
    return this.connector.inside;
  }

  static async start(
    peers: readonly PeerSettings[],
    limits: Partial<GatewayLimits> = {},
    prepared: (inside: ScriptedInside) => void = () => undefined,
    busUrl = testNatsUrl(),
  ): Promise<GatewayUnderTest> {
    return GatewayUnderTest.startAs({ peers, limits, prepared, busUrl });
  }

  static async startAs(wanted: {
    readonly peers: readonly PeerSettings[];
    readonly gateway?: Partial<GatewaySettings>;
    readonly webfinger?: WebFingerIdentity;
    readonly limits?: Partial<GatewayLimits>;
    readonly prepared?: (inside: ScriptedInside) => void;
    readonly busUrl?: string;
    /** Whether a gateway counts as started only when it has the list of peers; true unless said. */
    readonly awaitsList?: boolean;
  }): Promise<GatewayUnderTest> {
    const { peers } = wanted;
    const natsUrl = testNatsUrl();
    const slug = `gateway-${randomBytes(6).toString('hex')}`;
    const inside = await ScriptedInside.start(
      natsUrl,
      slug,
      peers.map(({ id }) => id),
    );
    wanted.prepared?.(inside);
    const limits = { ...QUICK, ...wanted.limits };
    const gateway = { ...GATEWAY, ...wanted.gateway };
    const { busUrl = natsUrl, webfinger, awaitsList = true } = wanted;
    return GatewayUnderTest.join(
      { slug, inside, peers, limits, gateway, webfinger, awaitsList },
      busUrl,
    );
  }

  private static async join(connector: Connector, natsUrl: string): Promise<GatewayUnderTest> {
    const { slug, peers, limits, webfinger } = connector;
    const bus = await BusConnection.connect({ url: natsUrl, name: 'gateway-under-test' });
    const link = new BatchedLink(bus);
    const log = new RecordedLog();
    const gatewayId = `${slug}-${randomBytes(3).toString('hex')}`;
    const gateway = new Gateway({
      gatewayId,
      configuration: {
        connector: { slug, address: 'test.causeway' },
        gateway: connector.gateway,
        peers,
      },
      limits,
      link,
      control: new ControlClient(bus),
      listener: new ControlListener(bus),
      log,
      ...(webfinger && { webfinger }),
    });
    const url = await gateway.start();
    await bus.roundTrip(WITHIN_MS);
    const joined = new GatewayUnderTest(connector, gatewayId, gateway, url, log, bus, link);
    if (connector.awaitsList) await joined.knowsAllPeers();
    return joined;
  }

  /** Waits until it has the list of the peers that were added at run time. */
  knowsAllPeers(): Promise<void> {
    return until(() => this.gateway.peersBehind() === 0, 'the list of peers was not heard');
  }

  /** Another gateway of the same connector; stopped with this one. */
  async another(natsUrl = testNatsUrl()): Promise<GatewayUnderTest> {
    const other = await GatewayUnderTest.join(this.connector, natsUrl);
    this.others.push(other);
    return other;
  }

  /** It dies without a word to anybody inside; its sockets go with it. */
  async kill(): Promise<void> {
    this.isDead = true;
    await this.bus.drain();
    this.gateway.stopAccepting();
    await this.gateway.close();
  }

  /** Closed together with the gateway. */
  keep<P extends BtpPeer>(peer: P): P {
    this.peers.push(peer);
    return peer;
  }

  standing(peerId: string): PeerStanding | undefined {
    return this.gateway.states.list().find((standing) => standing.peerId === peerId);
  }

  /** @param because part of the reason why */
  async becomes(peerId: string, state: PeerStanding['state'], because = ''): Promise<PeerStanding> {
    const untilMs = Date.now() + WITHIN_MS;
    for (;;) {
      const standing = this.standing(peerId);
      if (standing?.state === state && standing.reason.includes(because)) return standing;
      if (Date.now() > untilMs) throw new Error(`still ${JSON.stringify(standing)}, not ${state}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** By then the inside has heard what was said, and the bus knows which questions are answered here. */
  async isHeardInside(): Promise<void> {
    await this.bus.roundTrip(WITHIN_MS);
    await this.inside.hasHeardAll();
  }

  async stop(): Promise<void> {
    await Promise.all(this.others.map((other) => other.leave()));
    await this.leave();
    await this.inside.stop();
  }

  private async leave(): Promise<void> {
    this.gateway.stopAccepting();
    if (!this.isDead) await this.gateway.close();
    await Promise.all(this.peers.map((peer) => peer.close()));
    await this.link.close();
    await this.bus.drain();
  }
}

async function until(holds: () => boolean, otherwise: string): Promise<void> {
  const untilMs = Date.now() + WITHIN_MS;
  while (!holds()) {
    if (Date.now() > untilMs) throw new Error(otherwise);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Times that let a test see what otherwise takes seconds; whoever comes in may take his time. */
const QUICK: GatewayLimits = {
  ...LIMITS,
  tlsHandshakeMs: 20_000,
  httpRequestMs: 20_000,
  authWaitMs: 20_000,
  reconnectMinMs: 50,
  reconnectMaxMs: 400,
  gatewaySettleMs: 100,
};

const GATEWAY = { listen: { host: '127.0.0.1', port: 0 }, alphaPath: '/alpha', rpcPath: '/rpc' };
