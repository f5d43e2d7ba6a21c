import type { LedgerOrder, LedgerOrderReply } from '#contracts';
import { decodeEvent, type LedgerEvent, type LedgerOpened } from '#domain/ledger';
import { aLedgerId, anIncoming, ledgerOpened, transferPrepared } from '#testing';
import { Effects } from './effects';
import { LedgerBook, type StagedEvent } from './ledger-book';
import { orderLedger } from './order-ledger';

const alice = aLedgerId('alice');
const given = { ledgerId: 'alice', by: 'carol' } as const;

/** A ledger process's memory with one ledger, and what it would have put on record. */
class Orders {
  readonly staged: StagedEvent[] = [];
  readonly book: LedgerBook;
  announcements = 0;
  owns = true;

  constructor(opened: Partial<LedgerOpened> = {}) {
    this.book = new LedgerBook({
      stage: (event) => this.staged.push(event),
      owns: () => this.owns,
      finalTransfersCached: 10,
      shadowExpiryGraceMs: 0,
    });
    this.book.open(alice, ledgerOpened(opened));
  }

  happens(...events: readonly LedgerEvent[]): this {
    const ledger = this.book.find(alice);
    if (ledger !== undefined) for (const event of events) this.book.record(ledger, event);
    return this;
  }

  give(order: LedgerOrder): LedgerOrderReply {
    const replies: LedgerOrderReply[] = [];
    const effects = new Effects();
    const command = {
      kind: 'order',
      order,
      reply: (reply: LedgerOrderReply) => replies.push(reply),
    };
    orderLedger(this.book, command as Parameters<typeof orderLedger>[1], effects, {
      decided: () => undefined,
      ledgersChanged: () => (this.announcements += 1),
    });
    expect(replies).toEqual([]);
    effects.release(() => undefined);
    const [reply] = replies;
    if (reply === undefined) throw new Error('no reply');
    return reply;
  }

  /** Everything after the opening. */
  events(): LedgerEvent[] {
    return this.staged.slice(1).map((event) => {
      const payload = JSON.parse(event.payload) as Parameters<typeof decodeEvent>[0]['payload'];
      return decodeEvent({ ...event, payload, packet: event.packet ?? null });
    });
  }
}

const settle = { ...given, kind: 'settle', reference: 'R1', direction: 'paid' } as const;
const settled = (reference: string, amount: bigint): LedgerEvent => ({
  type: 'SettlementRecorded',
  reference,
  direction: 'paid',
  amount,
  by: 'carol',
});

