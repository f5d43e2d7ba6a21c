import type { Logger } from 'pino';
import type { DataSource } from 'typeorm';
import type { PeersListReply } from '#contracts';
import { ConnectorLog } from '#event-store';
import { configuredPeers, PeerRegistry, requireNoConflict, type UnusablePeer } from '#peers';
import type { Configuration } from '#platform';

/** The peers that were added at run time, for services that have no database. */
export class RunTimePeers {
  private readonly registry: Pick<PeerRegistry, 'list'>;
  /** Those that the log was told of: once for each, not at each question. */
  private readonly reported = new Set<string>();

  constructor(
    dataSource: DataSource,
    private readonly configuration: Pick<
      Configuration,
      'connector' | 'limits' | 'peers' | 'webfinger'
    >,
    private readonly logger: Pick<Logger, 'warn'>,
  ) {
    const { connector, limits } = configuration;
    const identity = { connector: connector.address, partitions: limits.partitions };
    this.registry = new PeerRegistry(new ConnectorLog(dataSource, identity));
  }

  async list(): Promise<PeersListReply> {
    const { version, peers, unusable } = await this.registry.list();
    unusable.forEach((peer) => {
      this.report(peer);
    });
    return {
      version,
      peers: peers.map(({ document, revision, addedBy, addedAtMs }) => ({
        document,
        revision,
        addedBy,
        addedAtMs,
      })),
    };
  }

  /** @throws PeerConflictError if the configuration gives away what one of them has */
  async requireNoConflict(): Promise<void> {
    const { peers } = await this.registry.list();
    requireNoConflict(peers, {
      configured: configuredPeers(this.configuration.peers),
      ownHostname: this.configuration.webfinger.hostname,
    });
  }

  private report({ peerId, problem }: UnusablePeer): void {
    const told = `${peerId}: ${problem}`;
    if (this.reported.has(told)) return;
    this.reported.add(told);
    this.logger.warn({ peer: peerId, problem }, 'a peer that was added at run time is of no use');
  }
}
