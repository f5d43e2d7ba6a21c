import { hash } from 'node:crypto';

/**
 * SHA-256 in one call, into memory that Node shares out in slices: making a Hash object and a
 * buffer of its own for 32 bytes costs more than the hashing.
 */
export function sha256(bytes: Buffer): Buffer {
  return Buffer.from(hash('sha256', bytes, 'binary'), 'binary');
}
