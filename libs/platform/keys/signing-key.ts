import { createPrivateKey, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from '../infrastructure/infrastructure-error';

/** The file of the signing key cannot be read, or holds something else. */
export class SigningKeyError extends Error {
  override readonly name = 'SigningKeyError';
}

/**
 * The Ed25519 private key in `file` (PEM, mode 0600); made and written there when there is none yet.
 * Processes that ask at once get the same one.
 * @throws SigningKeyError
 */
export function keptSigningKey(file: string): KeyObject {
  return readSigningKey(file) ?? madeSigningKey(file);
}

/**
 * As `keptSigningKey`, but undefined if there is no such file.
 * @throws SigningKeyError
 */
export function readSigningKey(file: string): KeyObject | undefined {
  const pem = contentOf(file);
  if (pem === undefined) return undefined;
  const key = parsed(pem, file);
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw new SigningKeyError(
    `${file}: the key must be Ed25519, not ${String(key.asymmetricKeyType)}`,
  );
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new SigningKeyError(`${file} cannot be read`, { cause: error });
  }
}

function parsed(pem: string, file: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new SigningKeyError(`${file} must hold a private key as PEM`, { cause: error });
  }
}

function madeSigningKey(file: string): KeyObject {
  const { privateKey } = generateKeyPairSync('ed25519');
  const fresh = `${file}.${randomUUID()}`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(fresh, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    // A link, unlike a rename, never replaces a key that another process has made meanwhile.
    linkSync(fresh, file);
    return privateKey;
  } catch (error) {
    const others = codeOf(error) === 'EEXIST' ? readSigningKey(file) : undefined;
    if (others !== undefined) return others;
    throw new SigningKeyError(`${file} cannot be written`, { cause: error });
  } finally {
    rmSync(fresh, { force: true });
  }
}
