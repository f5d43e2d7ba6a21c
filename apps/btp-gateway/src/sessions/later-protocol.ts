import type { GatewayMetrics } from '../gateway-metrics';
import type { Log } from '../log';

/** What every refusal of BTP/2.0 says: what we heard, and what we speak instead. */
export const LATER_PROTOCOL_REFUSED =
  'this is BTP/2.0 / ILPv4, which is not supported: this connector speaks BTP/1.0 and BTP/alpha';

/** Packets of ILPv4: prepare, fulfill, reject. Those of ILPv1 have smaller numbers (SPEC §6). */
const LATER_ILP_TYPES: ReadonlySet<number> = new Set([12, 13, 14]);
/** BTP/2.0's unconditional transfer, which is no packet of BTP/1.0 (SPEC §5.2). */
const LATER_TRANSFER_TYPE = 7;

export function isLaterIlp(packet: Buffer): boolean {
  return LATER_ILP_TYPES.has(packet[0] ?? 0);
}

/** Whether a frame of a type that its session does not know is BTP/2.0's Transfer. */
export function isLaterTransfer(frame: Buffer): boolean {
  return frame[0] === LATER_TRANSFER_TYPE;
}

/** Counts what a peer says in BTP/2.0, and tells operators of it once; one for each session. */
export class LaterProtocol {
  private isTold = false;

  constructor(
    private readonly parts: {
      readonly peerId: string;
      readonly metrics: GatewayMetrics;
      readonly log: Log;
    },
  ) {}

  hear(what: 'transfer' | 'ilp'): void {
    const { peerId, metrics, log } = this.parts;
    metrics.malformed['later-protocol'] += 1;
    if (this.isTold) return;
    this.isTold = true;
    log.warn(
      { peer: peerId, what },
      'the peer speaks BTP/2.0: it must be set to BTP/1.0 or BTP/alpha to be understood',
    );
  }
}
