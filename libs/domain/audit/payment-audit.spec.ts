import type { AuditProblem } from './audit-problem';
import type { Leg } from './leg';
import { auditIdentities, auditPayments, noPayments } from './payment-audit';

const INCOMING = '00000000-0000-4000-8000-000000000001';
const OUTGOING = '00000000-0000-4000-8000-000000000002';
const OTHER = '00000000-0000-4000-8000-000000000003';

const incoming = (change: Partial<Leg> = {}): Leg => ({
  ledger: 'alice',
  transfer: INCOMING,
  direction: 'incoming',
  status: 'fulfilled',
  amount: 100n,
  condition: Buffer.alloc(32, 1),
  expiresAtMs: 10_000,
  beganVersion: 2,
  lastVersion: 3,
  packetDigest: Buffer.alloc(32, 2),
  link: { kind: 'forward', ledger: 'bob', transfer: OUTGOING, amount: 98n, expiresAtMs: 9_000 },
  ...change,
});

const outgoing = (change: Partial<Leg> = {}): Leg => ({
  ...incoming(),
  ledger: 'bob',
  transfer: OUTGOING,
  direction: 'outgoing',
  amount: 98n,
  expiresAtMs: 9_000,
  link: { kind: 'cause', ledger: 'alice', transfer: INCOMING, amount: 100n },
  ...change,
});

function audit(legs: readonly Leg[], incomplete: readonly string[] = []) {
  const problems: AuditProblem[] = [];
  const counts = noPayments();
  const scope = { isComplete: (ledger: string) => !incomplete.includes(ledger) };
  auditPayments(legs, scope, { counts, tell: (problem) => problems.push(problem) });
  return { rules: problems.map(({ rule, transfer }) => `${rule} ${transfer ?? ''}`), counts };
}

const FINAL = ['fulfilled', 'rejected', 'expired'] as const;
const OPEN = ['proposed', 'prepared', 'submitted'] as const;

describe('how both legs of a payment ended:', () => {
  test.each([
    ['fulfilled', 'fulfilled'],
    ['rejected', 'rejected'],
    ['expired', 'rejected'],
    ['rejected', 'expired'],
  ] as const)('%s here and %s there is in order', (here, there) => {
    const { rules, counts } = audit([incoming({ status: here }), outgoing({ status: there })]);
    expect(rules).toEqual([]);
    expect(counts).toEqual({ payments: 1, unfinished: 0, losses: 0 });
  });

  test.each(OPEN)('while one is %s, the payment is unfinished and not wrong', (status) => {
    const open = audit([incoming({ status }), outgoing()]);
    expect(open).toEqual({ rules: [], counts: { payments: 1, unfinished: 1, losses: 0 } });
    const rolledBack = audit([incoming({ status: 'rejected' }), outgoing({ status })]);
    expect(rolledBack.rules).toEqual([]);
    expect(rolledBack.counts.unfinished).toBe(1);
  });

  test.each(['rejected', 'expired'] as const)('paid there and %s here is a loss', (status) => {
    const { rules, counts } = audit([outgoing(), incoming({ status })]);
    expect(rules).toEqual([`loss ${OUTGOING}`]);
    expect(counts.losses).toBe(1);
  });

  test.each([...OPEN, 'rejected', 'expired'] as const)(
    'taken here while it is %s there is a theft',
    (status) => {
      const { rules } = audit([incoming(), outgoing({ status })]);
      expect(rules).toEqual([`taken-without-paying ${INCOMING}`]);
    },
  );
});

describe('a leg without the other one:', () => {
  test.each([...FINAL, ...OPEN])(
    'an outgoing one that is %s and was ordered needs no cause',
    (status) => {
      const link = { kind: 'ordered' } as const;
      expect(audit([outgoing({ status, link })]).rules).toEqual([]);
    },
  );

  test('nothing follows from what was ordered: it is no cause, and cannot be forwarded twice', () => {
    const ordered = outgoing({ link: { kind: 'ordered' } });
    expect(audit([incoming(), outgoing(), { ...ordered, transfer: OTHER }]).rules).toEqual([]);
  });

  test.each(FINAL)('an outgoing one that is %s needs the cause that it names', (status) => {
    expect(audit([outgoing({ status })]).rules).toEqual([`cause ${OUTGOING}`]);
    expect(audit([outgoing({ status })], ['alice']).rules).toEqual([]);
  });

  test('money that went out for nothing', () => {
    const link = { kind: 'none' } as const;
    expect(audit([outgoing({ link })]).rules).toEqual([`cause ${OUTGOING}`]);
    expect(audit([outgoing({ link, status: 'rejected' })]).rules).toEqual([]);
  });

  test('money that was taken for nothing', () => {
    for (const link of [incoming().link, { kind: 'refuse' }, { kind: 'none' }] as const) {
      expect(audit([incoming({ link })]).rules).toEqual([`taken-without-paying ${INCOMING}`]);
    }
    expect(audit([incoming()], ['bob']).rules).toEqual([]);
    expect(audit([incoming({ status: 'rejected' })]).rules).toEqual([]);
  });

  test('two payers may make us send under one id: the refused one is no leg of the other', () => {
    const refused = incoming({ transfer: OTHER, status: 'rejected' });
    expect(audit([incoming(), outgoing(), refused]).rules).toEqual([]);
  });
});

test('a payment is forwarded once', () => {
  const again = outgoing({ transfer: OTHER });
  expect(audit([incoming(), outgoing(), again]).rules).toEqual([`forwarded-twice ${OTHER}`]);
});

describe('the outgoing leg is what the plan says:', () => {
  const plan = { kind: 'forward', ledger: 'bob', transfer: OUTGOING } as const;
  test.each<[string, Leg, Leg]>([
    ['plan: kind', incoming({ link: { kind: 'refuse' } }), outgoing()],
    [
      'plan: ledger',
      incoming({ link: { ...plan, ledger: 'carol', amount: 98n, expiresAtMs: 9_000 } }),
      outgoing(),
    ],
    [
      'plan: transfer',
      incoming({ link: { ...plan, transfer: OTHER, amount: 98n, expiresAtMs: 9_000 } }),
      outgoing(),
    ],
    ['plan: amount', incoming(), outgoing({ amount: 99n })],
    ['plan: expiry', incoming(), outgoing({ expiresAtMs: 9_001 })],
    [
      'cause: amount',
      incoming(),
      outgoing({ link: { kind: 'cause', ledger: 'alice', transfer: INCOMING, amount: 101n } }),
    ],
    ['condition', incoming(), outgoing({ condition: Buffer.alloc(32, 9) })],
    ['packet', incoming(), outgoing({ packetDigest: Buffer.alloc(32, 9) })],
    ['expiry', incoming({ expiresAtMs: 8_999 }), outgoing()],
  ])('%s', (rule, one, other) => {
    expect(audit([one, other]).rules).toEqual([`${rule} ${OUTGOING}`]);
  });
});

test('an id begins once on its ledger, and may begin on every ledger', () => {
  const problems: AuditProblem[] = [];
  const again = incoming({ beganVersion: 9 });
  auditIdentities([incoming(), outgoing(), incoming({ ledger: 'bob' }), again], (problem) =>
    problems.push(problem),
  );
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatchObject({
    rule: 'begun-twice',
    ledger: 'alice',
    transfer: INCOMING,
    found: 'another at version 2',
  });
});
