import fc from 'fast-check';
import {
  type Authority,
  AUTHORITIES,
  balanceOf,
  decideAcceptProposal,
  decideChangeLimits,
  decideChangeStanding,
  decideChangeThresholds,
  decideCompareBalances,
  decideConfirmFulfillment,
  decideExpireTransfer,
  decideFulfillTransfer,
  decidePrepareTransfer,
  decideReconcile,
  decideRecordSettlement,
  decideRejectTransfer,
  decideReverseSettlement,
  evolve,
  type LedgerEvent,
  type LedgerId,
  type LedgerState,
  openLedger,
  watchThresholds,
} from '#domain/ledger';
import { encodeIlp } from '#protocol';
import { anIncoming, aPreimage, aTransferId, ledgerOpened, NOON_MS } from './ledger-builders';

/** One command of a history: what kind, about which transfer or settlement, and by how much. */
export interface HistoryStep {
  readonly kind: (typeof KINDS)[number];
  readonly number: number;
  readonly amount: bigint;
  readonly flag: boolean;
}

const KINDS = [
  'prepare',
  'prepare',
  'prepare',
  'fulfill',
  'fulfill',
  'confirm',
  'reject',
  'expire',
  'limits',
  'standing',
  'thresholds',
  'settle',
  'reverse',
  'compare',
  'reconcile',
] as const;

const NUMBERS = 12;

export const aHistoryStep: fc.Arbitrary<HistoryStep> = fc.record({
  kind: fc.constantFrom(...KINDS),
  number: fc.nat(NUMBERS),
  amount: fc.bigInt({ min: 1n, max: 50n }),
  flag: fc.boolean(),
});

export interface HistoryPlan {
  readonly authority: Authority;
  readonly steps: readonly HistoryStep[];
}

/** What may happen on one ledger: each step is decided as its owner would, and counts if accepted. */
export const aHistoryPlan = (maxLength = 60): fc.Arbitrary<HistoryPlan> =>
  fc.record({
    authority: fc.constantFrom(...AUTHORITIES),
    steps: fc.array(aHistoryStep, { maxLength }),
  });

/** The events that come of a plan, opening included, and the ledger that they make. */
export function ledgerHistory(
  id: LedgerId,
  { authority, steps }: HistoryPlan,
): { readonly events: readonly LedgerEvent[]; readonly ledger: LedgerState } {
  const opened = ledgerOpened({ authority, prefix: `test.${id}.` });
  const ledger = openLedger(id, opened);
  const events: LedgerEvent[] = [opened];
  const record = (event: LedgerEvent): void => {
    evolve(ledger, event);
    events.push(event);
  };
  for (const step of steps) {
    for (const event of decided(ledger, step)) record(event);
    for (const event of watchThresholds(ledger)) record(event);
  }
  return { events, ledger };
}

const NO_THANKS = encodeIlp({
  type: 'error',
  code: 'F99',
  name: 'Application Error',
  triggeredBy: 'test.receiver',
  forwardedBy: [],
  triggeredAtMs: NOON_MS,
  data: Buffer.from('no thanks'),
});
const LONG_AFTER_MS = NOON_MS + 3_600_000;
const BY = 'carol';

type Verdict = { readonly event: LedgerEvent } | { readonly repeated: true } | { refusal: unknown };

function eventOf(verdict: Verdict): LedgerEvent[] {
  return 'event' in verdict ? [verdict.event] : [];
}

function decided(ledger: LedgerState, step: HistoryStep): readonly LedgerEvent[] {
  switch (step.kind) {
    case 'prepare':
    case 'fulfill':
    case 'confirm':
    case 'reject':
    case 'expire':
      return eventOf(transferVerdict(ledger, step.kind, step));
    case 'compare': {
      const theirs = balanceOf(ledger.sums) + (step.flag ? 0n : step.amount);
      const exact = balanceOf(ledger.sums);
      return decideCompareBalances(ledger, {
        theirs,
        lowest: exact,
        highest: exact,
        adopts: step.number % 2 === 0,
      });
    }
    default:
      return eventOf(orderVerdict(ledger, step.kind, step));
  }
}

type TransferStep = 'prepare' | 'fulfill' | 'confirm' | 'reject' | 'expire';

function transferVerdict(ledger: LedgerState, kind: TransferStep, step: HistoryStep): Verdict {
  const { number, amount, flag } = step;
  const transferId = aTransferId(number);
  const { fulfillment, condition } = aPreimage(number);
  const by = flag ? 'peer' : 'self';
  switch (kind) {
    case 'prepare': {
      const direction = flag ? 'incoming' : 'outgoing';
      return decidePrepareTransfer(
        ledger,
        anIncoming({ transferId, direction, amount, condition }),
      );
    }
    case 'fulfill': {
      const frame = { transferId, fulfillment, data: null, by, receivedAtMs: NOON_MS } as const;
      return decideFulfillTransfer(ledger, frame);
    }
    case 'confirm':
      return flag
        ? decideAcceptProposal(ledger, { transferId })
        : decideConfirmFulfillment(ledger, { transferId });
    case 'reject': {
      const frame = { transferId, reason: NO_THANKS, by, receivedAtMs: NOON_MS } as const;
      return decideRejectTransfer(ledger, frame);
    }
    case 'expire':
      return decideExpireTransfer(ledger, { transferId, nowMs: LONG_AFTER_MS, graceMs: 0 });
  }
}

type OrderStep = Exclude<HistoryStep['kind'], TransferStep | 'compare'>;

function orderVerdict(ledger: LedgerState, kind: OrderStep, step: HistoryStep): Verdict {
  const { number, amount, flag } = step;
  const reference = `settlement ${number}`;
  switch (kind) {
    case 'limits': {
      const limits = { maxBalance: flag ? null : amount * 10n, minBalance: flag ? null : -amount };
      return decideChangeLimits(ledger, { limits, by: BY });
    }
    case 'standing': {
      const to = flag
        ? 'open'
        : number % 3 === 0
          ? 'paused'
          : number % 3 === 1
            ? 'draining'
            : 'open';
      return decideChangeStanding(ledger, { to, by: BY, reason: 'as planned' });
    }
    case 'thresholds': {
      const thresholds = { low: -amount, high: amount, settleTo: flag ? 0n : null };
      return decideChangeThresholds(ledger, { thresholds, by: BY });
    }
    case 'settle': {
      const direction = flag ? 'paid' : 'received';
      return decideRecordSettlement(ledger, { reference, direction, amount, by: BY });
    }
    case 'reverse': {
      const order = { reference: `reversal ${number}`, reverses: reference, reason: 'bounced' };
      return decideReverseSettlement(ledger, { ...order, by: BY });
    }
    case 'reconcile': {
      const theirs = ledger.difference?.theirs ?? 0n;
      return decideReconcile(ledger, { by: BY, note: '', theirs });
    }
  }
}
