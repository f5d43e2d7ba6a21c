import { keptSecret } from '#event-store';
import type { Configuration } from '#platform';

/** Name of the secret among the settings that belong to the database. */
export const SECRET_SETTING = 'connector-secret';

/** Nothing says where the secret is kept. */
export class NoSecretError extends Error {
  override readonly name = 'NoSecretError';

  constructor() {
    super('connector.secret is not set, and DATABASE_URL does not say where it is kept');
  }
}

/**
 * What makes the ids of outgoing transfers: the configured secret, or the one that is kept with the
 * database and made when the first router asks (SPEC §13.2, D-44). Losing it could pay a payment
 * twice that is planned again.
 * @throws NoSecretError; what `keptSecret` throws
 */
export async function connectorSecret(
  configuration: Configuration,
  applicationName: string,
): Promise<Buffer> {
  const { secret } = configuration.connector;
  if (secret !== undefined) return Buffer.from(secret, 'hex');
  const { databaseUrl } = configuration;
  if (databaseUrl === undefined) throw new NoSecretError();
  const place = { databaseUrl, applicationName, setting: SECRET_SETTING };
  return Buffer.from(await keptSecret(place, 'hex'), 'hex');
}
