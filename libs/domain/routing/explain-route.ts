import {
  broughtBy,
  type Candidate,
  isPriced,
  localWay,
  mostBroughtBy,
  sourceRange,
} from './candidate';
import { chooseBySource, type Group } from './choose-way';
import { effectiveCurve, groupCurve } from './effective-curve';
import { wholeWindowMs } from './found-ways';
import type { QuotedTail } from './quoted-tails';
import type { RefusedWay } from './ways';

export interface RouteQuestion {
  /** Slug of the ledger that the payment comes from. */
  readonly from: string;
  /** Address that it is to go to. */
  readonly to: string;
  /** Source units. */
  readonly amount: bigint;
  readonly nowMs: number;
}

/** One way that can be taken, and how it does for the amount. */
export interface ExplainedWay {
  readonly kind: Candidate['kind'];
  readonly nextPrefix: string;
  readonly nextHop: string | undefined;
  /** Ledgers on the way, both ends counted. */
  readonly length: number;
  /** 1 = the shortest. */
  readonly group: number;
  readonly minMessageWindowMs: number;
  /** undefined where only a remote quote would tell. */
  readonly price: ExplainedPrice | undefined;
  /** What the next hop quoted, where the price rests on that. */
  readonly quoted: Pick<QuotedTail, 'key' | 'expiresAtMs'> | undefined;
  readonly isChosen: boolean;
}

export interface ExplainedPrice {
  /** What the amount brings. */
  readonly brings: bigint;
  readonly leastSource: bigint;
  readonly mostSource: bigint;
  readonly mostBrought: bigint;
}

/** Source amounts, both ends counted, for which the same way is chosen. */
export interface ExplainedSection {
  readonly fromAmount: bigint;
  /** undefined = and whatever is more. */
  readonly toAmount: bigint | undefined;
  readonly nextPrefix: string;
  readonly nextHop: string | undefined;
  readonly group: number;
}

/** Why a payment goes where it goes, as plain data. */
export interface RouteExplanation {
  readonly question: RouteQuestion;
  readonly verdict:
    | 'unknown-source-ledger'
    | 'no-route'
    /** The address lies on the ledger that the payment comes from. */
    | 'stays-on-source'
    | 'unusable'
    | 'route';
  /** Longest first: keys that the address matches, and why the longer ones were passed over. */
  readonly passedOver: readonly PassedOver[];
  readonly matchedKey: string | undefined;
  readonly ways: readonly ExplainedWay[];
  readonly refused: readonly RefusedWay[];
  readonly sections: readonly ExplainedSection[];
}

export interface PassedOver {
  readonly key: string;
  readonly refused: readonly RefusedWay[];
}

/** How the ways of each group do for the amount, and which one it takes. */
export function explainWays(groups: readonly Group[], amount: bigint): ExplainedWay[] {
  const chosen = chooseBySource(groups, amount)?.candidate;
  return groups.flatMap((group, index) =>
    group.map((candidate) => ({
      kind: candidate.kind,
      nextPrefix: candidate.next.prefix,
      nextHop: candidate.nextHop,
      length: candidate.length,
      group: index + 1,
      minMessageWindowMs: wholeWindowMs(candidate),
      price: isPriced(candidate) ? explainPrice(candidate, amount) : undefined,
      quoted: candidate.quoted,
      isChosen: candidate === chosen,
    })),
  );
}

function explainPrice(candidate: Candidate, amount: bigint): ExplainedPrice {
  const way = localWay(candidate);
  const { least, most } = sourceRange(way);
  return {
    brings: broughtBy(way, amount),
    leastSource: least,
    mostSource: most,
    mostBrought: mostBroughtBy(way),
  };
}

/** The sections of the effective curve: which way is taken from where to where. */
export function explainSections(groups: readonly Group[]): ExplainedSection[] {
  const curves = groups.map(groupCurve).filter((curve) => curve !== undefined);
  const turns = effectiveCurve(curves)?.points.map(([x]) => x) ?? [];
  const sections: ExplainedSection[] = [];
  for (const [index, start] of [0n, ...turns].entries()) {
    const end = turns[index];
    const choice = chooseBySource(groups, end === undefined ? start + 1n : (start + end + 1n) / 2n);
    if (choice === undefined || end === start) continue;
    const fromAmount = sections.length === 0 ? 0n : start + 1n;
    const { next, nextHop } = choice.candidate;
    const section = { fromAmount, toAmount: end, nextPrefix: next.prefix, nextHop };
    add(sections, { ...section, group: choice.group });
  }
  return sections;
}

/** Sections beside each other that take the same way are one. */
function add(sections: ExplainedSection[], section: ExplainedSection): void {
  const last = sections.at(-1);
  const continues =
    last?.nextPrefix === section.nextPrefix &&
    last.nextHop === section.nextHop &&
    last.group === section.group;
  if (continues) sections[sections.length - 1] = { ...last, toAmount: section.toAmount };
  else sections.push(section);
}
