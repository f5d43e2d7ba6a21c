/** Longest address, in characters (SPEC §2.1). */
export const MAX_ADDRESS_LENGTH = 1023;

const LOOSE = /^[A-Za-z0-9._~-]+$/;
const SCHEMES: ReadonlySet<string> = new Set([
  'g',
  'private',
  'example',
  'peer',
  'self',
  'local',
  'test',
  'test1',
  'test2',
  'test3',
]);

/** Why an address is not fit for our own configuration. */
export type AddressFault =
  | 'too-long'
  | 'characters'
  | 'scheme'
  | 'empty-segment'
  | 'prefix-must-end-in-dot'
  | 'address-must-not-end-in-dot'
  | 'no-segment-after-scheme';

/** The check that every address on the wire must pass, and no more (SPEC §2.2, D-1). */
export function isAddress(text: string): boolean {
  return text.length <= MAX_ADDRESS_LENGTH && LOOSE.test(text);
}

/** A ledger prefix as peers may name it: an address that ends in a dot (SPEC §2.3). */
export function isLedgerPrefix(text: string): boolean {
  return isAddress(text) && text.endsWith('.');
}

/**
 * What is wrong with a ledger prefix of our own configuration, or undefined. Stricter than the
 * wire: a known scheme and no empty segment (SPEC §2.2, D-1).
 */
export function ownPrefixFault(prefix: string): AddressFault | undefined {
  const fault = ownFault(prefix);
  if (fault !== undefined) return fault;
  return prefix.endsWith('.') ? undefined : 'prefix-must-end-in-dot';
}

/** What is wrong with an account address of our own configuration, or undefined. */
export function ownAddressFault(address: string): AddressFault | undefined {
  const fault = ownFault(address);
  if (fault !== undefined) return fault;
  if (address.endsWith('.')) return 'address-must-not-end-in-dot';
  return address.includes('.') ? undefined : 'no-segment-after-scheme';
}

function ownFault(text: string): AddressFault | undefined {
  if (text.length > MAX_ADDRESS_LENGTH) return 'too-long';
  if (!LOOSE.test(text)) return 'characters';
  if (text.startsWith('.') || text.includes('..')) return 'empty-segment';
  const [scheme = ''] = text.split('.', 1);
  return SCHEMES.has(scheme) ? undefined : 'scheme';
}

/**
 * Does `address` lie under `prefix`? Plain string comparison; prefixes end in a dot, which is what
 * keeps segments apart. The empty prefix matches everything (SPEC §2.4).
 */
export function matchesPrefix(address: string, prefix: string): boolean {
  return address.startsWith(prefix);
}

/**
 * Is the account ours or something below ours? Segment by segment, so that `x.alice2` is not taken
 * for `x.alice` (SPEC §2.6, D-2).
 */
export function isAddressedTo(account: string, ownAddress: string): boolean {
  if (!account.startsWith(ownAddress)) return false;
  return account.length === ownAddress.length || account[ownAddress.length] === '.';
}

/** Two ledgers of which one lies inside the other, or which are the same (SPEC §2.3). */
export function areNested(prefix: string, otherPrefix: string): boolean {
  return prefix.startsWith(otherPrefix) || otherPrefix.startsWith(prefix);
}

/** Ledgers below `peer.` are known to their two peers only: never broadcast (SPEC §2.5). */
export function isPeerLedger(prefix: string): boolean {
  return prefix.startsWith('peer.');
}
