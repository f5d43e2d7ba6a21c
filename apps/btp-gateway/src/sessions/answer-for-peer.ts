import {
  encodePeerAnswer,
  MalformedPeerQuestionError,
  PEER_REFUSAL,
  type PeerQuestion,
  readPeerQuestion,
} from '#contracts';
import { ControlRefusal } from '#messaging';
import { askOnce, type PeerReply } from './ask-once';
import type { PeerChannel } from './peer-channel';

/**
 * Answers a question to the peer of a session, from wherever inside it comes, with what the peer
 * says to it.
 * @throws ControlRefusal with a code of `PEER_REFUSAL`
 */
export async function answerForPeer(session: PeerChannel, data: unknown): Promise<object> {
  const { protocolData, withinMs } = questionOf(data);
  const reply = await within(askOnce(session, protocolData), withinMs);
  if (reply?.kind === 'response') {
    return encodePeerAnswer({ type: 'response', protocolData: reply.response.protocolData });
  }
  if (reply?.kind === 'refusal' && reply.refusal.error !== undefined) {
    return encodePeerAnswer(reply.refusal.error);
  }
  if (session.isClosed()) throw new ControlRefusal(PEER_REFUSAL.gone, 'the session is over');
  throw new ControlRefusal(PEER_REFUSAL.silent, 'the peer gives no answer');
}

function questionOf(data: unknown): PeerQuestion {
  try {
    return readPeerQuestion(data);
  } catch (error) {
    if (!(error instanceof MalformedPeerQuestionError)) throw error;
    throw new ControlRefusal(PEER_REFUSAL.malformed, error.message);
  }
}

/** Undefined if it takes longer. @param reply never rejects */
function within(reply: Promise<PeerReply>, ms: number): Promise<PeerReply | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve(undefined);
    }, ms);
    void reply.then((told) => {
      clearTimeout(timer);
      resolve(told);
    });
  });
}
