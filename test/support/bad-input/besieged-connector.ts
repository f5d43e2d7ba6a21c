import { ConnectorUnderTest } from '../connector-under-test';
import { eventCountOf } from '../connector-database';
import { ConsoleApi } from '../console-api';
import { dialsUs, tokenOf } from '../dialling-peers';
import { QUICK_RECONNECT, until } from '../running-connector';
import { BTP_ALPHA, RawPeer } from '../raw-peer';
import { infoRequest } from '#protocol';
import { BtpPeer, type Script } from '#testing';
import { aMessage, MAX_HOLD_MS } from './requests';

/** A connector brings its own database and bus. */
export const STARTED_WITHIN_MS = 180_000;
/** Longer than anybody stands still. */
export const PATIENCE_MS = 30_000;
/** How much each peer may owe us, and we it. */
export const LIMIT = 1_000n;

const DIALLERS = ['mallory', 'alf', 'rita', 'sam'] as const;
/** Dial us; we keep their ledgers. mallory misbehaves, as does alf, who speaks BTP/alpha. */
export type Dialler = (typeof DIALLERS)[number];

export interface Siege {
  readonly connector?: Readonly<Record<string, unknown>>;
  readonly limits?: Readonly<Record<string, number>>;
  readonly log?: { readonly level: string };
  readonly morePeers?: readonly object[];
}

/** Policy violation (SPEC §5.3). */
const CLOSED_TO_STRANGERS = 1008;

/** One connector for one spec, with database and bus of its own, and what its log says. */
export class BesiegedConnector {
  private constructor(private readonly connector: ConnectorUnderTest) {}

  static async start(siege: Siege = {}): Promise<BesiegedConnector> {
    const { connector: ours = {}, limits = {}, log, morePeers = [] } = siege;
    const connector = await ConnectorUnderTest.start({
      connector: { address: 'test.fortress', spread: 0, maxHoldTimeMs: MAX_HOLD_MS, ...ours },
      limits: { ...QUICK_RECONNECT, ...limits },
      peers: [...DIALLERS.map(peerSettings), ...morePeers],
      ...(log !== undefined && { log }),
    });
    const besieged = new BesiegedConnector(connector);
    try {
      await until(2 * PATIENCE_MS, 'strangers are known as such', () =>
        besieged.turnsStrangersAway(),
      );
      return besieged;
    } catch (error) {
      await connector.stop();
      throw error;
    }
  }

  get url(): string {
    return this.connector.url;
  }

  /** Below the path where BTP/alpha is spoken. */
  alphaUrl(...segments: string[]): string {
    return [`${this.url}/alpha`, ...segments.map(encodeURIComponent)].join('/');
  }

  /** Not before the gateway knows of all peers that were added at run time. */
  private async turnsStrangersAway(): Promise<boolean> {
    const stranger = await RawPeer.connect(this.alphaUrl('nobody', 'at-all'), BTP_ALPHA);
    stranger.send(BTP_ALPHA.encode(aMessage(infoRequest('full'))));
    return (await stranger.closed) === CLOSED_TO_STRANGERS;
  }

  /** A session that says only what it is told to. */
  raw(peer: Dialler): Promise<RawPeer> {
    if (peer === 'alf') return RawPeer.connect(this.alphaUrl('alf', tokenOf('alf')), BTP_ALPHA);
    return RawPeer.authenticated(this.url, tokenOf(peer));
  }

  /** A session that behaves. */
  dial(peer: Dialler, ...scripts: Script[]): Promise<BtpPeer> {
    const token = tokenOf(peer);
    return BtpPeer.dial({ url: this.url, token, scripts, patienceMs: PATIENCE_MS });
  }

  /** Types of the events of a ledger, oldest first; of one transfer, if one is named. */
  eventsOf(ledger: string, transferId?: string): Promise<string[]> {
    return this.connector.story(ledger, transferId);
  }

  /** How many events the whole log holds. */
  eventCount(): Promise<number> {
    return eventCountOf(this.connector.dataDir);
  }

  /** Its HTTP API. */
  get console(): ConsoleApi {
    return new ConsoleApi(this.connector.dataDir, 'besieged');
  }

  /**
   * A figure of the metrics of a service that runs once; 0 where it has none.
   * @param labels as `outcome="accepted"`, where there are any
   */
  async metric(service: string, name: string, labels = ''): Promise<number> {
    const page = await (await this.connector.page(service, 'metrics')).text();
    const lines = page.split('\n').filter((line) => line.startsWith(`${name}{`));
    const line = lines.find((one) => one.includes(labels));
    return Number(line?.split(' ').at(-1) ?? 0);
  }

  /** Everything that its processes have said on standard error. */
  said(): string {
    return this.connector.log;
  }

  stop(): Promise<void> {
    return this.connector.stop();
  }
}

function peerSettings(id: Dialler): object {
  const alpha = { btpVersion: 'BTP/alpha', username: id };
  return dialsUs(id, { limit: LIMIT, ...(id === 'alf' && alpha) });
}
