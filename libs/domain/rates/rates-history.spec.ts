import fc from 'fast-check';
import { RateError } from './rate-error';
import type { NewSheet } from './rate-sheet';
import { BY_CONFIGURATION, RATES_EVENT_TYPES, type RatesEvent } from './rates-event';
import {
  decideConfigured,
  decideConfirmed,
  decideFetched,
  decideWithdrawal,
  evolveRates,
  historyOfNewest,
  NO_RATES,
  type RatesHistory,
} from './rates-history';
import { ratesInForce, standingOf } from './rates-in-force';
import { decideSet } from './set-rates';

const SOURCE = 'https://rates.example/daily';
const MAX_AGE = 1_000;
const fetched = (fetchedAtMs: number, usd = '1.1'): NewSheet => ({
  source: SOURCE,
  fetchedAtMs,
  base: 'EUR',
  rates: { USD: usd },
});
const table = (usd: string) => ({ base: 'EUR', rates: { USD: usd } });

function after(
  history: RatesHistory,
  ...events: readonly (RatesEvent | undefined)[]
): RatesHistory {
  return byWhom('quoter', history, ...events);
}

function byWhom(
  by: string,
  history: RatesHistory,
  ...events: readonly (RatesEvent | undefined)[]
): RatesHistory {
  let folded = history;
  for (const event of events) {
    if (event === undefined) throw new Error('nothing was decided');
    folded = evolveRates(folded, { ...event, sequence: folded.sequence + 1, by });
  }
  return folded;
}

const standing = (history: RatesHistory, nowMs: number, source = SOURCE): unknown =>
  standingOf(history, { source, maxAgeMs: MAX_AGE, nowMs });

describe('what a source says', () => {
  it('is put on record when it is new, and a version is that of its event', () => {
    const first = after(NO_RATES, decideFetched(NO_RATES, fetched(5), MAX_AGE));
    expect(first.sheet).toEqual({ ...fetched(5), version: 1 });
    const second = after(first, decideFetched(first, fetched(9, '1.2'), MAX_AGE));
    expect(second).toMatchObject({ version: 2, confirmedAtMs: 9, sheet: fetched(9, '1.2') });
  });

  it('is not put on record again, but for a sign of life each quarter of the greatest age', () => {
    const history = after(NO_RATES, decideFetched(NO_RATES, fetched(0), MAX_AGE));
    expect(decideFetched(history, fetched(249), MAX_AGE)).toBeUndefined();
    const confirmed = after(history, decideFetched(history, fetched(250), MAX_AGE));
    expect(confirmed).toMatchObject({ sequence: 2, version: 1, confirmedAtMs: 250 });
    expect(decideFetched(confirmed, fetched(499), MAX_AGE)).toBeUndefined();
  });

  it('is withdrawn at its greatest age, once, and is back when it is heard again', () => {
    const history = after(NO_RATES, decideFetched(NO_RATES, fetched(0), MAX_AGE));
    const at = (nowMs: number, from = history) =>
      decideWithdrawal(from, { source: SOURCE, nowMs, maxAgeMs: MAX_AGE });
    expect(at(999)).toBeUndefined();
    expect(standing(history, 999)).toEqual({ state: 'fresh', staleAtMs: 1_000 });
    expect(standing(history, 1_000)).toEqual({ state: 'stale', staleAtMs: 1_000 });
    const stale = after(history, at(1_000));
    expect(stale).toMatchObject({ version: 2, withdrawn: 'too-old' });
    expect(at(2_000, stale)).toBeUndefined();
    expect(standing(stale, 10)).toMatchObject({ state: 'stale' });
    const back = after(stale, decideFetched(stale, fetched(3_000), MAX_AGE));
    expect(back).toMatchObject({ version: 3, sheet: { version: 1 } });
    expect(standing(back, 3_999)).toEqual({ state: 'fresh', staleAtMs: 4_000 });
  });

  it('that was heard and not put on record counts before anything is withdrawn', () => {
    const history = after(NO_RATES, decideFetched(NO_RATES, fetched(0), MAX_AGE));
    const times = { seenAtMs: 200, maxAgeMs: MAX_AGE };
    expect(decideConfirmed(history, { ...times, nowMs: 249 })).toBeUndefined();
    const told = after(history, decideConfirmed(history, { ...times, nowMs: 300 }));
    expect(told.confirmedAtMs).toBe(200);
    expect(decideConfirmed(told, { ...times, nowMs: 900 })).toBeUndefined();
  });

  it('is not what another source said', () => {
    const history = after(NO_RATES, decideFetched(NO_RATES, fetched(0), MAX_AGE));
    expect(standing(history, 1, 'https://elsewhere')).toEqual({
      state: 'unknown',
      staleAtMs: null,
    });
    const other = { source: 'https://elsewhere', nowMs: 1, maxAgeMs: MAX_AGE };
    const withdrawn = after(history, decideWithdrawal(history, other));
    expect(withdrawn.withdrawn).toBe('other-source');
  });
});

