import type { Destination } from './destination';
import type { FoundWays } from './found-ways';
import type { LocalLedger } from './local-ledger';
import type { CurvelessOnward, QuotedTails } from './quoted-tails';

/** A route without a curve, as its next hop is asked about it. */
export interface QuotedRoute {
  /** The ledger that leads to the next hop. */
  readonly ledgerId: string;
  /** Address of the next hop. */
  readonly account: string;
  /** Key of the route itself. */
  readonly routeKey: string;
}

/** The routes to the destination over that next hop of which nobody told what they take. */
export function curvelessOver(
  { statics, learnt }: Destination,
  { next, account }: { readonly next: LocalLedger; readonly account: string },
): CurvelessOnward[] {
  const wired = statics.filter(
    (rule) => rule.connectorLedger === next.prefix && rule.connectorAccount === account,
  );
  const told = learnt.filter(
    ({ neighbour, curve }) =>
      curve === undefined && neighbour.ledger === next && neighbour.account === account,
  );
  return [...wired, ...told];
}

/**
 * How far what the ways bring holds for neighbours of the address, where that is so far by the keys
 * of the tables: no other quote of any of the ways may lie below (SPEC §12.4).
 */
export function withinQuotes(
  quotes: QuotedTails,
  { usable }: Pick<FoundWays, 'usable'>,
  { address, prefix }: { readonly address: string; readonly prefix: string },
): string {
  let longest = prefix;
  for (const { onward, quoted } of usable) {
    if (quoted === undefined || onward === undefined) continue;
    const within = quotes.appliesTo(onward, quoted, address);
    if (within.length > longest.length) longest = within;
  }
  return longest;
}
