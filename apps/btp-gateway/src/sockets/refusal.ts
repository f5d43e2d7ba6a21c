import { type PeerSettings, peerText } from '#platform';
import type { GatewayLimits } from '../gateway-limits';
import type { Log } from '../log';
import type { PeerStates } from '../sessions/peer-states';

/**
 * Notes that a peer does not know our credentials. One that was found at its host has perhaps not
 * agreed yet, or not looked us up again, so that this may pass by itself; any other needs an operator.
 * @returns how long to wait before it is tried again, ms (SPEC D-8, §8.5)
 */
export function standRefused(
  { id, discovery }: PeerSettings,
  reason: string,
  parts: {
    readonly limits: Pick<GatewayLimits, 'refusedRetryMs' | 'foundPeerRetryMs'>;
    readonly states: Pick<PeerStates, 'set'>;
    readonly log: Log;
  },
): number {
  const { limits, states, log } = parts;
  log.warn({ peer: id, reason: peerText(reason) }, 'the peer refused our credentials');
  if (discovery === 'webfinger') {
    states.set(id, 'offline', `${reason}: it may not have agreed yet`);
    return limits.foundPeerRetryMs;
  }
  states.set(id, 'failed', reason);
  return limits.refusedRetryMs;
}
