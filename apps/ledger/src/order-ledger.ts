import type { LedgerOrder, LedgerOrderReply, OrderedLedger } from '#contracts';
import {
  balanceOf,
  decideChangeLimits,
  decideChangeStanding,
  decideChangeThresholds,
  decideReconcile,
  decideRecordSettlement,
  decideReverseSettlement,
  ledgerId,
  type Decision,
  type LedgerEvent,
  type LedgerState,
  type OrderRefusal,
} from '#domain/ledger';
import type { DeskObserver } from './desk-observer';
import type { Effects } from './effects';
import type { LedgerBook } from './ledger-book';
import { orderRefused } from './ledger-orders-refusal';
import type { OrderLedger } from './loop-command';

/** Obeys an operator, or says why not; he hears of it after the commit. */
export function orderLedger(
  book: LedgerBook,
  command: OrderLedger,
  effects: Effects,
  observer: Pick<DeskObserver, 'decided' | 'ledgersChanged'>,
): void {
  const { order } = command;
  const answer = obey(book, order);
  observer.decided('order', answer.outcome === 'refused');
  effects.afterwards(() => {
    command.reply(answer);
    if (answer.outcome === 'done' && isKnownToOthers(order)) observer.ledgersChanged();
  });
}

/** Routers and gateways know limits; settlements and thresholds are nobody's business but ours. */
function isKnownToOthers({ kind }: LedgerOrder): boolean {
  return kind === 'change-limits';
}

function obey(book: LedgerBook, order: LedgerOrder): LedgerOrderReply {
  const id = ledgerId(order.ledgerId);
  const ledger = book.find(id);
  if (ledger === undefined) {
    // Its partition may have gone to another owner while the order waited.
    if (!book.owns(id)) return { outcome: 'unavailable' };
    return { outcome: 'refused', refusal: orderRefused({ kind: 'LedgerNotFound', ledgerId: id }) };
  }
  const decision = decide(ledger, order);
  if ('refusal' in decision) {
    return { outcome: 'refused', refusal: orderRefused(decision.refusal) };
  }
  if ('repeated' in decision) return { outcome: 'repeated', ledger: orderedLedger(ledger) };
  const version = book.record(ledger, decision.event);
  const event = decision.event.type;
  return { outcome: 'done', event, version, ledger: orderedLedger(ledger) };
}

const STANDING_AFTER = { pause: 'paused', resume: 'open', drain: 'draining' } as const;

function decide(ledger: LedgerState, order: LedgerOrder): Decision<LedgerEvent, OrderRefusal> {
  const { by } = order;
  switch (order.kind) {
    case 'change-limits':
      return changeLimits(ledger, order);
    case 'change-thresholds':
      return changeThresholds(ledger, order);
    case 'pause':
    case 'resume':
    case 'drain': {
      const to = STANDING_AFTER[order.kind];
      return decideChangeStanding(ledger, { to, by, reason: order.reason });
    }
    case 'close': {
      const acknowledgedBalance = BigInt(order.balance ?? '0');
      const { reason } = order;
      return decideChangeStanding(ledger, { to: 'closed', by, reason, acknowledgedBalance });
    }
    case 'settle': {
      const { reference, direction, amount } = order;
      const settlement = { reference, direction, amount: BigInt(amount), by };
      return decideRecordSettlement(ledger, settlement);
    }
    case 'reverse-settlement': {
      const { reference, reverses, reason } = order;
      return decideReverseSettlement(ledger, { reference, reverses, reason, by });
    }
    case 'reconcile':
      return decideReconcile(ledger, { by, note: order.note, theirs: BigInt(order.theirs) });
  }
}

type Order<Kind extends LedgerOrder['kind']> = Extract<LedgerOrder, { readonly kind: Kind }>;

/** What the order leaves out stays as it is at the moment at which it is decided. */
function changeLimits(ledger: LedgerState, order: Order<'change-limits'>) {
  const maxBalance = changed(order.maxBalance, ledger.limits.maxBalance);
  const minBalance = changed(order.minBalance, ledger.limits.minBalance);
  return decideChangeLimits(ledger, { limits: { maxBalance, minBalance }, by: order.by });
}

function changeThresholds(ledger: LedgerState, order: Order<'change-thresholds'>) {
  const low = changed(order.low, ledger.thresholds.low);
  const high = changed(order.high, ledger.thresholds.high);
  const settleTo = changed(order.settleTo, ledger.thresholds.settleTo);
  return decideChangeThresholds(ledger, { thresholds: { low, high, settleTo }, by: order.by });
}

function changed(wanted: string | null | undefined, now: bigint | null): bigint | null {
  if (wanted === undefined) return now;
  return wanted === null ? null : BigInt(wanted);
}

function orderedLedger(ledger: LedgerState): OrderedLedger {
  const { sums, limits, thresholds, beyond, difference } = ledger;
  return {
    ledger: ledger.id,
    currencyCode: ledger.currencyCode,
    currencyScale: ledger.currencyScale,
    standing: ledger.standing,
    balance: balanceOf(sums).toString(),
    incomingPrepared: sums.incomingPrepared.toString(),
    outgoingPrepared: sums.outgoingPrepared.toString(),
    maxBalance: textOf(limits.maxBalance),
    minBalance: textOf(limits.minBalance),
    thresholds: {
      low: textOf(thresholds.low),
      high: textOf(thresholds.high),
      settleTo: textOf(thresholds.settleTo),
    },
    beyond: { low: beyond.low, high: beyond.high },
    difference: difference && {
      ours: difference.ours.toString(),
      theirs: difference.theirs.toString(),
    },
  };
}

function textOf(amount: bigint | null): string | null {
  return amount === null ? null : amount.toString();
}
