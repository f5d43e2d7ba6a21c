import { aLedgerId, ledgerOpened } from '#testing';
import type { OpenLedger } from '../commands';
import type { LedgerEvent, Limits } from '../events';
import { evolve, openLedger } from '../evolve';
import { MAX_SUM } from '../headroom';
import type { OpenRefusal } from '../refusals';
import type { LedgerState } from '../state';
import { decideChangeLimits } from './change-limits';
import { decideOpenLedger } from './open-ledger';

const opened = ledgerOpened({ limits: { maxBalance: 1000n, minBalance: -1000n } });
const command: OpenLedger = { ...opened, ledgerId: aLedgerId() };
const open = openLedger(aLedgerId(), opened);

function after(event: LedgerEvent): LedgerState {
  const ledger = openLedger(aLedgerId(), opened);
  evolve(ledger, event);
  return ledger;
}

describe('a ledger that does not exist', () => {
  test('is opened', () => {
    expect(decideOpenLedger(undefined, command)).toEqual({
      event: opened,
    });
  });

  test('is opened with its currency in capitals', () => {
    expect(decideOpenLedger(undefined, { ...command, currencyCode: 'usd' })).toEqual({
      event: opened,
    });
  });
});

describe('a ledger that is open', () => {
  test('and says the same is a repetition, whatever the case of its currency', () => {
    expect(decideOpenLedger(open, command)).toEqual({ repeated: true });
    expect(decideOpenLedger(open, { ...command, currencyCode: 'usd' })).toEqual({ repeated: true });
  });

  const others = { maxBalance: null, minBalance: -1n };

  test('takes other limits', () => {
    expect(decideOpenLedger(open, { ...command, limits: others })).toEqual({
      event: { type: 'LimitsChanged', limits: others, by: 'configuration' },
    });
  });

  const ordered = { maxBalance: 7n, minBalance: 0n };
  const byOrder = after({ type: 'LimitsChanged', limits: ordered, by: 'carol' });

  test('keeps the limits of an order while the configuration says nothing new', () => {
    expect(byOrder.limits).toEqual(ordered);
    expect(decideOpenLedger(byOrder, command)).toEqual({ repeated: true });
  });

  test.each([others, ordered])('ends an order by new limits of the configuration, %o', (limits) => {
    const event: LedgerEvent = { type: 'LimitsChanged', limits, by: 'configuration' };
    expect(decideOpenLedger(byOrder, { ...command, limits })).toEqual({ event });
    evolve(byOrder, event);
    expect(decideOpenLedger(byOrder, { ...command, limits })).toEqual({ repeated: true });
  });

  test('is left alone once it is closed', () => {
    const end: LedgerEvent = { type: 'LedgerClosed', balance: 0n, by: 'carol', reason: 'over' };
    expect(decideOpenLedger(after(end), { ...command, limits: others })).toEqual({
      repeated: true,
    });
  });

  test.each<[Partial<OpenLedger>, string, string, string]>([
    [{ prefix: 'test.bob.' }, 'prefix', 'test.alice.', 'test.bob.'],
    [{ currencyCode: 'EUR' }, 'currencyCode', 'USD', 'EUR'],
    [{ currencyScale: 2 }, 'currencyScale', '9', '2'],
    [{ account: 'us' }, 'account', 'server', 'us'],
    [{ peerAccount: 'them' }, 'peerAccount', 'client', 'them'],
    [{ authority: 'shadow' }, 'authority', 'admin', 'shadow'],
  ])('refuses %j, limits changed or not', (change, field, stored, wanted) => {
    for (const limits of [command.limits, { maxBalance: 5n, minBalance: 0n }]) {
      expect(decideOpenLedger(open, { ...command, limits, ...change })).toEqual({
        refusal: { kind: 'LedgerConflict', field, stored, wanted },
      });
    }
  });
});

