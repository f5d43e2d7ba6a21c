import { table } from '../table';
import type { ReplayResult } from './causeway-cli';
import type { PaymentOutcome } from './historic-peer.messages';
import type { LedgerReckoning, PaymentsMade } from './reckoning';

export interface DemoResult {
  readonly made: PaymentsMade;
  readonly reckonings: readonly LedgerReckoning[];
  readonly replay: ReplayResult;
  readonly seconds: number;
}

/** The one line of `causeway demo --json`. */
export function jsonReport({ made, reckonings, replay, seconds }: DemoResult): string {
  const { events, matches, chain } = replay;
  return JSON.stringify({
    ...counted(made.there),
    back: counted(made.back),
    balances: reckonings.map(({ ledger, ours, peer }) => ({ ledger, ours, peer })),
    replay: { events, matches, chain },
    seconds,
  });
}

/** What a person reads at the end. */
export function textReport({ made, reckonings, replay, seconds }: DemoResult): string[] {
  return [
    `alice -> bob  ${sentence(made.there)}`,
    `bob -> alice  ${sentence(made.back)}`,
    '',
    ...balanceTable(reckonings, replay),
    '',
    `replay of ${replay.events} events from the first one: balances ${replay.matches ? 'match' : 'DIFFER'}, ` +
      `hash chain ${replay.chain}`,
    `${seconds} s`,
  ];
}

function balanceTable(reckonings: readonly LedgerReckoning[], replay: ReplayResult): string[] {
  const headings = ['ledger', 'balance here', 'peer has counted', 'difference', 'by replay'];
  const rows = reckonings.map(({ ledger, ours, peer, difference }) => {
    const replayed = replay.ledgers.find((other) => other.ledger === ledger);
    return [ledger, ours, peer, difference, replayed?.balance ?? 'none'];
  });
  return table(headings, rows, [1, 2, 3, 4]);
}

function sentence(outcomes: readonly PaymentOutcome[]): string {
  const { payments, fulfilled, rejected, expired } = counted(outcomes);
  const others = payments - fulfilled - rejected - expired;
  const parts = [`${fulfilled} fulfilled`, `${rejected} rejected`, `${expired} expired`];
  if (others > 0) parts.push(`${others} WITHOUT OUTCOME`);
  return `${payments} payments: ${parts.join(', ')}`;
}

function counted(outcomes: readonly PaymentOutcome[]) {
  const count = (wanted: PaymentOutcome['outcome']): number =>
    outcomes.filter(({ outcome }) => outcome === wanted).length;
  return {
    payments: outcomes.length,
    fulfilled: count('fulfilled'),
    rejected: count('rejected'),
    expired: count('expired'),
  };
}
