import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type PublicKey, readPublicKey, UnusableKeyError } from '#domain/audit';
import { loadConfiguration } from '#platform';
import type { Shell } from '../shell';
import type { StoreOptions } from '../store/open-store';

/** Where a connector keeps the key it signs with, unless its configuration says otherwise. */
export function auditKeyFile(dataDir: string): string {
  return join(dataDir, 'audit-key.pem');
}

/** The key file of the connector that the options name. */
export function locateKeyFile(options: StoreOptions, shell: Shell): string {
  const configured =
    options.config === undefined
      ? shell.env.CAUSEWAY_AUDIT_KEY_FILE
      : loadConfiguration({ file: resolve(options.config), env: shell.env }).audit.keyFile;
  return resolve(
    configured === undefined || configured === '' ? auditKeyFile(options.data) : configured,
  );
}

/** Reads the public keys that somebody trusts. @throws UnusableKeyError naming the file */
export function readKeyFiles(files: readonly string[]): PublicKey[] {
  return files.map((file) => {
    try {
      return readPublicKey(readFileSync(file, 'utf8'));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new UnusableKeyError(`--key ${file}: ${why}`, { cause: error });
    }
  });
}
