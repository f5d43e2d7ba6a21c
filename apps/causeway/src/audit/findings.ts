import type { AuditProblem, Tell } from '#domain/audit';
import type { LogProblem } from '#event-store';

/** What is checked, each with its own verdict. */
export const CHECKS = [
  'chain',
  'ledgers',
  'payments',
  'connector',
  'signedHeads',
  'readModels',
] as const;
export type Check = (typeof CHECKS)[number];

export interface Finding extends AuditProblem {
  readonly check: Check;
}

/** A report lists so many findings; more are counted. A log that is wrong throughout says no more by it. */
export const LISTED_FINDINGS = 10_000;

/** Collects what an audit finds. */
export class Findings {
  readonly listed: Finding[] = [];
  private readonly counts = new Map<Check, number>();

  get total(): number {
    return [...this.counts.values()].reduce((total, count) => total + count, 0);
  }

  countOf(check: Check): number {
    return this.counts.get(check) ?? 0;
  }

  teller(check: Check): Tell {
    return (problem) => {
      this.counts.set(check, this.countOf(check) + 1);
      if (this.listed.length < LISTED_FINDINGS) this.listed.push({ check, ...problem });
    };
  }
}

const LINK_RULES = {
  'version-gap': 'the next version',
  'previous-hash': 'the hash of the event before',
  'packet-digest': 'a packet that its digest fits',
  hash: 'the hash of this event',
} as const;

/** What the log itself promises, as a problem like any other. */
export function problemOfLog(problem: LogProblem): AuditProblem {
  const place = {
    ledger: 'ledgerId' in problem ? problem.ledgerId : null,
    version: 'version' in problem ? problem.version : null,
    transfer: null,
  };
  switch (problem.kind) {
    case 'broken-link': {
      const expected = LINK_RULES[problem.rule];
      return { ...place, rule: problem.rule, expected, found: 'another' };
    }
    case 'wrong-partition':
    case 'position-gap': {
      const found = problem.kind === 'position-gap' ? problem.position : problem.partition;
      const { kind: rule, expected } = problem;
      return { ...place, rule, expected: String(expected), found: String(found) };
    }
    case 'missing-end': {
      const { kind: rule, partition, position, seenBy, seenPosition } = problem;
      const expected = `position ${seenPosition} in partition ${partition}, seen by ${seenBy}`;
      return { ...place, rule, expected, found: `an end at ${position}` };
    }
  }
}
