import fc from 'fast-check';
import {
  type Authority,
  AUTHORITIES,
  balanceOf,
  type Decision,
  decideAcceptProposal,
  decideChangeLimits,
  decideChangeStanding,
  decideChangeThresholds,
  decideCompareBalances,
  decideConfirmFulfillment,
  decideDisputeTransfer,
  decideExpireTransfer,
  decideFulfillTransfer,
  decidePrepareTransfer,
  decideReconcile,
  decideRecordSettlement,
  decideRejectTransfer,
  decideReverseSettlement,
  evolve,
  type LedgerEvent,
  type LedgerState,
  type Limits,
  openLedger,
  type PrepareTransfer,
  type Standing,
  type Thresholds,
  watchThresholds,
} from '#domain/ledger';
import { encodeIlp, ilpError } from '#protocol';
import {
  aLedgerId,
  anIncoming,
  aPreimage,
  aTransferId,
  ledgerOpened,
  NOON_MS,
} from './ledger-builders';

/** On a shadow ledger our clock waits this long past the expiry. */
export const MOVE_GRACE_MS = 1;

/** Put on hold from noon for so many ms; `content` names the condition. */
export interface PrepareMove {
  readonly move: 'prepare';
  readonly id: number;
  readonly isIncoming: boolean;
  readonly amount: bigint;
  readonly holdMs: number;
  readonly content: number;
}

/** One of the two ends the transfer, or tries to. */
export interface EndMove {
  readonly move: 'fulfill' | 'reject';
  readonly id: number;
  readonly by: 'peer' | 'self';
  readonly preimage: number;
  readonly saysTimedOut: boolean;
  readonly atMs: number;
}

type TransferMove =
  | PrepareMove
  | EndMove
  | { readonly move: 'expire'; readonly id: number; readonly atMs: number }
  | { readonly move: 'accept' | 'confirm' | 'dispute'; readonly id: number };

export type TermsMove =
  | {
      /** Theirs is ours and `drift`; what moves may explain so much below and above. */
      readonly move: 'compare';
      readonly drift: bigint;
      readonly below: bigint;
      readonly above: bigint;
      readonly adopts: boolean;
    }
  /** The figure that the operator read: the one on record, that one as it is now, or another. */
  | { readonly move: 'reconcile'; readonly read: 'recorded' | 'now' | 'other' }
  | { readonly move: 'standing'; readonly to: Standing; readonly isAcknowledged: boolean }
  | { readonly move: 'limits'; readonly limits: Limits }
  | { readonly move: 'thresholds'; readonly thresholds: Thresholds }
  | {
      readonly move: 'settle';
      readonly reference: number;
      readonly direction: 'paid' | 'received';
      readonly amount: bigint;
    }
  | { readonly move: 'reverse'; readonly reference: number; readonly reverses: number };

/** A command in small numbers, so that random ones meet each other often. Times in ms from noon. */
export type LedgerMove = TransferMove | TermsMove;

const BY = 'carol';
const id = fc.nat(4);
const atMs = fc.constantFrom(-1, 0, 0, 1, 1, 1, 2, 4);
/** Mostly the first, so that most preimages fit. */
const aPreimageNumber = fc.constantFrom(0, 0, 0, 1);
const side = fc.constantFrom('peer' as const, 'self' as const);
const small = fc.bigInt({ min: -8n, max: 8n });
const aReference = fc.constantFrom(0, 0, 1, 2);

export const someLimits: fc.Arbitrary<Limits> = fc.record({
  maxBalance: fc.option(fc.bigInt({ min: -3n, max: 12n }), { nil: null }),
  minBalance: fc.option(fc.bigInt({ min: -12n, max: 0n }), { nil: null }),
});

