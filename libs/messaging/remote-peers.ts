import {
  encodePeerQuestion,
  PEER_REFUSAL,
  type PeerAnswer,
  type PeerQuestion,
  readPeerAnswer,
  type Subjects,
} from '#contracts';
import { DeadlineExceededError, NoResponderError, RemoteError } from './bus-errors';
import type { ControlClient } from './control-client';

/** No gateway holds a session of the peer, or the one that did lost it. */
export class PeerNotConnectedError extends Error {
  override readonly name = 'PeerNotConnectedError';

  constructor(readonly peerId: string) {
    super(`${peerId} is not connected`);
  }
}

/** The peer has not answered in time; whether it got the question is unknown. */
export class PeerSilentError extends Error {
  override readonly name = 'PeerSilentError';

  constructor(readonly peerId: string) {
    super(`${peerId} does not answer`);
  }
}

/** Asks peers, whichever gateway holds their sessions. */
export class RemotePeers {
  constructor(
    private readonly control: Pick<ControlClient, 'ask'>,
    private readonly subjects: Pick<Subjects, 'gatewayAsk'>,
  ) {}

  /**
   * Sends the peer a Message. While its session moves, two gateways may both ask it for a moment; the
   * first answer counts.
   * @throws PeerNotConnectedError at once | PeerSilentError | MalformedPeerQuestionError, before
   *   anything is asked | RemoteError | UnreadableReplyError | BusClosedError
   */
  async ask(peerId: string, question: PeerQuestion): Promise<PeerAnswer> {
    const asked = encodePeerQuestion(question);
    const reply = { deadlineMs: question.withinMs, parse: readPeerAnswer };
    try {
      return await this.control.ask(this.subjects.gatewayAsk(peerId), asked, reply);
    } catch (error) {
      throw typed(error, peerId);
    }
  }
}

function typed(error: unknown, peerId: string): unknown {
  if (error instanceof NoResponderError) return new PeerNotConnectedError(peerId);
  if (error instanceof DeadlineExceededError) return new PeerSilentError(peerId);
  if (!(error instanceof RemoteError)) return error;
  if (error.code === PEER_REFUSAL.gone) return new PeerNotConnectedError(peerId);
  return error.code === PEER_REFUSAL.silent ? new PeerSilentError(peerId) : error;
}
