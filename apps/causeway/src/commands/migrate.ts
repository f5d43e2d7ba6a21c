import { migrate } from '#event-store';
import type { Shell } from '../shell';

export class NoDatabaseUrlError extends Error {
  override readonly name = 'NoDatabaseUrlError';
}

/** `causeway migrate`: the one command that acts as the owner of the tables. */
export async function migrateDatabase(shell: Shell): Promise<void> {
  const url = shell.env.DATABASE_URL;
  if (url === undefined) throw new NoDatabaseUrlError('migrate needs DATABASE_URL');
  await migrate(url);
  shell.note('the schema is up to date');
}
