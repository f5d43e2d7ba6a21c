/**
 * Something that an auditor has to be told: what must hold, and what was found instead. Each part
 * that is null does not apply.
 */
export interface AuditProblem {
  readonly rule: string;
  readonly ledger: string | null;
  readonly version: number | null;
  readonly transfer: string | null;
  readonly expected: string;
  readonly found: string;
}

export type Tell = (problem: AuditProblem) => void;

/** Where a problem lies, for whoever writes it on one line. */
export function placeOf({ ledger, version, transfer }: AuditProblem): string {
  const parts = [
    ledger === null ? undefined : `ledger ${ledger}`,
    version === null ? undefined : `version ${version}`,
    transfer === null ? undefined : `transfer ${transfer}`,
  ];
  const known = parts.filter((part) => part !== undefined).join(', ');
  return known === '' ? 'log' : known;
}

export function describeAuditProblem(problem: AuditProblem): string {
  const { rule, expected, found } = problem;
  return `${placeOf(problem)}: ${rule}: expected ${expected}, found ${found}`;
}
