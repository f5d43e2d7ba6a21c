import type { PaymentOutcome } from './historic-peer.messages';
import { planPayments, sourceAmountFor } from './payment-plan';
import { disagreements, expectedBalances, reckon, surprises } from './reckoning';

function outcome(
  name: PaymentOutcome['outcome'],
  amount: string,
  delivers: string,
): PaymentOutcome {
  const rest = { label: 'x', asked: 'fulfill', accepted: true, sends: 1, latencyMs: 1 } as const;
  return { ...rest, outcome: name, amount, delivers };
}

describe('the reckoning of the demo', () => {
  it('sums up what was fulfilled, in both directions, and nothing else', () => {
    const balances = expectedBalances({
      there: [outcome('fulfilled', '102', '100'), outcome('rejected', '51', '50')],
      back: [outcome('fulfilled', '12', '10'), outcome('expired', '7', '5')],
    });
    expect(Object.fromEntries(balances)).toEqual({ alice: 92n, bob: -88n });
  });

  it('finds nothing when all three opinions agree', () => {
    const expected = new Map([['alice', 5n]]);
    expect(disagreements(reckon([{ ledger: 'alice', ours: '5', peer: '-5' }], expected))).toEqual(
      [],
    );
  });

  it('names the ledger and both numbers when the peer counts otherwise', () => {
    const rows = reckon([{ ledger: 'alice', ours: '5', peer: '-4' }], new Map([['alice', 5n]]));
    expect(rows[0]?.difference).toBe('1');
    expect(disagreements(rows)).toEqual([
      'ledger alice: the connector has 5, the peer has counted -4',
    ]);
  });

  it('names the ledger when both agree on what the payments do not add up to', () => {
    const rows = reckon([{ ledger: 'bob', ours: '-6', peer: '6' }], new Map([['bob', -5n]]));
    expect(disagreements(rows)).toEqual([
      'ledger bob: the connector has -6, the payments add up to -5',
    ]);
  });
});

describe('the verdict on each payment', () => {
  const fulfilled = outcome('fulfilled', '2', '1');

  it.each<Partial<PaymentOutcome>>([
    {},
    { asked: 'wrong-then-right' },
    { asked: 'delay' },
    { asked: 'ignore', outcome: 'expired' },
    { asked: 'reject', outcome: 'rejected', code: 'F99' },
  ])('has nothing to say about %p', (more) => {
    expect(surprises({ there: [{ ...fulfilled, ...more }], back: [] })).toEqual([]);
  });

  it.each<Partial<PaymentOutcome>>([
    { outcome: 'rejected', code: 'F02' },
    { asked: 'reject' },
    { asked: 'ignore' },
    { asked: 'reject', outcome: 'rejected', code: 'F02' },
    { outcome: 'unresolved' },
    { outcome: 'refused' },
  ])('names the payment of %p', (more) => {
    const [line, ...others] = surprises({ there: [], back: [{ ...fulfilled, ...more }] });
    expect(line).toContain('payment x');
    expect(others).toEqual([]);
  });
});

describe('the plan of payments', () => {
  it('has one that expires, one wrong fulfillment, and rejects one in ten', () => {
    const kinds = planPayments({ count: 100, name: 'a', to: 'test.bob.server' }).map(
      ({ behaviour }) => behaviour.kind,
    );
    const count = (kind: string): number => kinds.filter((other) => other === kind).length;
    expect(['ignore', 'wrong-then-right', 'reject', 'fulfill'].map(count)).toEqual([1, 1, 10, 88]);
  });

  it('gives every payment a label of its own', () => {
    const labels = planPayments({ count: 250, name: 'a', to: 'test.bob.server' }).map(
      ({ label }) => label,
    );
    expect(new Set(labels).size).toBe(250);
  });

  it.each([1n, 999n, 1_000_000n, 123_456_789n])(
    'pays enough on top for %s to arrive',
    (delivers) => {
      const paid = sourceAmountFor(delivers);
      const afterSpread = (paid * 998n) / 1000n;
      expect(afterSpread).toBeGreaterThanOrEqual(delivers);
      expect(afterSpread).toBeLessThanOrEqual(delivers + 3n);
    },
  );
});
