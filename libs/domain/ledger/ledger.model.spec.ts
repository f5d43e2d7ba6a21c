import fc from 'fast-check';
import {
  anIlpPayment,
  anIncoming,
  aLedgerId,
  aPreimage,
  aTransferId,
  ledgerOpened,
  NOON_MS,
} from '#testing';
import type { PrepareTransfer } from './commands';
import type { Decision } from './decide/decision';
import { decideExpireTransfer } from './decide/expire-transfer';
import { decideFulfillTransfer } from './decide/fulfill-transfer';
import { decidePrepareTransfer } from './decide/prepare-transfer';
import { decideRejectTransfer } from './decide/reject-transfer';
import type { LedgerEvent, Limits } from './events';
import { evolve, openLedger } from './evolve';
import { ledgerViolations } from './invariants';
import type { LedgerState } from './state';

const IDS = 4;

interface PrepareCall {
  readonly call: 'prepare';
  readonly id: number;
  readonly isIncoming: boolean;
  readonly amount: bigint;
  readonly holdMs: number;
  readonly content: number;
}

type Call =
  | PrepareCall
  | {
      readonly call: 'fulfill' | 'reject';
      readonly id: number;
      readonly by: 'peer' | 'self';
      readonly preimage: number;
      readonly atMs: number;
    }
  | { readonly call: 'expire'; readonly id: number; readonly atMs: number };

const atMs = fc.integer({ min: -1, max: 3 });
const id = fc.nat(IDS);

const aCall: fc.Arbitrary<Call> = fc.oneof(
  fc.record({
    call: fc.constant('prepare' as const),
    id,
    isIncoming: fc.boolean(),
    amount: fc.constantFrom(0n, 2n, 5n),
    holdMs: fc.constantFrom(0, 2),
    content: fc.nat(1),
  }),
  fc.record({
    call: fc.constantFrom('fulfill' as const, 'reject' as const),
    id,
    by: fc.constantFrom('peer' as const, 'self' as const),
    preimage: fc.nat(1),
    atMs,
  }),
  fc.record({ call: fc.constant('expire' as const), id, atMs }),
);

const someLimits: fc.Arbitrary<Limits> = fc.record({
  maxBalance: fc.option(fc.bigInt(-3n, 12n), { nil: null }),
  minBalance: fc.option(fc.bigInt(-12n, 0n), { nil: null }),
});

/** What the table of SPEC §5.7 and the inequalities of §7.3 say, kept as naively as they are written. */
class Expectation {
  private readonly known = new Map<number, { call: PrepareCall; state: string; shown: number }>();

  constructor(private readonly limits: Limits) {}

  hear(call: Call): string {
    if (call.call === 'prepare') return this.prepare(call);
    const transfer = this.known.get(call.id);
    if (transfer === undefined) return 'TransferNotFound';
    if (call.call === 'expire') {
      if (transfer.state === 'prepared' && call.atMs >= transfer.call.holdMs) {
        transfer.state = 'rolled back';
        return 'event';
      }
      if (transfer.state === 'prepared') return 'NotYetExpired';
      return transfer.state === 'fulfilled' ? 'AlreadyFulfilled' : 'repeated';
    }
    const isReceiver = (call.by === 'self') === transfer.call.isIncoming;
    const isOver = call.atMs >= transfer.call.holdMs;
    if (call.call === 'fulfill') {
      if (!isReceiver) return 'WrongDirection';
      if (transfer.state === 'fulfilled') {
        return call.preimage === transfer.shown ? 'repeated' : 'InvalidFulfillment';
      }
      if (transfer.state === 'rolled back' || isOver) return 'AlreadyRolledBack';
      if (call.preimage !== transfer.call.content) return 'InvalidFulfillment';
      transfer.state = 'fulfilled';
      transfer.shown = call.preimage;
      return 'event';
    }
    if (!isReceiver && !(call.by === 'peer' && isOver)) return 'WrongDirection';
    if (transfer.state === 'fulfilled') return 'AlreadyFulfilled';
    if (transfer.state === 'rolled back') return 'repeated';
    transfer.state = 'rolled back';
    return 'event';
  }

