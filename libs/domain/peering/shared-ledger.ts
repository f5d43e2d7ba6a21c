import type { Currency } from './currency';
import { agreeWith, normalPublicKey, publicKeyOf } from './key-agreement';

/** The ledger between two connectors that found each other by WebFinger, as both derive it. */
export interface SharedLedger {
  /** Ends in a dot. */
  readonly prefix: string;
  /** Names of the two accounts below the prefix: the public keys. */
  readonly account: string;
  readonly peerAccount: string;
  /** What either side presents to the other. Secret. */
  readonly authToken: string;
}

const PREFIX_CHARACTERS = 5;

/**
 * Derives ledger prefix, accounts and auth token exactly as ilp-kit does (SPEC §8.4).
 * @param keys our secret, and the peer's public key as its host resource tells it
 * @throws KeyAgreementError
 */
export function deriveSharedLedger(
  keys: { readonly secret: string; readonly peerPublicKey: string },
  { currencyCode, currencyScale }: Currency,
): SharedLedger {
  const { secret, peerPublicKey } = keys;
  const { token, authToken } = agreeWith(secret, peerPublicKey);
  const name = token.slice(0, PREFIX_CHARACTERS);
  return {
    prefix: `peer.${name}.${currencyCode.toLowerCase()}.${currencyScale}.`,
    account: publicKeyOf(secret),
    peerAccount: normalPublicKey(peerPublicKey),
    authToken,
  };
}
