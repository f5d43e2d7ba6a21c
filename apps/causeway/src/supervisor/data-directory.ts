import { accessSync, constants, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';

/** The data directory cannot be made, or not be written to. */
export class DataDirectoryError extends Error {
  override readonly name = 'DataDirectoryError';
}

/**
 * Makes the data directory, with what leads there, unless it is there already.
 * @returns its absolute path
 * @throws DataDirectoryError
 */
export function makeDataDirectory(given: string): string {
  const directory = resolve(given);
  try {
    mkdirSync(directory, { recursive: true });
    accessSync(directory, constants.W_OK | constants.X_OK);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DataDirectoryError(
      `--data: ${directory} cannot be used: ${why}; name a directory that you may write to`,
    );
  }
  return directory;
}
