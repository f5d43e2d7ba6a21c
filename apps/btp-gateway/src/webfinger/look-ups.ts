import type { WebFingerSettings } from '#platform';
import { type HostResource, WebFingerError } from '#protocol';
import type { GatewayMetrics } from '../gateway-metrics';
import type { TrustedAuthorities } from '../sockets/trusted-authorities';
import type { Clock } from '../sessions/wire';
import { fetchHostResource } from './fetch-host-resource';
import { LookUpError } from './look-up-error';

/**
 * Looks up what a connector says of its host (SPEC §8.2).
 * @throws LookUpError | WebFingerError
 */
export type LookUp = (hostname: string) => Promise<HostResource>;

/** Every look-up of this gateway, within the limits of the configuration, and counted. */
export function lookUps(parts: {
  readonly settings: Pick<WebFingerSettings, 'timeoutMs' | 'maxBytes' | 'allowPrivateAddresses'>;
  readonly authorities: Pick<TrustedAuthorities, 'secureContext'>;
  readonly metrics: GatewayMetrics;
  readonly clock: Clock;
}): LookUp {
  const { settings, authorities, metrics, clock } = parts;
  const { timeoutMs, maxBytes, allowPrivateAddresses } = settings;
  return async (hostname) => {
    const beganAtMs = clock();
    const secureContext = authorities.secureContext();
    const options = { timeoutMs, maxBytes, allowPrivateAddresses, secureContext };
    try {
      const resource = await fetchHostResource(hostname, options);
      metrics.lookUps.found += 1;
      return resource;
    } catch (error) {
      const isKnown = error instanceof LookUpError || error instanceof WebFingerError;
      metrics.lookUps[isKnown ? error.rule : 'internal'] += 1;
      throw error;
    } finally {
      metrics.lookUpMs += clock() - beganAtMs;
    }
  };
}
