import type { HostLookUpReply } from '#contracts';
import { peerText } from '#platform';
import { type HostResource, hostnameOf, WebFingerError } from '#protocol';
import type { GatewayLimits } from '../gateway-limits';
import type { Log } from '../log';
import { LookUpError } from '../webfinger/look-up-error';
import type { LookUp } from '../webfinger/look-ups';
import type { OwnIdentity } from '../webfinger/own-identity';

export interface HostLookUpsParts {
  /** Undefined where nobody is looked up. */
  readonly webfinger: { readonly own: OwnIdentity; readonly lookUp: LookUp } | undefined;
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
    const { own, lookUp } = webfinger;
    if (hostname === own.hostname) return failed('ourselves', 'this is our own host');
    if (this.running >= limits.lookUpsAtOnce) {
      return failed('too-many', 'this gateway looks up too many hosts already');
    }
    this.running += 1;
    try {
      return found(await lookUp(hostname), own);
    } catch (error) {
      return this.failedBy(error);
    } finally {
      this.running -= 1;
    }
  }

  private failedBy(error: unknown): HostLookUpReply {
    if (error instanceof LookUpError || error instanceof WebFingerError) {
      return failed(error.rule, error.message);
    }
    this.parts.log.error({ err: error }, 'a host could not be looked up');
    return failed('internal', 'internal error');
  }
}

function found(resource: HostResource, own: OwnIdentity): HostLookUpReply {
  if (resource.publicKey === own.publicKey) return failed('ourselves', 'its public key is our own');
  return { outcome: 'found', ...resource, ownPublicKey: own.publicKey };
}

function failed(rule: string, message: string): HostLookUpReply {
  return { outcome: 'failed', rule, message: peerText(message) };
}
