import { createHash } from 'node:crypto';

/**
 * An ILP address as a slug for subjects and stored names: dots become dashes. Where that would not
 * be reversible (dashes, capitals, `_`, `~`), eight hex digits of SHA-256 keep addresses apart.
 */
export function slugOfAddress(address: string): string {
  const slug = address.replaceAll('.', '-');
  if (/^[a-z0-9.]+$/.test(address)) return slug;
  const digest = createHash('sha256').update(address).digest('hex');
  return `${slug.toLowerCase().replace(/[^a-z0-9-]/g, '-')}-${digest.slice(0, 8)}`;
}
