import fc from 'fast-check';
import {
  BY_CONFIGURATION,
  decideConfigured,
  decideConfirmed,
  decideFetched,
  decideSet,
  decideWithdrawal,
  evolveRates,
  impossibleRates,
  type LoggedRatesEvent,
  type NewSheet,
  NO_RATES,
  type RatesEvent,
  type RatesHistory,
} from '.';

const SOURCE = 'https://rates.example/daily';
const MAX_AGE = 20;

const sheet = (source: string, usd = '1.1', base = 'EUR'): NewSheet => ({
  source,
  fetchedAtMs: 5,
  base,
  rates: { USD: usd },
});
const published: RatesEvent = { type: 'RatesPublished', sheet: sheet(SOURCE) };
const set: RatesEvent = { type: 'RatesSet', sheet: sheet('table') };
const withdrawn: RatesEvent = { type: 'RatesWithdrawn', reason: 'too-old' };
const confirmed: RatesEvent = { type: 'RatesConfirmed', fetchedAtMs: 6 };
const restored: RatesEvent = { type: 'RatesRestored', fetchedAtMs: 7 };

const logged = (event: RatesEvent, sequence: number, by = BY_CONFIGURATION): LoggedRatesEvent => ({
  ...event,
  sequence,
  by,
});
const after = (events: readonly RatesEvent[]): RatesHistory =>
  events.map((event, index) => logged(event, index + 1)).reduce(evolveRates, NO_RATES);

test.each<[string, readonly RatesEvent[], RatesEvent, string, RegExp]>([
  ['confirms nothing', [], confirmed, 'quoter', /no rates/],
  ['confirms what is withdrawn', [published, withdrawn], confirmed, 'quoter', /too-old/],
  ['confirms no later than before', [published, confirmed], confirmed, 'quoter', /^6$/],
  ['withdraws nothing', [], withdrawn, 'quoter', /no rates/],
  ['withdraws twice', [published, withdrawn], withdrawn, 'quoter', /too-old/],
  ['restores what is in force', [published], restored, 'quoter', /in force/],
  ['publishes the same again', [published], published, 'quoter', /version 1/],
  ['publishes what is to be restored', [published, withdrawn], published, 'quoter', /version 1/],
  ['publishes a table', [], { ...published, sheet: sheet('table') }, 'quoter', /table/],
  ['sets the rates of a source', [], { ...set, sheet: sheet(SOURCE) }, 'carol', /https/],
  ['changes no table', [published], set, 'carol', /https/],
  ['changes nothing there', [], set, 'carol', /no rates/],
  ['sets the same again', [set], set, 'carol', /version 1/],
  ['sets another base', [set], { ...set, sheet: sheet('table', '2', 'GBP') }, 'carol', /GBP/],
])('what %s is found', (_what, events, event, by, found) => {
  const impossible = impossibleRates(after(events), logged(event, events.length + 1, by));
  expect(impossible?.found).toMatch(found);
});

test.each([1, 3])('a gap or a repetition of the sequence is found: %i', (sequence) => {
  const found = impossibleRates(after([published]), logged(confirmed, sequence));
  expect(found).toEqual({ expected: 'sequence 2', found: `sequence ${sequence}` });
});

type Step = (history: RatesHistory, nowMs: number) => readonly [RatesEvent | undefined, string];

const aRate = fc.constantFrom('1.1', '1.2');
const aStep: fc.Arbitrary<Step> = fc.oneof(
  fc
    .tuple(aRate, fc.constantFrom(SOURCE, 'https://elsewhere.example/'))
    .map(([usd, source]): Step => (history, fetchedAtMs) => [
      decideFetched(history, { ...sheet(source, usd), fetchedAtMs }, MAX_AGE),
      'quoter',
    ]),
  fc
    .constantFrom(SOURCE, 'table')
    .map((source): Step => (history, nowMs) => [
      decideWithdrawal(history, { source, nowMs, maxAgeMs: MAX_AGE }),
      'quoter',
    ]),
  fc
    .nat({ max: 9 })
    .map((ago): Step => (history, nowMs) => [
      decideConfirmed(history, { seenAtMs: nowMs - ago, nowMs, maxAgeMs: MAX_AGE }),
      'quoter',
    ]),
  aRate.map((usd): Step => (history, nowMs) => [
    decideConfigured(history, { base: 'EUR', rates: { USD: usd } }, nowMs),
    BY_CONFIGURATION,
  ]),
  aRate.map((usd): Step => (history, nowMs) => [
    history.sheet?.source === 'table' ? decideSet(history, { USD: usd }, nowMs) : undefined,
    'carol',
  ]),
);

test('whatever is decided can be', () => {
  let seen = 0;
  const steps = fc.array(fc.tuple(aStep, fc.nat({ max: 15 })), { maxLength: 40 });
  fc.assert(
    fc.property(steps, (taken) => {
      let history = NO_RATES;
      let nowMs = 0;
      for (const [step, passed] of taken) {
        nowMs += passed;
        const [event, by] = step(history, nowMs);
        if (event === undefined) continue;
        const next = logged(event, history.sequence + 1, by);
        expect(impossibleRates(history, next)).toBeUndefined();
        history = evolveRates(history, next);
        seen += 1;
      }
    }),
  );
  expect(seen).toBeGreaterThan(100);
});
