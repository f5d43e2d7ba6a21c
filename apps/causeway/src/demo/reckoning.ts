import type { PaymentOutcome } from './historic-peer.messages';

/** Outcomes of payments from alice to bob (`there`) and from bob to alice (`back`). */
export interface PaymentsMade {
  readonly there: readonly PaymentOutcome[];
  readonly back: readonly PaymentOutcome[];
}

/** Three independent opinions on one ledger; decimal, each as its holder sees it. */
export interface LedgerOpinions {
  readonly ledger: string;
  /** The connector's balance: positive means that the peer owes it. */
  readonly ours: string;
  /** The peer's own balance: the same with the other sign when both agree. */
  readonly peer: string;
}

export interface LedgerReckoning extends LedgerOpinions {
  /** What the connector's balance must be, summed up from the senders' outcomes. */
  readonly expected: string;
  /** `ours + peer`: 0 when both agree. */
  readonly difference: string;
}

/** The balances that follow from what became of each payment, seen from the connector. */
export function expectedBalances({ there, back }: PaymentsMade): Map<string, bigint> {
  return new Map([
    ['alice', sum(there, 'amount') - sum(back, 'delivers')],
    ['bob', sum(back, 'amount') - sum(there, 'delivers')],
  ]);
}

function sum(outcomes: readonly PaymentOutcome[], field: 'amount' | 'delivers'): bigint {
  return outcomes
    .filter(({ outcome }) => outcome === 'fulfilled')
    .reduce((total, outcome) => total + BigInt(outcome[field]), 0n);
}

export function reckon(
  opinions: readonly LedgerOpinions[],
  expected: ReadonlyMap<string, bigint>,
): LedgerReckoning[] {
  return opinions.map((opinion) => ({
    ...opinion,
    expected: String(expected.get(opinion.ledger) ?? 0n),
    difference: String(BigInt(opinion.ours) + BigInt(opinion.peer)),
  }));
}

/** One line for every payment that did not become what its receiver was asked to make of it. */
export function surprises({ there, back }: PaymentsMade): string[] {
  return [...there, ...back]
    .filter(({ asked, outcome, code }) => outcome !== RESULT_OF[asked] || isOurs(asked, code))
    .map(({ label, asked, outcome, code, name }) => {
      const reason = [code, name].filter((part) => part !== undefined).join(' ');
      return `payment ${label} (${asked}) was ${outcome}${reason === '' ? '' : `: ${reason}`}`;
    });
}

const RESULT_OF = {
  fulfill: 'fulfilled',
  delay: 'fulfilled',
  'wrong-then-right': 'fulfilled',
  reject: 'rejected',
  ignore: 'expired',
} as const;

/** The receiver rejects with F99 (SPEC §6.5: for applications); any other code is a connector's. */
function isOurs(asked: PaymentOutcome['asked'], code: string | undefined): boolean {
  return asked === 'reject' && code !== 'F99';
}

/** One line for every payment that was accepted and of which its sender never heard again. */
export function lost({ there, back }: PaymentsMade): string[] {
  return [...there, ...back]
    .filter(({ accepted, outcome }) => accepted && !DECIDED.has(outcome))
    .map(({ label, outcome }) => `payment ${label} is ${outcome}`);
}

const DECIDED: ReadonlySet<PaymentOutcome['outcome']> = new Set([
  'fulfilled',
  'rejected',
  'expired',
]);

/** One line for every disagreement; none when all is well. */
export function disagreements(reckonings: readonly LedgerReckoning[]): string[] {
  return reckonings.flatMap(({ ledger, ours, peer, expected, difference }) => {
    const lines: string[] = [];
    if (difference !== '0') {
      lines.push(`ledger ${ledger}: the connector has ${ours}, the peer has counted ${peer}`);
    }
    if (ours !== expected) {
      lines.push(`ledger ${ledger}: the connector has ${ours}, the payments add up to ${expected}`);
    }
    return lines;
  });
}
