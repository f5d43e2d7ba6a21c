declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

/** Slug `[a-z0-9-]{1,64}` that names a ledger; one ledger per peering, so it equals the peer's id. */
export type LedgerId = Branded<string, 'LedgerId'>;
/** Lower-case UUID text of a transfer. */
export type TransferId = Branded<string, 'TransferId'>;

const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** @throws RangeError naming the rule, if the text is no slug. */
export function ledgerId(text: string): LedgerId {
  if (!SLUG.test(text)) throw new RangeError(`ledger id must match ${SLUG.source}, got "${text}"`);
  return text as LedgerId;
}

export function isTransferId(text: string): text is TransferId {
  return UUID.test(text);
}

/** @throws RangeError if the text is no lower-case UUID. */
export function transferId(text: string): TransferId {
  if (isTransferId(text)) return text;
  throw new RangeError(`transfer id must be a lower-case UUID, got "${text}"`);
}