describe('an order that is obeyed', () => {
  test.each<[LedgerOrder, LedgerEvent]>([
    [
      { ...given, kind: 'change-limits', maxBalance: '1500' },
      { type: 'LimitsChanged', limits: { maxBalance: 1500n, minBalance: -9n }, by: 'carol' },
    ],
    [
      { ...given, kind: 'change-limits', maxBalance: null, minBalance: '0' },
      { type: 'LimitsChanged', limits: { maxBalance: null, minBalance: 0n }, by: 'carol' },
    ],
    [
      { ...given, kind: 'change-thresholds', high: '70' },
      {
        type: 'ThresholdsChanged',
        thresholds: { low: null, high: 70n, settleTo: null },
        by: 'carol',
      },
    ],
    [
      { ...given, kind: 'pause', reason: 'why' },
      { type: 'LedgerPaused', by: 'carol', reason: 'why' },
    ],
    [
      { ...given, kind: 'drain', reason: 'why' },
      { type: 'LedgerDraining', by: 'carol', reason: 'why' },
    ],
    [
      { ...given, kind: 'close', reason: 'why' },
      { type: 'LedgerClosed', balance: 0n, by: 'carol', reason: 'why' },
    ],
    [{ ...settle, amount: '18446744073709551615' }, settled('R1', 18446744073709551615n)],
  ])('%j is an event with who gave it', (order, event) => {
    const orders = new Orders({ limits: { maxBalance: 9n, minBalance: -9n } });
    const reply = orders.give(order);
    expect(reply).toMatchObject({ outcome: 'done', event: event.type, version: 2 });
    expect(orders.events()).toEqual([event]);
    expect(orders.give(order)).toMatchObject({ outcome: 'repeated' });
    expect(orders.events()).toHaveLength(1);
  });

  test('resume follows a pause', () => {
    const orders = new Orders().happens({ type: 'LedgerPaused', by: 'dave', reason: 'x' });
    const reply = orders.give({ ...given, kind: 'resume', reason: 'why' });
    expect(reply).toMatchObject({ outcome: 'done', ledger: { standing: 'open' } });
    expect(orders.events()[1]).toEqual({ type: 'LedgerResumed', by: 'carol', reason: 'why' });
  });

  test('a settlement moves the balance, and its reversal moves it back', () => {
    const orders = new Orders();
    expect(orders.give({ ...settle, amount: '500' })).toMatchObject({ ledger: { balance: '500' } });
    const reversal = {
      ...given,
      kind: 'reverse-settlement',
      reference: 'R2',
      reverses: 'R1',
    } as const;
    const reply = orders.give({ ...reversal, reason: 'bounced' });
    expect(reply).toMatchObject({
      outcome: 'done',
      event: 'SettlementReversed',
      ledger: { balance: '0' },
    });
  });

  test('thresholds are watched at once: what they and settlements reach is told', () => {
    const orders = new Orders().happens(settled('R0', 100n));
    const thresholds = {
      ...given,
      kind: 'change-thresholds',
      high: '100',
      settleTo: '10',
    } as const;
    expect(orders.give(thresholds)).toMatchObject({
      event: 'ThresholdsChanged',
      version: 3,
      ledger: { beyond: { low: false, high: true } },
    });
    const received = { ...settle, direction: 'received', amount: '90' } as const;
    expect(orders.give(received)).toMatchObject({
      version: 6,
      ledger: { balance: '10', beyond: { low: false, high: false } },
    });
    expect(orders.events().map(({ type }) => type)).toEqual([
      'SettlementRecorded',
      'ThresholdsChanged',
      'ThresholdCrossed',
      'SettlementRequested',
      'SettlementRecorded',
      'ThresholdCrossed',
    ]);
  });

  test('reconciling adopts the figure of the authority', () => {
    const orders = new Orders({ authority: 'shadow' }).happens({
      type: 'ShadowDiverged',
      ours: 0n,
      theirs: 40n,
    });
    const reply = orders.give({
      ...given,
      kind: 'reconcile',
      theirs: '40',
      note: 'theirs is right',
    });
    expect(reply).toMatchObject({
      event: 'ShadowReconciled',
      ledger: { balance: '40', difference: null },
    });
  });

  test('limits are announced, and settlements are not', () => {
    const orders = new Orders();
    orders.give({ ...settle, amount: '1' });
    expect(orders.announcements).toBe(0);
    orders.give({ ...given, kind: 'change-limits', maxBalance: '1' });
    expect(orders.announcements).toBe(1);
  });
});

