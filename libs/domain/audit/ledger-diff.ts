import { balanceOf, isOpen, type LedgerState } from '#domain/ledger';
import type { Leg } from './leg';

/** One side of a ledger between two connectors, as that side has folded it. */
export interface LedgerSide {
  readonly ledger: string;
  readonly version: number;
  readonly state: LedgerState;
}

export interface FieldDifference {
  readonly field: string;
  readonly ours: string;
  readonly theirs: string;
}

/** A transfer on which the two sides do not agree. */
export interface TransferDifference {
  readonly transfer: string;
  readonly kind: 'only-ours' | 'only-theirs' | 'different';
  readonly fields: readonly FieldDifference[];
  /** By how much it moves `ours + theirs`, base units; 0 where it moved no money. */
  readonly effect: bigint;
}

/** What becomes of `ours + theirs`, which is 0 where both sides agree (SPEC §7.3). */
export interface BalanceDifference {
  readonly ours: bigint;
  readonly theirs: bigint;
  readonly difference: bigint;
  /** Parts of the difference; together with `unexplained` they add up to it. */
  readonly byTransfers: bigint;
  readonly bySettlements: bigint;
  readonly byAdjustments: bigint;
  readonly unexplained: bigint;
}

/** What money does: how a transfer was rolled back makes no difference. */
type Outcome = 'open' | 'fulfilled' | 'rolled back';

export function outcomeOf(leg: Pick<Leg, 'status'>): Outcome {
  if (isOpen(leg)) return 'open';
  return leg.status === 'fulfilled' ? 'fulfilled' : 'rolled back';
}

/** What a leg has added to the balance of its own side. */
export function contributionOf(leg: Leg | undefined): bigint {
  if (leg?.status !== 'fulfilled') return 0n;
  return leg.direction === 'incoming' ? leg.amount : -leg.amount;
}

/**
 * Compares the two legs of one transfer, seen from both sides: what comes in here goes out there.
 * @returns undefined if they agree, or if only one side knows a transfer that it has rolled back:
 *   a Prepare that the other side refused never was on its ledger
 */
export function diffTransfer(
  transfer: string,
  ours: Leg | undefined,
  theirs: Leg | undefined,
): TransferDifference | undefined {
  const effect = contributionOf(ours) + contributionOf(theirs);
  if (ours === undefined || theirs === undefined) {
    const only = ours ?? theirs;
    if (only === undefined || outcomeOf(only) === 'rolled back') return undefined;
    const kind = ours === undefined ? 'only-theirs' : 'only-ours';
    return { transfer, kind, fields: onlyFields(ours, theirs), effect };
  }
  const fields = legFields(ours, theirs);
  return fields.length === 0 ? undefined : { transfer, kind: 'different', fields, effect };
}

function onlyFields(ours: Leg | undefined, theirs: Leg | undefined): FieldDifference[] {
  const show = (leg: Leg | undefined): string =>
    leg === undefined ? 'none' : `${leg.direction} ${leg.amount}, ${outcomeOf(leg)}`;
  return [{ field: 'transfer', ours: show(ours), theirs: show(theirs) }];
}

const MIRRORED = { incoming: 'outgoing', outgoing: 'incoming' } as const;

function legFields(ours: Leg, theirs: Leg): FieldDifference[] {
  const rows: [field: string, ours: string, theirs: string][] = [
    ['direction', ours.direction, MIRRORED[theirs.direction]],
    ['amount', String(ours.amount), String(theirs.amount)],
    ['condition', ours.condition.toString('hex'), theirs.condition.toString('hex')],
    ['expiry', timeText(ours.expiresAtMs), timeText(theirs.expiresAtMs)],
    ['outcome', outcomeOf(ours), outcomeOf(theirs)],
  ];
  return differing(rows);
}

/** What both sides say of the ledger itself; accounts are mirrored. */
export function diffLedgers({ state: ours }: LedgerSide, { state: theirs }: LedgerSide) {
  return differing([
    ['prefix', ours.prefix, theirs.prefix],
    ['currency', ours.currencyCode, theirs.currencyCode],
    ['scale', String(ours.currencyScale), String(theirs.currencyScale)],
    ['account', ours.account, theirs.peerAccount],
    ['peer account', ours.peerAccount, theirs.account],
  ]);
}

/** Both balances, and what their difference comes from, to the last unit. */
export function diffBalances(
  ours: LedgerSide,
  theirs: LedgerSide,
  byTransfers: bigint,
): BalanceDifference {
  const one = ours.state.sums;
  const other = theirs.state.sums;
  const bySettlements =
    one.settledPaid - one.settledReceived + other.settledPaid - other.settledReceived;
  const byAdjustments = one.adjusted + other.adjusted;
  const difference = balanceOf(one) + balanceOf(other);
  return {
    ours: balanceOf(one),
    theirs: balanceOf(other),
    difference,
    byTransfers,
    bySettlements,
    byAdjustments,
    unexplained: difference - byTransfers - bySettlements - byAdjustments,
  };
}

function differing(
  rows: readonly [field: string, ours: string, theirs: string][],
): FieldDifference[] {
  return rows.flatMap(([field, ours, theirs]) =>
    ours === theirs ? [] : [{ field, ours, theirs }],
  );
}

function timeText(atMs: number): string {
  return new Date(atMs).toISOString();
}
