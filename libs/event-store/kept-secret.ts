import { randomBytes } from 'node:crypto';
import { createDataSource } from './data-source';
import { SettingsStore } from './settings-store';

const SECRET_BYTES = 32;

export interface KeptSecretPlace {
  readonly databaseUrl: string;
  readonly applicationName: string;
  /** Among the settings that belong to the database. */
  readonly setting: string;
}

/**
 * 32 bytes that are kept with the database, made by whoever asks first. `encoding` is how they are
 * written there, and so how they are returned.
 * @throws what `createDataSource` throws
 */
export async function keptSecret(
  { databaseUrl, applicationName, setting }: KeptSecretPlace,
  encoding: 'hex' | 'base64url',
): Promise<string> {
  const dataSource = await createDataSource(databaseUrl, { applicationName, poolSize: 1 });
  try {
    const make = (): string => randomBytes(SECRET_BYTES).toString(encoding);
    return await new SettingsStore(dataSource).getOrCreate(setting, make);
  } finally {
    await dataSource.destroy();
  }
}
