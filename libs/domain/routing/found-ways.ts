import { type Candidate, isPriced } from './candidate';
import {
  type Choice,
  chooseByDestination,
  chooseBySource,
  chooseForPayment,
  type Group,
  type OutOfReach,
} from './choose-way';
import type { HeldLedger } from './local-ledger';
import type { CurvelessRoute, EffectiveRoute, Way } from './route';
import type { Ways } from './ways';

/** A payment or quote that needs a route. Amounts in base units; at least one of them. */
export interface RouteQuery {
  readonly sourceLedgerId: string;
  readonly destination: string;
  readonly nowMs: number;
  readonly sourceAmount?: bigint | undefined;
  /** Given with a source amount: what the payment is to bring, at least. */
  readonly destinationAmount?: bigint | undefined;
}

/** The ways of the longest key that leads on from a ledger. */
export interface FoundWays extends Ways {
  readonly key: string;
  readonly source: HeldLedger;
}

/** By what is given of the amounts. */
export function choose(
  groups: readonly Group[],
  { sourceAmount, destinationAmount }: RouteQuery,
): Choice | OutOfReach | undefined {
  if (destinationAmount === undefined) return chooseBySource(groups, sourceAmount ?? 0n);
  if (sourceAmount === undefined) return chooseByDestination(groups, destinationAmount);
  return chooseForPayment(groups, { sourceAmount, destinationAmount });
}

export function wayOf(found: FoundWays, choice: Choice): Way {
  const { candidate } = choice;
  const { kind, nextHop, tail, quoted } = candidate;
  if (kind === 'local' || nextHop === undefined) return { kind: 'local', ...anyWay(found, choice) };
  if (tail === undefined) return curvelessWay(found, choice);
  const learnt = { kind: 'learnt', ...anyWay(found, choice), nextHop, tail } as const;
  return quoted === undefined ? learnt : { ...learnt, quotedUntilMs: quoted.expiresAtMs };
}

export function curvelessWay(found: FoundWays, choice: Choice): CurvelessRoute {
  const { candidate: first, group } = choice;
  const others = found.usable
    .filter((each) => each !== first && each.length === first.length && !isPriced(each))
    .map((candidate) => unasked(found, { candidate, group }));
  return { ...unasked(found, choice), others };
}

function unasked(found: FoundWays, choice: Choice): CurvelessRoute {
  const { nextHop = '', ownWindowMs } = choice.candidate;
  return { kind: 'curve-less', ...anyWay(found, choice), nextHop, ownWindowMs, others: [] };
}

function anyWay({ key, source }: FoundWays, { candidate, group }: Choice) {
  const { next, head, length, quoted } = candidate;
  const matchedKey = quoted?.key ?? key;
  const minMessageWindowMs = wholeWindowMs(candidate);
  return { matchedKey, source, next, head, length, group, minMessageWindowMs };
}

/** Peers tell seconds with any decimals; what we answer with is whole milliseconds, none too few. */
export function wholeWindowMs({ minMessageWindowMs }: Candidate): number {
  return Math.ceil(minMessageWindowMs);
}

export function effectiveOf(
  { key, source }: FoundWays,
  parts: Pick<EffectiveRoute, 'curve' | 'appliesToPrefix'> & { readonly groups: readonly Group[] },
): EffectiveRoute {
  const { groups, curve, appliesToPrefix } = parts;
  const priced: Candidate[] = groups.flat().filter(isPriced);
  const versions = priced.flatMap(({ head }) => head.price?.ratesVersion ?? []);
  const ends = priced.flatMap(({ expiresAtMs }) => expiresAtMs ?? []);
  return {
    kind: 'effective',
    matchedKey: key,
    source,
    curve,
    appliesToPrefix,
    minMessageWindowMs: Math.max(...priced.map(wholeWindowMs)),
    ratesVersion: versions[0],
    expiresAtMs: ends.length === 0 ? undefined : Math.min(...ends),
  };
}