const aTransferMove: fc.Arbitrary<TransferMove> = fc.oneof(
  {
    arbitrary: fc.record({
      move: fc.constant('prepare' as const),
      id,
      isIncoming: fc.boolean(),
      amount: fc.constantFrom(0n, 2n, 2n, 5n),
      holdMs: fc.constantFrom(0, 2, 2, 2),
      content: aPreimageNumber,
    }),
    weight: 3,
  },
  {
    arbitrary: fc.record({
      move: fc.constantFrom('fulfill' as const, 'reject' as const),
      id,
      by: side,
      preimage: aPreimageNumber,
      saysTimedOut: fc.boolean(),
      atMs,
    }),
    weight: 4,
  },
  { arbitrary: fc.record({ move: fc.constant('expire' as const), id, atMs }), weight: 1 },
  {
    arbitrary: fc.record({
      move: fc.constantFrom('accept' as const, 'confirm' as const, 'dispute' as const),
      id,
    }),
    weight: 2,
  },
);

const aTermsMove: fc.Arbitrary<TermsMove> = fc.oneof(
  fc.record({
    move: fc.constant('compare' as const),
    drift: fc.oneof(fc.constant(0n), small),
    below: fc.constantFrom(0n, 0n, 3n),
    above: fc.constantFrom(0n, 0n, 3n),
    adopts: fc.boolean(),
  }),
  fc.record({
    move: fc.constant('reconcile' as const),
    read: fc.constantFrom('recorded' as const, 'now' as const, 'other' as const),
  }),
  fc.record({
    move: fc.constant('standing' as const),
    to: fc.constantFrom('open', 'open', 'open', 'open', 'paused', 'draining', 'closed'),
    isAcknowledged: fc.boolean(),
  }),
  fc.record({ move: fc.constant('limits' as const), limits: someLimits }),
  fc.record({
    move: fc.constant('thresholds' as const),
    thresholds: fc.record({
      low: fc.constantFrom(null, -4n, 1n),
      high: fc.constantFrom(null, 4n, -2n),
      settleTo: fc.constantFrom(null, 0n, 3n, -9n),
    }),
  }),
  fc.record({
    move: fc.constant('settle' as const),
    reference: aReference,
    direction: fc.constantFrom('paid' as const, 'received' as const),
    amount: fc.constantFrom(0n, 2n, 6n),
  }),
  fc.record({ move: fc.constant('reverse' as const), reference: aReference, reverses: aReference }),
);

export const aLedgerMove: fc.Arbitrary<LedgerMove> = fc.oneof(
  { arbitrary: aTransferMove, weight: 3 },
  { arbitrary: aTermsMove, weight: 1 },
);

/** What a move comes to: events, or `repeated`, or the kind of refusal. */
export type MoveDecision = Decision<LedgerEvent, { readonly kind: string }> | ListDecision;

/** Of what is observed rather than ordered; it is never refused. */
interface ListDecision {
  readonly events: readonly LedgerEvent[];
}

/** Asks for a decision; whatever the move reads of the ledger, it has read already. */
export type MoveCommand = (ledger: LedgerState) => MoveDecision;

/** The command that the move is on this ledger now; it may be given again later. */
export function commandOf(ledger: LedgerState, move: LedgerMove): MoveCommand {
  switch (move.move) {
    case 'prepare':
      return (now) => decidePrepareTransfer(now, prepareOf(move));
    case 'fulfill':
    case 'reject':
      return (now) => decideEnd(now, move);
    case 'expire':
    case 'accept':
    case 'confirm':
    case 'dispute':
      return (now) => decideStep(now, move);
    default:
      return termsCommandOf(ledger, move);
  }
}

function decideEnd(ledger: LedgerState, end: EndMove): MoveDecision {
  const { by, preimage, saysTimedOut } = end;
  const transferId = aTransferId(end.id);
  const receivedAtMs = NOON_MS + end.atMs;
  if (end.move === 'fulfill') {
    const { fulfillment } = aPreimage(preimage);
    return decideFulfillTransfer(ledger, { transferId, fulfillment, data: null, by, receivedAtMs });
  }
  const reason = saysTimedOut ? TIMED_OUT : Buffer.from('reason');
  return decideRejectTransfer(ledger, { transferId, reason, by, receivedAtMs });
}

const TIMED_OUT = encodeIlp(
  ilpError({ code: 'R00', triggeredBy: 'test.x', triggeredAtMs: NOON_MS, data: 'expired' }),
);

