import { publicKeyOf } from '#domain/peering';
import type { WebFingerSettings } from '#platform';

/** Who we are to connectors that we look up, and that look us up. */
export interface OwnIdentity {
  readonly hostname: string;
  /** What our key pair is made of. */
  readonly secret: string;
  /** Base64url. */
  readonly publicKey: string;
  readonly title: string;
  readonly rpcUri: string;
  readonly btpUri: string | undefined;
}

/**
 * @param secret the configured one, or the one that is kept
 * @returns undefined where WebFinger is off
 */
export function ownIdentity(
  settings: WebFingerSettings,
  secret: string | undefined,
): OwnIdentity | undefined {
  const { hostname, title, publicRpcUri, publicBtpUri } = settings;
  if (hostname === undefined || publicRpcUri === undefined) return undefined;
  if (secret === undefined) throw new TypeError('WebFinger is on, but there is no secret');
  const publicKey = publicKeyOf(secret);
  return { hostname, secret, publicKey, title, rpcUri: publicRpcUri, btpUri: publicBtpUri };
}
