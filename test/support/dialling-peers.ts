interface Terms {
  /** How much the peer may owe us, and we it, in base units. */
  readonly limit?: bigint;
  /** More of the ledger, or other than it would be. */
  readonly ledger?: object;
  readonly [setting: string]: unknown;
}

/** What the peer presents when it dials. */
export function tokenOf(id: string): string {
  return `a-token-of-${id}-in-a-test`;
}

/** A peer in a configuration: it dials us, and we keep its ledger, `test.<id>.` in billionths of a dollar. */
export function dialsUs(id: string, { limit = 1_000_000n, ledger, ...more }: Terms = {}): object {
  return {
    id,
    socket: 'server',
    token: tokenOf(id),
    authority: 'admin',
    ledger: {
      prefix: `test.${id}.`,
      currencyCode: 'USD',
      currencyScale: 9,
      maxBalance: String(limit),
      minBalance: String(-limit),
      ...ledger,
    },
    ...more,
  };
}
