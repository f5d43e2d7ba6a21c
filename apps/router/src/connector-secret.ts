import { randomBytes } from 'node:crypto';
import { createDataSource, SettingsStore } from '#event-store';
import type { Configuration } from '#platform';

/** Name of the secret among the settings that belong to the database. */
export const SECRET_SETTING = 'connector-secret';
const SECRET_BYTES = 32;

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
 * @throws NoSecretError; what `createDataSource` throws
 */
export async function connectorSecret(
  configuration: Configuration,
  applicationName: string,
): Promise<Buffer> {
  const { secret } = configuration.connector;
  if (secret !== undefined) return Buffer.from(secret, 'hex');
  if (configuration.databaseUrl === undefined) throw new NoSecretError();
  const dataSource = await createDataSource(configuration.databaseUrl, {
    applicationName,
    poolSize: 1,
  });
  try {
    const make = (): string => randomBytes(SECRET_BYTES).toString('hex');
    const kept = await new SettingsStore(dataSource).getOrCreate(SECRET_SETTING, make);
    return Buffer.from(kept, 'hex');
  } finally {
    await dataSource.destroy();
  }
}