function decideStep(
  ledger: LedgerState,
  step: Exclude<TransferMove, PrepareMove | EndMove>,
): MoveDecision {
  const transferId = aTransferId(step.id);
  switch (step.move) {
    case 'expire': {
      const nowMs = NOON_MS + step.atMs;
      return decideExpireTransfer(ledger, { transferId, nowMs, graceMs: MOVE_GRACE_MS });
    }
    case 'accept':
      return decideAcceptProposal(ledger, { transferId });
    case 'confirm':
      return decideConfirmFulfillment(ledger, { transferId });
    case 'dispute':
      return { events: decideDisputeTransfer(ledger, { transferId }) };
  }
}

function termsCommandOf(ledger: LedgerState, move: TermsMove): MoveCommand {
  const balance = balanceOf(ledger.sums);
  switch (move.move) {
    case 'compare': {
      const { drift, below, above, adopts } = move;
      const range = { lowest: balance - below, highest: balance + above };
      const command = { theirs: balance + drift, ...range, adopts };
      return (now) => ({ events: decideCompareBalances(now, command) });
    }
    case 'reconcile': {
      const theirs = readFigure(ledger, move.read);
      return (now) => decideReconcile(now, { by: BY, note: '', theirs });
    }
    case 'standing': {
      const acknowledged = move.isAcknowledged ? { acknowledgedBalance: balance } : {};
      const command = { to: move.to, by: BY, reason: 'so', ...acknowledged };
      return (now) => decideChangeStanding(now, command);
    }
    case 'limits':
      return (now) => decideChangeLimits(now, { limits: move.limits, by: BY });
    case 'thresholds':
      return (now) => decideChangeThresholds(now, { thresholds: move.thresholds, by: BY });
    case 'settle': {
      const { direction, amount } = move;
      const command = { reference: `${move.reference}`, direction, amount, by: BY };
      return (now) => decideRecordSettlement(now, command);
    }
    case 'reverse': {
      const [reference, reverses] = [`${move.reference}`, `${move.reverses}`];
      return (now) => decideReverseSettlement(now, { reference, reverses, reason: 'so', by: BY });
    }
  }
}

function readFigure(ledger: LedgerState, read: 'recorded' | 'now' | 'other'): bigint {
  const { ours, theirs } = ledger.difference ?? { ours: 0n, theirs: 0n };
  const now = balanceOf(ledger.sums) + theirs - ours;
  if (read === 'other') return now + 1000n;
  return read === 'now' ? now : theirs;
}

function prepareOf(move: PrepareMove): PrepareTransfer {
  return anIncoming({
    transferId: aTransferId(move.id),
    direction: move.isIncoming ? 'incoming' : 'outgoing',
    amount: move.amount,
    condition: aPreimage(move.content).condition,
    expiresAtMs: NOON_MS + move.holdMs,
  });
}

export function eventsOf(decision: MoveDecision): readonly LedgerEvent[] {
  if ('events' in decision) return decision.events;
  return 'event' in decision ? [decision.event] : [];
}

/** Lets the move happen, and what the thresholds make of it; returns what happened, in order. */
export function playMove(ledger: LedgerState, move: LedgerMove): LedgerEvent[] {
  const events = [...eventsOf(commandOf(ledger, move)(ledger))];
  for (const event of events) evolve(ledger, event);
  if (events.length === 0) return events;
  const crossings = watchThresholds(ledger);
  for (const event of crossings) evolve(ledger, event);
  return [...events, ...crossings];
}

/** Everything that can come about on a ledger that these decide, from its opening on. */
export function aHistory(
  authorities: readonly Authority[] = AUTHORITIES,
): fc.Arbitrary<readonly LedgerEvent[]> {
  const moves = fc.array(aLedgerMove, { minLength: 1, maxLength: 50, size: 'max' });
  return fc
    .tuple(fc.constantFrom(...authorities), someLimits, moves)
    .map(([authority, limits, played]) => {
      const opened = ledgerOpened({ authority, limits });
      const ledger = openLedger(aLedgerId(), opened);
      return [opened, ...played.flatMap((move) => playMove(ledger, move))];
    });
}