describe('refusals, the most basic first', () => {
  const badLimits: Limits = { maxBalance: 0n, minBalance: 1n };

  test.each<[Partial<OpenLedger>, string, string]>([
    [{ prefix: 'test.alice' }, 'prefix', 'not-a-ledger-prefix'],
    [{ prefix: '' }, 'prefix', 'not-a-ledger-prefix'],
    [{ prefix: 'test.al ice.' }, 'prefix', 'not-a-ledger-prefix'],
    [{ account: '' }, 'account', 'not-an-account'],
    [{ account: 'a.b' }, 'account', 'not-an-account'],
    [{ account: 'a'.repeat(1013) }, 'account', 'not-an-account'],
    [{ peerAccount: 'ä' }, 'peerAccount', 'not-an-account'],
    [{ peerAccount: 'server' }, 'peerAccount', 'same'],
    [{ currencyCode: '' }, 'currencyCode', 'not-a-code'],
    [{ currencyCode: 'U D' }, 'currencyCode', 'not-a-code'],
    [{ currencyScale: 1.5 }, 'currencyScale', 'not-a-scale'],
    [{ currencyScale: Number.NaN }, 'currencyScale', 'not-a-scale'],
    [{ currencyScale: 65 }, 'currencyScale', 'not-a-scale'],
  ])('InvalidField %j, whatever its limits and whether it is open', (change, field, rule) => {
    const [value] = Object.values(change).map(String);
    for (const ledger of [undefined, open]) {
      expect(decideOpenLedger(ledger, { ...command, limits: badLimits, ...change })).toEqual({
        refusal: { kind: 'InvalidField', field, rule, value },
      });
    }
  });

  const refusal: OpenRefusal = {
    kind: 'InvalidLimits',
    field: 'minBalance',
    rule: 'must-not-be-positive',
    value: 1n,
    bound: 0n,
  };

  test('InvalidLimits before a conflict', () => {
    const conflicting = { ...command, limits: badLimits, currencyScale: 2 };
    expect(decideOpenLedger(open, conflicting)).toEqual({ refusal });
  });

  test.each<[Limits, keyof Limits, bigint, bigint]>([
    [{ maxBalance: MAX_SUM + 1n, minBalance: 1n }, 'maxBalance', MAX_SUM + 1n, MAX_SUM],
    [{ maxBalance: -MAX_SUM - 1n, minBalance: null }, 'maxBalance', -MAX_SUM - 1n, -MAX_SUM],
    [{ maxBalance: null, minBalance: -MAX_SUM - 1n }, 'minBalance', -MAX_SUM - 1n, -MAX_SUM],
    [{ maxBalance: null, minBalance: MAX_SUM + 1n }, 'minBalance', MAX_SUM + 1n, MAX_SUM],
  ])('InvalidLimits: no ledger gets there, %o', (limits, field, value, bound) => {
    const refused = {
      refusal: { kind: 'InvalidLimits', field, rule: 'out-of-range', value, bound },
    };
    expect(decideChangeLimits(open, { limits, by: 'carol' })).toEqual(refused);
    expect(decideOpenLedger(undefined, { ...command, limits })).toEqual(refused);
  });

  test('InvalidLimits: minBalance above zero, before maxBalance below it', () => {
    expect(decideChangeLimits(open, { limits: badLimits, by: 'carol' })).toEqual({ refusal });
  });

  test('InvalidLimits: maxBalance below minBalance', () => {
    expect(
      decideChangeLimits(open, { limits: { maxBalance: -3n, minBalance: -2n }, by: 'carol' }),
    ).toEqual({
      refusal: {
        kind: 'InvalidLimits',
        field: 'maxBalance',
        rule: 'must-not-be-below-min-balance',
        value: -3n,
        bound: -2n,
      },
    });
  });
});

describe('limits change', () => {
  test.each<Limits>([
    { maxBalance: null, minBalance: null },
    { maxBalance: -5n, minBalance: null },
    { maxBalance: -5n, minBalance: -5n },
    { maxBalance: 0n, minBalance: 0n },
    { maxBalance: 1000n, minBalance: null },
    { maxBalance: null, minBalance: -1000n },
    { maxBalance: MAX_SUM, minBalance: -MAX_SUM },
  ])('to %o', (limits) => {
    expect(decideChangeLimits(open, { limits, by: 'carol' })).toEqual({
      event: { type: 'LimitsChanged', limits, by: 'carol' },
    });
  });

  test('not on a closed ledger', () => {
    const end: LedgerEvent = { type: 'LedgerClosed', balance: 0n, by: 'carol', reason: 'over' };
    const limits = { maxBalance: 1n, minBalance: null };
    expect(decideChangeLimits(after(end), { limits, by: 'carol' })).toEqual({
      refusal: { kind: 'LedgerClosed', ledgerId: open.id },
    });
  });

  test('not by nobody', () => {
    const limits = { maxBalance: 1n, minBalance: null };
    expect(decideChangeLimits(open, { limits, by: '' })).toEqual({
      refusal: {
        kind: 'InvalidText',
        field: 'by',
        rule: 'must-not-be-empty',
        length: 0,
        maximum: 500,
      },
    });
  });

  test('not to what they are', () => {
    expect(decideChangeLimits(open, { limits: { ...open.limits }, by: 'carol' })).toEqual({
      repeated: true,
    });
  });
});
