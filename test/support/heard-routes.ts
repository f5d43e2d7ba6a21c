import { Curve } from '../../libs/domain/liquidity';
import { type BtpRequest, readRoutingBroadcast } from '#protocol';

/** What a peer knows of the connector's routes by the broadcasts that it was sent. */
export class HeardRoutes {
  /** By destination; undefined = without a curve. */
  readonly curves = new Map<string, Curve | undefined>();
  /** Destinations, in the order in which they were withdrawn. */
  readonly withdrawn: string[] = [];

  /** @param requests everything that the peer was sent */
  constructor(requests: readonly BtpRequest[], ledger: string) {
    for (const request of requests) {
      if (request.type === 'message') this.hear(request.protocolData, ledger);
    }
  }

  private hear(data: Parameters<typeof readRoutingBroadcast>[0], ledger: string): void {
    const heard = readRoutingBroadcast(data, { ledger, peerAccount: `${ledger}server` });
    if (heard?.type !== 'update') return;
    for (const destination of heard.update.unreachable) {
      this.curves.delete(destination);
      this.withdrawn.push(destination);
    }
    for (const { destinationLedger, points } of heard.update.newRoutes) {
      this.curves.set(destinationLedger, points === undefined ? undefined : Curve.of(points));
    }
  }
}
