import {
  broughtBy,
  type Candidate,
  costOf,
  isPriced,
  localWay,
  mostBroughtBy,
  sourceRange,
} from './candidate';

/** Which routes compete: all, section by section, or those of the shortest group only (D-30). */
export type SectionRule = 'per-section' | 'global';

/** Ways of one length. */
export type Group = readonly Candidate[];

/** The way that was taken, and from which group, 1 being the shortest. */
export interface Choice {
  readonly candidate: Candidate;
  readonly group: number;
}

/** No group reaches the amount. */
export interface OutOfReach {
  readonly most: bigint;
}

/** Splits ways that are in the order of their lengths. */
export function groupsOf(candidates: readonly Candidate[], rule: SectionRule): Group[] {
  const groups: Candidate[][] = [];
  for (const candidate of candidates) {
    const last = groups.at(-1);
    if (last?.[0]?.length === candidate.length) last.push(candidate);
    else groups.push([candidate]);
  }
  return rule === 'global' ? groups.slice(0, 1) : groups;
}

/**
 * The way for a source amount (SPEC §11.5, D-29): of the shortest group that has a place for it,
 * the one that brings most; a longer group only where the shorter ones take no more, or not so
 * little, and it brings more than they do. undefined = there is no way at all.
 */
export function chooseBySource(groups: readonly Group[], x: bigint): Choice | undefined {
  let best: (Choice & { readonly brought: bigint }) | undefined;
  for (const [index, group] of groups.entries()) {
    const picked = mostFor(group, x);
    if (picked === undefined) {
      const [candidate] = group;
      if (candidate !== undefined && (best === undefined || best.brought === 0n)) {
        return { candidate, group: index + 1 };
      }
      continue;
    }
    if (best === undefined || picked.brought > best.brought) {
      best = { ...picked, group: index + 1 };
    }
    if (index === groups.length - 1 || hasPlaceFor(group, x)) return best;
  }
  return best;
}

/**
 * The way for a destination amount (SPEC §11.5, D-29): of the first group that reaches it the one
 * with the least cost, or a way without a price where no other one of the group reaches it.
 */
export function chooseByDestination(
  groups: readonly Group[],
  y: bigint,
): Choice | OutOfReach | undefined {
  if (groups.length === 0) return undefined;
  for (const [index, group] of groups.entries()) {
    const candidate = cheapestFor(group, y) ?? group.find((each) => !isPriced(each));
    if (candidate !== undefined) return { candidate, group: index + 1 };
  }
  return { most: groups.reduce((most, group) => greater(most, mostOf(group)), 0n) };
}

/**
 * The way for a payment of x that is to bring y (SPEC §13.3): the first group that reaches y and
 * takes as little as x decides, in it the way that brings most for x. Where there is no such group
 * it is the one that brings most of all: whoever asked decides whether that suffices.
 */
export function chooseForPayment(
  groups: readonly Group[],
  { sourceAmount, destinationAmount }: { sourceAmount: bigint; destinationAmount: bigint },
): Choice | undefined {
  let farthest: (Choice & { readonly reach: bigint }) | undefined;
  for (const [index, group] of groups.entries()) {
    const picked = mostFor(group, sourceAmount);
    const best = picked?.candidate;
    const suffices = picked !== undefined && isEnough(picked.brought, destinationAmount);
    if (suffices) return { candidate: picked.candidate, group: index + 1 };
    const reach = mostOf(group);
    const isServed = reach >= destinationAmount && takesAsLittleAs(group, sourceAmount);
    if (best !== undefined && isServed) return { candidate: best, group: index + 1 };
    const unpriced = group.find((each) => !isPriced(each));
    if (unpriced !== undefined) return { candidate: unpriced, group: index + 1 };
    if (best !== undefined && (farthest === undefined || reach > farthest.reach)) {
      farthest = { candidate: best, group: index + 1, reach };
    }
  }
  return farthest;
}

/** Of the ways with a price the one that brings most for x; of equal ones the first. */
function mostFor(
  group: Group,
  x: bigint,
): { readonly candidate: Candidate; readonly brought: bigint } | undefined {
  let best: { candidate: Candidate; brought: bigint } | undefined;
  for (const candidate of group) {
    if (!isPriced(candidate)) continue;
    const brought = broughtBy(localWay(candidate), x);
    if (best === undefined || brought > best.brought) best = { candidate, brought };
  }
  return best;
}

function cheapestFor(group: Group, y: bigint): Candidate | undefined {
  let best: { candidate: Candidate; cost: bigint } | undefined;
  for (const candidate of group) {
    const cost = isPriced(candidate) ? costOf(localWay(candidate), y) : undefined;
    if (cost === undefined) continue;
    if (best === undefined || cost < best.cost) best = { candidate, cost };
  }
  return best?.candidate;
}

function mostOf(group: Group): bigint {
  return group.reduce((most, candidate) => {
    return isPriced(candidate) ? greater(most, mostBroughtBy(localWay(candidate))) : most;
  }, 0n);
}

/** Whoever brings enough for x reaches it, and takes x. */
function isEnough(brought: bigint, wanted: bigint): boolean {
  return brought > 0n && brought >= wanted;
}

function takesAsLittleAs(group: Group, x: bigint): boolean {
  return group.some((each) => isPriced(each) && sourceRange(localWay(each)).least <= x);
}

/**
 * Does x lie between the least amount that the group takes and the one beyond which it brings no
 * more? A group that brings nothing at all has a place for nothing.
 */
function hasPlaceFor(group: Group, x: bigint): boolean {
  const ways = group.filter(isPriced).map(localWay);
  if (ways.every((way) => mostBroughtBy(way) === 0n)) return false;
  const ranges = ways.map(sourceRange);
  return ranges.some(({ least }) => least <= x) && ranges.some(({ most }) => x <= most);
}

function greater(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
