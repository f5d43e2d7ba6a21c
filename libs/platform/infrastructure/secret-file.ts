import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { codeOf } from './infrastructure-error';

/** The secret kept in `file` (mode 0600); made and written there when there is none yet. 192 bits, hexadecimal. */
export function keptSecret(file: string): string {
  return readSecret(file) ?? writeSecret(file);
}

function readSecret(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function writeSecret(file: string): string {
  const secret = randomBytes(24).toString('hex');
  writeFileSync(`${file}.new`, `${secret}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return secret;
}
