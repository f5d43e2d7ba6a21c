import type { HostLookUpReply } from '#contracts';
import { KeyAgreementError } from '#domain/peering';
import { peerText, type WebFingerSettings } from '#platform';
import { hostnameOf, WebFingerError } from '#protocol';
import type { GatewayLimits } from '../gateway-limits';
import type { Log } from '../log';
import { requirePeerable } from '../webfinger/found-peer';
import { LookUpError } from '../webfinger/look-up-error';
import type { LookUp } from '../webfinger/look-ups';
import type { OwnIdentity } from '../webfinger/own-identity';
import { PeeringError } from '../webfinger/peering-error';

export interface HostLookUpsParts {
  /** Undefined where nobody is looked up. */
  readonly webfinger:
    | {
        readonly own: OwnIdentity;
        readonly settings: Pick<WebFingerSettings, 'allowPrivateAddresses'>;
        readonly lookUp: LookUp;
      }
    | undefined;
  readonly limits: Pick<GatewayLimits, 'lookUpsAtOnce'>;
  readonly log: Log;
}

/** Looks hosts up for operators who think of peering with them (SPEC §8.2). */
export class HostLookUps {
  private running = 0;

  constructor(private readonly parts: HostLookUpsParts) {}

  /** Never rejects, and takes as long as a look-up may. */
  async lookUp(text: string): Promise<HostLookUpReply> {
    const { webfinger, limits } = this.parts;
    if (webfinger === undefined) return failed('off', 'webfinger.hostname is not set');
    const hostname = hostnameOf(text);
    if (hostname === undefined) return failed('not-a-hostname', 'it must be host or host:port');
    const { own, settings, lookUp } = webfinger;
    if (hostname === own.hostname) return failed('ourselves', 'this is our own host');
    if (this.running >= limits.lookUpsAtOnce) {
      return failed('too-many', 'this gateway looks up too many hosts already');
    }
    this.running += 1;
    try {
      const resource = await lookUp(hostname);
      const { allowPrivateAddresses } = settings;
      requirePeerable({ hostname, resource, own, allowPrivateAddresses });
      return { outcome: 'found', ...resource, ownPublicKey: own.publicKey };
    } catch (error) {
      return this.failedBy(error);
    } finally {
      this.running -= 1;
    }
  }

  private failedBy(error: unknown): HostLookUpReply {
    if (isFault(error)) {
      return failed(error.rule, error.message);
    }
    this.parts.log.error({ err: error }, 'a host could not be looked up');
    return failed('internal', 'internal error');
  }
}

function isFault(
  error: unknown,
): error is LookUpError | WebFingerError | PeeringError | KeyAgreementError {
  const faults = [LookUpError, WebFingerError, PeeringError, KeyAgreementError];
  return faults.some((fault) => error instanceof fault);
}

function failed(rule: string, message: string): HostLookUpReply {
  return { outcome: 'failed', rule, message: peerText(message) };
}