describe('the table of the configuration', () => {
  const configured = byWhom(
    BY_CONFIGURATION,
    NO_RATES,
    decideConfigured(NO_RATES, table('1.1'), 1),
  );

  it('is set once', () => {
    expect(configured.sheet).toMatchObject({ source: 'table', version: 1, fetchedAtMs: 1 });
    expect(decideConfigured(configured, table('1.1'), 2)).toBeUndefined();
    expect(standing(configured, 10_000_000, 'table')).toEqual({ state: 'fresh', staleAtMs: null });
  });

  it('does not undo what an operator has set, until it says something new', () => {
    const ordered = byWhom('carol', configured, decideSet(configured, { USD: '1.2' }, 5));
    expect(ordered.sheet?.rates).toEqual({ USD: '1.2' });
    expect(decideConfigured(ordered, table('1.1'), 6)).toBeUndefined();
    const again = byWhom(BY_CONFIGURATION, ordered, decideConfigured(ordered, table('1.2'), 7));
    expect(again.configured).toEqual(table('1.2'));
    expect(decideConfigured(again, table('1.2'), 8)).toBeUndefined();
  });

  it('is set anew when the rates came from elsewhere since', () => {
    const other = after(configured, decideFetched(configured, fetched(9), MAX_AGE));
    expect(decideConfigured(other, table('1.1'), 10)).toMatchObject({ type: 'RatesSet' });
  });
});

describe('an operator', () => {
  const configured = byWhom(
    BY_CONFIGURATION,
    NO_RATES,
    decideConfigured(NO_RATES, table('1.1'), 1),
  );

  it('adds, changes and takes away single rates', () => {
    const event = decideSet(configured, { gbp: '0.860', USD: '1.1' }, 5);
    const set = byWhom('carol', configured, event);
    expect(set.sheet?.rates).toEqual({ GBP: '0.86', USD: '1.1' });
    expect(byWhom('carol', set, decideSet(set, { USD: null }, 6)).sheet?.rates).toEqual({
      GBP: '0.86',
    });
  });

  it('orders nothing by what is so already', () => {
    expect(decideSet(configured, { USD: '1.10', EUR: '1', JPY: null }, 5)).toBeUndefined();
  });

  it.each([
    [{ USD: '-1' }, 'USD', 'negative'],
    [{ USD: null }, 'rates', 'no-rates'],
    [{ EUR: '2' }, 'EUR', 'base-not-one'],
    [{ EUR: null }, 'EUR', 'base-not-one'],
    [{ USD: '1', usd: '2' }, 'USD', 'twice'],
    [{ DOLLAR: '1' }, 'DOLLAR', 'not-three-letters'],
  ])('is refused %j for %s: %s', (changes, field, rule) => {
    const work = () => decideSet(configured, changes, 5);
    expect(work).toThrow(expect.objectContaining({ field, rule }) as RateError);
  });

  it('has no table to change where rates are fetched', () => {
    const other = after(NO_RATES, decideFetched(NO_RATES, fetched(9), MAX_AGE));
    expect(() => decideSet(other, { USD: '1' }, 5)).toThrow(RateError);
  });
});

const aTime = fc.nat({ max: 9 });
const aSheet = fc.record({
  source: fc.constantFrom('table', SOURCE),
  fetchedAtMs: aTime,
  base: fc.constant('EUR'),
  rates: fc.record({ USD: fc.constantFrom('1.1', '1.2') }),
});
const anEvent: fc.Arbitrary<RatesEvent> = fc.oneof(
  fc.record({
    type: fc.constantFrom('RatesPublished' as const, 'RatesSet' as const),
    sheet: aSheet,
  }),
  fc.record({
    type: fc.constantFrom('RatesConfirmed' as const, 'RatesRestored' as const),
    fetchedAtMs: aTime,
  }),
  fc.record({
    type: fc.constant('RatesWithdrawn' as const),
    reason: fc.constantFrom('too-old' as const, 'other-source' as const),
  }),
);
const aLoggedEvent = fc
  .tuple(anEvent, fc.constantFrom(BY_CONFIGURATION, 'carol'))
  .map(([event, by]) => ({ ...event, by }));

describe('the log', () => {
  it('has no gaps', () => {
    const event: RatesEvent = { type: 'RatesConfirmed', fetchedAtMs: 6 };
    expect(() => evolveRates(NO_RATES, { ...event, sequence: 2, by: 'x' })).toThrow(RangeError);
  });

  it('is known by its newest events as well as by all of them, whatever happened', () => {
    fc.assert(
      fc.property(fc.array(aLoggedEvent, { maxLength: 30 }), fc.boolean(), (drawn, isTurned) => {
        const log = drawn.map((event, index) => ({ ...event, sequence: index + 1 }));
        const few = [
          ...RATES_EVENT_TYPES.map((type) => log.findLast((event) => event.type === type)),
          log.findLast(({ type, by }) => type === 'RatesSet' && by === BY_CONFIGURATION),
        ].filter((event) => event !== undefined);
        const found = historyOfNewest(isTurned ? few.reverse() : few);
        expect(found).toEqual(log.reduce(evolveRates, NO_RATES));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('what is in force', () => {
  const said = {
    version: 3,
    state: 'fresh',
    base: 'EUR',
    rates: { USD: '2' },
    staleAt: '1970-01-01T00:00:00.050Z',
  } as const;

  it('is the table while it is fresh', () => {
    const rates = ratesInForce(said, 49);
    if (rates.state !== 'fresh') throw new Error(rates.state);
    expect(rates.table.rate('EUR', 'USD')).toEqual({ numerator: 2n, denominator: 1n });
    expect(rates.version).toBe(3);
  });

  it('is nothing from the moment on at which it is too old, heard of or not', () => {
    expect(ratesInForce(said, 50)).toEqual({ state: 'stale' });
    expect(ratesInForce({ ...said, state: 'stale' }, 1)).toEqual({ state: 'stale' });
    expect(ratesInForce({ ...said, state: 'unknown', base: null }, 1)).toEqual({
      state: 'unknown',
    });
  });

  it('is one to one where that is said', () => {
    const nothing = { version: 0, base: null, rates: null, staleAt: null };
    expect(ratesInForce({ ...nothing, state: 'one-to-one' }, 1)).toEqual({ state: 'one-to-one' });
  });
});