  private prepare(call: PrepareCall): string {
    if (call.amount < 1n) return 'AmountOutOfRange';
    const transfer = this.known.get(call.id);
    if (transfer !== undefined) {
      const asText = (each: PrepareCall): string =>
        JSON.stringify({ ...each, amount: `${each.amount}` });
      if (asText(call) !== asText(transfer.call)) return 'DuplicateId';
      if (transfer.state === 'prepared') return 'repeated';
      return transfer.state === 'fulfilled' ? 'AlreadyFulfilled' : 'AlreadyRolledBack';
    }
    const { maxBalance, minBalance } = this.limits;
    const { amount: a, isIncoming } = call;
    const [IF, IP] = [this.sum(true, 'fulfilled'), this.sum(true, 'prepared')];
    const [OF, OP] = [this.sum(false, 'fulfilled'), this.sum(false, 'prepared')];
    if (isIncoming && maxBalance !== null && IF + IP + a - OF > maxBalance) {
      return 'InsufficientBalance';
    }
    if (!isIncoming && minBalance !== null && OF + OP + a - IF > -minBalance) {
      return 'InsufficientBalance';
    }
    this.known.set(call.id, { call, state: 'prepared', shown: -1 });
    return 'event';
  }

  private sum(isIncoming: boolean, state: string): bigint {
    return [...this.known.values()]
      .filter((each) => each.call.isIncoming === isIncoming && each.state === state)
      .reduce((total, each) => total + each.call.amount, 0n);
  }
}

function decide(ledger: LedgerState, call: Call): Decision<LedgerEvent, { kind: string }> {
  const transferId = aTransferId(call.id);
  switch (call.call) {
    case 'prepare':
      return decidePrepareTransfer(ledger, prepareOf(call));
    case 'expire':
      return decideExpireTransfer(ledger, { transferId, nowMs: NOON_MS + call.atMs, graceMs: 0 });
    case 'fulfill':
      return decideFulfillTransfer(ledger, {
        transferId,
        fulfillment: aPreimage(call.preimage).fulfillment,
        data: null,
        by: call.by,
        receivedAtMs: NOON_MS + call.atMs,
      });
    case 'reject':
      return decideRejectTransfer(ledger, {
        transferId,
        reason: Buffer.from('reason'),
        by: call.by,
        receivedAtMs: NOON_MS + call.atMs,
      });
  }
}

function prepareOf(call: PrepareCall): PrepareTransfer {
  return anIncoming({
    transferId: aTransferId(call.id),
    direction: call.isIncoming ? 'incoming' : 'outgoing',
    amount: call.amount,
    condition: aPreimage(call.content).condition,
    expiresAtMs: NOON_MS + call.holdMs,
    packet: anIlpPayment(),
  });
}

function nameOf(decision: Decision<LedgerEvent, { kind: string }>): string {
  if ('refusal' in decision) return decision.refusal.kind;
  return 'event' in decision ? 'event' : 'repeated';
}

test('whatever is called in whatever order, a ledger answers as the specification says', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(
      someLimits,
      fc.array(aCall, { minLength: 1, maxLength: 40, size: 'max' }),
      (limits, calls) => {
        const ledger = openLedger(aLedgerId(), ledgerOpened({ limits }));
        const expectation = new Expectation(limits);
        const faults: unknown[] = [];
        for (const call of calls) {
          const decision = decide(ledger, call);
          const [answer, expected] = [nameOf(decision), expectation.hear(call)];
          seen.add(`${call.call}: ${expected}`);
          if (answer !== expected) faults.push({ call, answer, expected });
          if ('event' in decision) evolve(ledger, decision.event);
          faults.push(...ledgerViolations(ledger, { history: 'complete', limits: 'lowered' }));
        }
        expect(faults).toEqual([]);
      },
    ),
    { numRuns: 2000 },
  );
  // Five ways for a Prepare to be refused, four for a Fulfill, three each for the others.
  expect([...seen].filter((each) => !/event|repeated/.test(each))).toHaveLength(15);
});
