import type { UnusableRoute } from './route';

/** Why the route cannot be used now, for whoever wanted to pay or have a quote over it. */
export function whyUnusable({ reason, source, next, nextPrefix }: UnusableRoute): string {
  const currencies = `${source.currencyCode ?? source.prefix} to ${next?.currencyCode ?? nextPrefix}`;
  switch (reason) {
    case 'next-ledger-unknown':
    case 'next-ledger-disconnected':
      return `Ledger is not connected: ${nextPrefix}`;
    case 'rates-unknown':
      return `No exchange rate is known yet: ${currencies}`;
    case 'rates-stale':
      return `The exchange rate is too old to be used: ${currencies}`;
  }
}
