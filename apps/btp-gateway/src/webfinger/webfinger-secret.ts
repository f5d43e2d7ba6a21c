import { keptSecret } from '#event-store';
import type { Configuration } from '#platform';

/** Name of the secret among the settings that belong to the database. */
const SECRET_SETTING = 'webfinger-secret';

/** Nothing says where the secret is kept. */
export class NoWebFingerSecretError extends Error {
  override readonly name = 'NoWebFingerSecretError';

  constructor() {
    super('webfinger.secret is not set, and DATABASE_URL does not say where it is kept');
  }
}

/**
 * What our key pair is made of: the configured secret, or the one that is kept with the database and
 * made when the first gateway asks. Losing it would change the prefix of every ledger that is derived
 * from it (SPEC §8.4).
 * @returns undefined where WebFinger is off
 * @throws NoWebFingerSecretError; what `keptSecret` throws
 */
export async function webfingerSecret(
  { webfinger, databaseUrl }: Pick<Configuration, 'webfinger' | 'databaseUrl'>,
  applicationName: string,
): Promise<string | undefined> {
  const { hostname, secret } = webfinger;
  if (hostname === undefined) return undefined;
  if (secret !== undefined) return secret;
  if (databaseUrl === undefined) throw new NoWebFingerSecretError();
  return keptSecret({ databaseUrl, applicationName, setting: SECRET_SETTING }, 'base64url');
}
