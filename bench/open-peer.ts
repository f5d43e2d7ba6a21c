/** A peer of a benchmark's configuration: it dials us, we administer, and no limit is in its way. */
export function openPeer(id: string, token: string) {
  return {
    id,
    socket: 'server',
    username: '',
    token,
    authority: 'admin',
    ledger: {
      prefix: `test.${id}.`,
      currencyCode: 'USD',
      currencyScale: 9,
      maxBalance: 'unlimited',
      minBalance: 'unlimited',
    },
  };
}
