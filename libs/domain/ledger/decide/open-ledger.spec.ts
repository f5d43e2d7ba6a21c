import { aLedgerId, ledgerOpened } from '#testing';
import type { OpenLedger } from '../commands';
import type { Limits } from '../events';
import { openLedger } from '../evolve';
import type { OpenRefusal } from '../refusals';
import { decideChangeLimits } from './change-limits';
import { decideOpenLedger } from './open-ledger';

const opened = ledgerOpened({ limits: { maxBalance: 1000n, minBalance: -1000n } });
const command: OpenLedger = { ...opened, ledgerId: aLedgerId() };
const open = openLedger(aLedgerId(), opened);

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

  test('takes other limits', () => {
    const limits = { maxBalance: null, minBalance: -1n };
    expect(decideOpenLedger(open, { ...command, limits })).toEqual({
      event: { type: 'LimitsChanged', limits },
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

  test('InvalidLimits: minBalance above zero, before maxBalance below it', () => {
    expect(decideChangeLimits(open, { limits: badLimits })).toEqual({ refusal });
  });

  test('InvalidLimits: maxBalance below minBalance', () => {
    expect(decideChangeLimits(open, { limits: { maxBalance: -3n, minBalance: -2n } })).toEqual({
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
  ])('to %o', (limits) => {
    expect(decideChangeLimits(open, { limits })).toEqual({
      event: { type: 'LimitsChanged', limits },
    });
  });

  test('not to what they are', () => {
    expect(decideChangeLimits(open, { limits: { ...open.limits } })).toEqual({ repeated: true });
  });
});