describe('an order that is refused names field, rule and both figures', () => {
  const long = 'x'.repeat(501);
  const closed: LedgerEvent = { type: 'LedgerClosed', balance: 0n, by: 'carol', reason: 'x' };
  const reversed: LedgerEvent = {
    type: 'SettlementReversed',
    reference: 'R9',
    reverses: 'R1',
    direction: 'paid',
    amount: 5n,
    reason: 'x',
    by: 'carol',
  };

  test.each<[string, readonly LedgerEvent[], LedgerOrder, object]>([
    [
      'amount 0',
      [],
      { ...settle, amount: '0' },
      {
        kind: 'AmountOutOfRange',
        field: 'amount',
        message: 'amount: 0 must be from 1 to 18446744073709551615',
        figures: { amount: '0', minimum: '1', maximum: '18446744073709551615' },
      },
    ],
    [
      'amount 2^64',
      [],
      { ...settle, amount: '18446744073709551616' },
      { message: 'amount: 18446744073709551616 must be from 1 to 18446744073709551615' },
    ],
    [
      'a negative amount',
      [],
      { ...settle, amount: '-5' },
      { message: 'amount: -5 must be from 1 to 18446744073709551615' },
    ],
    [
      'an empty reference',
      [],
      { ...settle, reference: ' ', amount: '1' },
      {
        kind: 'InvalidText',
        field: 'reference',
        rule: 'must-not-be-empty',
        message: 'reference: must not be empty, 1 to 500 characters',
      },
    ],
    [
      'a long reference',
      [],
      { ...settle, reference: long, amount: '1' },
      { message: 'reference: has 501 characters, at most 500 are kept' },
    ],
    [
      'control characters',
      [],
      { ...given, kind: 'pause', reason: 'a\u0000b' },
      { field: 'reason', message: 'reason: must have no control characters' },
    ],
    [
      'limits that cross',
      [],
      { ...given, kind: 'change-limits', maxBalance: '-8', minBalance: '-7' },
      {
        kind: 'InvalidLimits',
        field: 'maxBalance',
        message: 'maxBalance: -8 must not be below minBalance, which is -7',
        figures: { value: '-8', bound: '-7' },
      },
    ],
    [
      'a positive minBalance',
      [],
      { ...given, kind: 'change-limits', minBalance: '1' },
      { field: 'minBalance', message: 'minBalance: 1 must not be above 0' },
    ],
    [
      'thresholds that cross',
      [],
      { ...given, kind: 'change-thresholds', low: '5', high: '5' },
      { field: 'low', message: 'low: 5 must be below high, which is 5' },
    ],
    [
      'a settlement beyond the threshold',
      [],
      { ...given, kind: 'change-thresholds', high: '5', settleTo: '6' },
      { field: 'settleTo', figures: { value: '6', bound: '5' } },
    ],
    [
      'a closed ledger',
      [closed],
      { ...given, kind: 'resume', reason: 'x' },
      { kind: 'LedgerClosed', message: 'ledger alice is closed for ever' },
    ],
    [
      'limits of a closed ledger',
      [closed],
      { ...given, kind: 'change-limits', maxBalance: '1' },
      { kind: 'LedgerClosed' },
    ],
    [
      'closing over an open transfer',
      [transferPrepared(anIncoming())],
      { ...given, kind: 'close', reason: 'x' },
      {
        kind: 'TransfersOpen',
        message: 'transfers: 1 are still open, 0 must be; drain the ledger first',
        figures: { open: '1' },
      },
    ],
    [
      'closing over another balance',
      [settled('R1', 5n)],
      { ...given, kind: 'close', reason: 'x', balance: '4' },
      {
        field: 'balance',
        message: 'balance: 4 was acknowledged, but the balance is 5; settle it, or acknowledge it',
        figures: { balance: '5', acknowledged: '4' },
      },
    ],
    [
      'a reference that is taken',
      [settled('R1', 5n)],
      { ...settle, amount: '6' },
      {
        kind: 'ReferenceInUse',
        message: 'reference: "R1" was used for something else on this ledger',
      },
    ],
    [
      'a reversal of nothing',
      [],
      { ...given, kind: 'reverse-settlement', reference: 'R2', reverses: 'R1', reason: 'x' },
      { field: 'reverses', message: 'reverses: there is no settlement "R1" on this ledger' },
    ],
    [
      'a second reversal',
      [settled('R1', 5n), reversed],
      { ...given, kind: 'reverse-settlement', reference: 'R2', reverses: 'R1', reason: 'x' },
      { message: 'reverses: "R1" was reversed already, by "R9"' },
    ],
    [
      'reconciling what agrees',
      [],
      { ...given, kind: 'reconcile', theirs: '1', note: 'x' },
      { message: 'ledger alice has no difference to reconcile' },
    ],
  ])('%s', (_, before, order, refusal) => {
    const orders = new Orders().happens(...before);
    expect(orders.give(order)).toEqual({
      outcome: 'refused',
      refusal: expect.objectContaining(refusal) as unknown,
    });
    expect(orders.events()).toHaveLength(before.length);
  });

  test('a figure that has moved since it was read', () => {
    const diverged: LedgerEvent = { type: 'ShadowDiverged', ours: 0n, theirs: 40n };
    const orders = new Orders({ authority: 'shadow' }).happens(diverged);
    expect(orders.give({ ...given, kind: 'reconcile', theirs: '41', note: 'x' })).toMatchObject({
      refusal: {
        kind: 'BalanceMoved',
        field: 'theirs',
        message: "theirs: 41 is not the other side's figure, which is 40 now",
        figures: { read: '41', now: '40' },
      },
    });
  });

  test('a ledger that there is not', () => {
    expect(new Orders().give({ ...settle, ledgerId: 'bob', amount: '1' })).toMatchObject({
      refusal: { kind: 'LedgerNotFound', message: 'there is no ledger bob' },
    });
  });

  test('but a ledger that went to another owner is asked for there', () => {
    const orders = new Orders();
    orders.owns = false;
    expect(orders.give({ ...settle, ledgerId: 'bob', amount: '1' })).toEqual({
      outcome: 'unavailable',
    });
  });
});
