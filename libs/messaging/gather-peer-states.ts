import {
  mergePeerStates,
  type PeerStandingAt,
  readPeerStateReply,
  type Subjects,
} from '#contracts';
import type { ControlClient } from './control-client';

/**
 * How every peer stands, and with which gateway, as all gateways that answer within the time say.
 * Empty if there is none.
 * @throws BusClosedError
 */
export async function gatherPeerStates(
  control: Pick<ControlClient, 'askAll'>,
  subjects: Pick<Subjects, 'peerState'>,
  deadlineMs: number,
): Promise<readonly PeerStandingAt[]> {
  const question = { deadlineMs, parse: readPeerStateReply };
  return mergePeerStates(await control.askAll(subjects.peerState, {}, question));
}
