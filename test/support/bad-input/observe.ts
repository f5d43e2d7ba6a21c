import { numberRequest, type BtpAnswer, type BtpRequest } from '#protocol';
import type { RawPeer } from '../raw-peer';
import type { BesiegedConnector, Dialler } from './besieged-connector';

/** What some input came to, in the three places where it can be seen. */
export interface Outcome {
  /** Answers in their order, as `7 response` or `7 F01 InvalidFieldsError`. */
  readonly wire: readonly string[];
  /** `open` if the same socket was served afterwards, else the code that it was closed with. */
  readonly fate: 'open' | number;
  /** Types of the events that were added to the peer's ledger. */
  readonly log: readonly string[];
}

/** A socket on which anything can be said, and whose ledger it is about. */
export interface Session {
  readonly peer: RawPeer;
  readonly of: Dialler;
}

/** Nothing was said, nothing was ended, nothing was recorded. */
export const PASSED_OVER: Outcome = { wire: [], fate: 'open', log: [] };

/** As it stands in an `Outcome`. */
export function shown(answer: BtpAnswer): string {
  const { requestId } = answer;
  return answer.type === 'response'
    ? `${requestId} response`
    : `${requestId} ${answer.code} ${answer.name}`;
}

/** What `input` comes to on a session of that peer. */
export async function outcomeOf(
  connector: BesiegedConnector,
  session: Session,
  input: () => unknown,
): Promise<Outcome> {
  const { peer, of } = session;
  const before = await connector.eventsOf(of);
  const heard = peer.answers.length;
  await input();
  const probe = balanceAsked(peer);
  const served = peer.request(probe).then(
    () => 'open' as const,
    () => peer.closed,
  );
  const fate = await Promise.race([peer.closed, served]);
  const after = await connector.eventsOf(of);
  const answers = peer.answers
    .slice(heard)
    .filter(({ requestId }) => requestId !== probe.requestId);
  return { wire: answers.map(shown), fate, log: after.slice(before.length) };
}

/** The answer passes the owner of the ledger: whatever that owner was told before, it has done. */
function balanceAsked(peer: RawPeer): BtpRequest {
  const requestId = peer.nextId();
  return { type: 'message', requestId, protocolData: [numberRequest('balance')] };
}
