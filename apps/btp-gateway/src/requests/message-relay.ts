import { MalformedPeerQuestionError, type PeerAnswer } from '#contracts';
import { PeerNotConnectedError, PeerSilentError, type RemotePeers } from '#messaging';
import type { BtpErrorName, BtpMessage } from '#protocol';
import type { GatewayMetrics } from '../gateway-metrics';
import type { Log } from '../log';
import type { PeerChannel } from '../sessions/peer-channel';
import type { PeerLoad } from '../sessions/peer-load';

export interface MessageRelayParts {
  /** Of the party that asks. */
  readonly session: PeerChannel;
  /** Peer id of the other party, whose session may be at another gateway. */
  readonly other: string;
  readonly peers: Pick<RemotePeers, 'ask'>;
  readonly load: PeerLoad;
  readonly metrics: GatewayMetrics;
  readonly log: Log;
  /** Shorter than the party waits for its answer, ms. */
  readonly withinMs: number;
}

interface Refused {
  readonly name: BtpErrorName;
  readonly message: string;
}

/**
 * Where we are the validator, passes Messages of one party to the other, and its answers back, both
 * as they came (SPEC D-17).
 */
export class MessageRelay {
  constructor(private readonly parts: MessageRelayParts) {}

  relay({ requestId, protocolData }: BtpMessage): void {
    const { session, other, peers, load, log, withinMs } = this.parts;
    load.begin();
    peers
      .ask(other, { protocolData, withinMs })
      .then(
        (answer) => {
          this.passOn(requestId, answer);
        },
        (error: unknown) => {
          this.refuse(requestId, this.refusalFor(error));
        },
      )
      .finally(() => {
        load.end();
      })
      .catch((error: unknown) => {
        log.error({ err: error, peer: session.peerId }, 'a relayed Message could not be answered');
      });
  }

  private passOn(requestId: number, answer: PeerAnswer): void {
    const { session, metrics } = this.parts;
    metrics.requests[answer.type === 'response' ? 'accepted' : 'refused'] += 1;
    session.passOn(requestId, { ...answer, requestId });
  }

  private refuse(requestId: number, { name, message }: Refused): void {
    this.parts.metrics.requests.refused += 1;
    this.parts.session.refuse(requestId, name, message);
  }

  private refusalFor(error: unknown): Refused {
    if (error instanceof PeerNotConnectedError) {
      return { name: 'UnreachableError', message: 'the other party is not connected' };
    }
    if (error instanceof MalformedPeerQuestionError) {
      return { name: 'NotAcceptedError', message: error.message };
    }
    if (!(error instanceof PeerSilentError)) {
      const { session, other, log } = this.parts;
      log.warn({ err: error, peer: session.peerId, other }, 'a Message could not be relayed');
    }
    return { name: 'UnreachableError', message: 'the other party does not answer' };
  }
}
