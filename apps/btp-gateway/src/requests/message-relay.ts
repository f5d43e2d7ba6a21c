import type { BtpAnswer, BtpMessage } from '#protocol';
import type { GatewayMetrics } from '../gateway-metrics';
import type { Asker, Refusal } from '../sessions/asker';
import type { PeerChannel } from '../sessions/peer-channel';
import type { PeerLoad } from '../sessions/peer-load';

export interface MessageRelayParts {
  /** Of the party that asks. */
  readonly session: PeerChannel;
  /**
   * That of the other party, if it is connected. Sessions of both are in one gateway process today;
   * with several of them this is the place where a Message must travel between gateways.
   */
  readonly other: () => PeerChannel | undefined;
  readonly load: PeerLoad;
  readonly metrics: GatewayMetrics;
  /** Shorter than the party waits for its answer, ms. */
  readonly withinMs: number;
}

/**
 * Where we are the validator, passes Messages of one party to the other, and its answers back, both
 * as they came (SPEC D-17).
 */
export class MessageRelay {
  /** Oldest first. */
  private readonly open = new Set<RelayedMessage>();

  constructor(private readonly parts: MessageRelayParts) {}

  relay(request: BtpMessage, nowMs: number): void {
    const { session, metrics } = this.parts;
    const other = this.parts.other();
    if (other === undefined || other.isClosed()) {
      metrics.requests.refused += 1;
      session.refuse(request.requestId, 'UnreachableError', 'the other party is not connected');
      return;
    }
    const { load, withinMs } = this.parts;
    load.begin();
    const relayed = new RelayedMessage(nowMs + withinMs, (answer) => {
      load.end();
      this.open.delete(relayed);
      this.answer(request.requestId, answer);
    });
    this.open.add(relayed);
    const { protocolData } = request;
    other.ask({ type: 'message', requestId: other.takeRequestId(), protocolData }, relayed);
  }

  sweep(nowMs: number): void {
    for (const relayed of this.open) {
      if (nowMs < relayed.dueAtMs) return;
      relayed.giveUp();
    }
  }

  private answer(requestId: number, answer: BtpAnswer | undefined): void {
    const { session, metrics } = this.parts;
    if (answer === undefined) {
      metrics.requests.refused += 1;
      session.refuse(requestId, 'UnreachableError', 'the other party does not answer');
      return;
    }
    metrics.requests[answer.type === 'response' ? 'accepted' : 'refused'] += 1;
    session.passOn(requestId, answer);
  }
}

/** One Message that the other party has yet to answer. Answered once, whatever comes later. */
class RelayedMessage implements Asker {
  askedAtMs = 0;
  private isAnswered = false;

  constructor(
    readonly dueAtMs: number,
    private readonly done: (answer: BtpAnswer | undefined) => void,
  ) {}

  onResponse(response: BtpAnswer): void {
    this.finish(response);
  }

  onRefusal(refusal: Refusal): void {
    this.finish(refusal.error);
  }

  onSilence(): void {
    this.finish(undefined);
  }

  giveUp(): void {
    this.finish(undefined);
  }

  private finish(answer: BtpAnswer | undefined): void {
    if (this.isAnswered) return;
    this.isAnswered = true;
    this.done(answer);
  }
}
