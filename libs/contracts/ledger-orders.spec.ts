import fc from 'fast-check';
import { readLedgerOrder, type LedgerOrder } from './ledger-orders';

const given = { ledgerId: 'alice', by: 'carol' };

const ORDERS: readonly LedgerOrder[] = [
  { ...given, kind: 'change-limits', maxBalance: '1500', minBalance: null },
  { ...given, kind: 'change-limits', minBalance: '-7' },
  { ...given, kind: 'change-thresholds', low: '-10', high: '10', settleTo: '0' },
  { ...given, kind: 'change-thresholds', settleTo: null },
  { ...given, kind: 'pause', reason: 'maintenance' },
  { ...given, kind: 'resume', reason: 'done' },
  { ...given, kind: 'drain', reason: 'leaving' },
  { ...given, kind: 'close', reason: 'left' },
  { ...given, kind: 'close', reason: 'left', balance: '-3' },
  { ...given, kind: 'settle', reference: 'R1', direction: 'paid', amount: '500' },
  { ...given, kind: 'reverse-settlement', reference: 'R2', reverses: 'R1', reason: 'bounced' },
  { ...given, kind: 'reconcile', theirs: '-40', note: 'they are right' },
];

const settle = {
  ...given,
  kind: 'settle',
  reference: 'R1',
  direction: 'paid',
  amount: '500',
} as const;

const problemsOf = (written: unknown): unknown => {
  const reading = readLedgerOrder(written);
  return 'problems' in reading ? reading.problems : reading;
};

describe('an order', () => {
  test.each(ORDERS)('can be read: %j', (order) => {
    expect(readLedgerOrder(JSON.parse(JSON.stringify(order)))).toEqual({ order });
  });

  const refusedWith = (change: object): unknown => problemsOf({ ...settle, ...change });

  test.each<[string, object, string, RegExp]>([
    ['an exponent', { amount: '1e3' }, 'amount', /must be a whole number .*, not "1e3"/],
    ['a leading zero', { amount: '01' }, 'amount', /without leading zeros, not "01"/],
    ['minus zero', { amount: '-0' }, 'amount', /without leading zeros, not "-0"/],
    ['a plus', { amount: '+1' }, 'amount', /must be a whole number .*, not "\+1"/],
    ['decimals', { amount: '1.5' }, 'amount', /must be a whole number .*, not "1.5"/],
    ['nothing', { amount: '' }, 'amount', /must be a whole number .*, not ""/],
    ['a space', { amount: ' 1' }, 'amount', /must be a whole number .*, not " 1"/],
    ['a line break', { amount: '1\n' }, 'amount', /must be a whole number .*, not "1\\n"/],
    ['other digits', { amount: '١' }, 'amount', /must be a whole number/],
    ['a number', { amount: 5 }, 'amount', /must be a whole number of base units as text/],
    ['no amount', { amount: undefined }, 'amount', /^is required$/],
    ['null', { amount: null }, 'amount', /must be a whole number/],
    [
      'too many digits',
      { amount: '1'.repeat(40) },
      'amount',
      /^has 40 digits, at most 39 are read$/,
    ],
    ['a third direction', { direction: 'both' }, 'direction', /^must be paid or received$/],
    ['no reference', { reference: undefined }, 'reference', /^is required$/],
    ['a numeric reference', { reference: 7 }, 'reference', /^must be a text$/],
    ['an unknown member', { fee: '1' }, 'fee', /^is not known in this order$/],
    ['an unknown kind', { kind: 'print' }, 'kind', /^must be the kind of an order$/],
    ['no ledger', { ledgerId: 'Alice!' }, 'ledgerId', /must be the id of a ledger/],
    ['nobody', { by: undefined }, 'by', /^is required$/],
  ])('with %s is refused by field and rule', (_, change, field, rule) => {
    expect(refusedWith(change)).toEqual([{ field, rule: expect.stringMatching(rule) as unknown }]);
  });

  test('names everything that is wrong', () => {
    expect(refusedWith({ amount: 'x', direction: 'x', fee: 1 })).toEqual(
      expect.arrayContaining(
        ['amount', 'direction', 'fee'].map(
          (field) => expect.objectContaining({ field }) as unknown,
        ),
      ),
    );
  });

  test.each(['change-limits', 'change-thresholds'])('of %s changes something', (kind) => {
    expect(problemsOf({ ...given, kind })).toEqual([
      expect.objectContaining({ rule: expect.stringMatching(/^is required, unless/) as unknown }),
    ]);
  });

  test.each([undefined, null, 'settle', 7, [], [settle]])('is an object, not %j', (written) => {
    const [problem] = problemsOf(written) as { field: string }[];
    expect(['order', 'kind']).toContain(problem?.field);
  });

  test('repeats no more than the beginning of a long text', () => {
    expect(JSON.stringify(refusedWith({ amount: 'x'.repeat(10_000) })).length).toBeLessThan(200);
  });

  test('never changes an amount that it reads', () => {
    const size = 10n ** 39n - 1n;
    fc.assert(
      fc.property(fc.bigInt({ min: -size, max: size }), (amount) => {
        const order = { ...settle, amount: amount.toString() };
        expect(readLedgerOrder(order)).toEqual({ order });
      }),
    );
  });
});
