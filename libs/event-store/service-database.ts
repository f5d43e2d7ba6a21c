import type { DataSource } from 'typeorm';
import { createDataSource } from './data-source';
import { assertSchema } from './migrate';

/** No URL at all is a mistake of whoever started this process. */
export class NoDatabaseError extends Error {
  override readonly name = 'NoDatabaseError';

  constructor() {
    super('DATABASE_URL is not set, and a service alone starts no PostgreSQL');
  }
}

/**
 * The database of a service, its schema checked.
 * @throws NoDatabaseError; what `createDataSource` and `assertSchema` throw
 */
export async function openServiceDatabase(
  databaseUrl: string | undefined,
  applicationName: string,
): Promise<DataSource> {
  if (databaseUrl === undefined) throw new NoDatabaseError();
  const dataSource = await createDataSource(databaseUrl, { applicationName });
  try {
    await assertSchema(dataSource);
    return dataSource;
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
}
