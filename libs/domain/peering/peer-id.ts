const LONGEST = 63;

/** A name for the peer of this host, and for the ledger in this currency: `wallet2-com-usd`. */
export function peerIdOf(host: string, currencyCode: string): string {
  const slug = `${host}-${currencyCode}`.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return slug.slice(-LONGEST).replace(/^-+|-+$/g, '');
}
