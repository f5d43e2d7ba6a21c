import fc from 'fast-check';
import type { PaymentPlan } from '#domain/ledger';
import { RoutingTables } from '#domain/routing';
import { planAtOnce } from '../../../test/support/at-once';
import { NOW, packet, planRequest, QUOTED, SETTINGS } from '../../../test/support/plan-requests';
import vectors from '../../../test/vectors/vectors.json';
import { planPayment, type PlanRequest } from './plan-payment';

const table = RoutingTables.build(
  [
    { ledgerId: 'ledger-a', prefix: 'a.', currencyScale: 2, account: 'mark' },
    { ledgerId: 'ledger-b', prefix: 'b.', currencyScale: 4, account: 'mark' },
    { ledgerId: 'ledger-d', prefix: 'd.', currencyScale: 0, account: 'mark' },
  ],
  {
    spreadPpm: 2000n,
    minMessageWindowMs: 1000,
    staticRoutes: [
      { targetPrefix: 'c.', connectorLedger: 'b.', connectorAccount: 'b.bob' },
      { targetPrefix: 'b.bob.deep.', connectorLedger: 'd.', connectorAccount: 'd.dora' },
      { targetPrefix: 'off.', connectorLedger: 'e.', connectorAccount: 'e.eve' },
    ],
  },
);

const OVER_BOB = { ledgerId: 'ledger-b', account: 'b.bob', routeKey: 'c.' };
expect(table.quote(OVER_BOB, QUOTED)).toBe(true);
const OVER_DORA = { ledgerId: 'ledger-d', account: 'd.dora', routeKey: 'b.bob.deep.' };
expect(table.quote(OVER_DORA, { ...QUOTED, key: 'b.bob.deep.' })).toBe(true);

const plan = (change: Partial<PlanRequest> = {}): PaymentPlan =>
  planAtOnce(table, planRequest({ packet: packet('b.bob', 9980n), ...change }));

test('where a rate is not known or too old, a payment may be tried again later', () => {
  const tables = RoutingTables.build(
    [
      {
        ledgerId: 'ledger-a',
        prefix: 'a.',
        currencyScale: 2,
        currencyCode: 'USD',
        account: 'mark',
      },
      {
        ledgerId: 'ledger-b',
        prefix: 'b.',
        currencyScale: 4,
        currencyCode: 'EUR',
        account: 'mark',
      },
    ],
    { spreadPpm: 0n, minMessageWindowMs: 1000, staticRoutes: [] },
  );
  const planned = (unpriced: 'rates-stale' | 'rates-unknown' | undefined): PaymentPlan => {
    tables.reprice(() => unpriced && { unpriced });
    return planAtOnce(tables, planRequest({ packet: packet('b.bob', 9980n) }));
  };
  const triggeredBy = 'a.mark';
  expect(planned('rates-unknown')).toEqual({
    kind: 'refuse',
    code: 'T01',
    message: 'No exchange rate is known yet: USD to EUR',
    triggeredBy,
  });
  expect(planned('rates-stale')).toEqual({
    kind: 'refuse',
    code: 'T01',
    message: 'The exchange rate is too old to be used: USD to EUR',
    triggeredBy,
  });
  expect(planned(undefined)).toMatchObject({ kind: 'refuse', code: 'F02' });
});

describe('payments as connector 21.1.10 handles them', () => {
  // What history did not check, is checked here: see below.
  const others = ['bad-packet', 'next-hop-underpaid-not-checked-historically'];
  const handled = vectors.payments.results.filter(({ id }) => !others.includes(id));

  test.each(handled)('$id', ({ source_transfer: source, destination_transfer: to, error }) => {
    const decided = plan({
      transferId: source.id,
      amount: BigInt(source.amount),
      expiresAtMs: Date.parse(source.expires_at),
      packet: packet(source.packet_account, BigInt(source.packet_amount)),
    });
    if (to !== undefined) {
      expect(decided).toEqual({
        kind: 'forward',
        ledgerId: 'ledger-b',
        transferId: to.id,
        amount: BigInt(to.amount),
        expiresAtMs: Date.parse(to.expires_at),
        pricing: expect.objectContaining({ spreadPpm: 2000 }) as unknown,
      });
      return;
    }
    // What history ignored, a payment to the connector itself, is refused with F06 here.
    const code = error?.code ?? 'F06';
    expect(decided).toMatchObject({ kind: 'refuse', code, triggeredBy: 'a.mark' });
  });
});

describe('a payment is refused when', () => {
  const refused = (change: Partial<PlanRequest>): unknown => {
    const decided = plan(change);
    return decided.kind === 'refuse' ? decided.code : decided;
  };

  test.each([
    ['it has no packet', Buffer.alloc(0), 'F01'],
    ['its packet cannot be read', Buffer.from('0a05', 'hex'), 'F01'],
    ['its packet is no payment', Buffer.from('0b00', 'hex'), 'F01'],
    ['it is for our account on its ledger', packet('a.mark', 1n), 'F06'],
    ['it is for something below our account', packet('a.mark.~psk.x', 1n), 'F06'],
    ['it is for our account on another ledger', packet('b.mark', 9980n), 'F06'],
    ['nothing leads there', packet('nowhere.x', 1n), 'F02'],
    ['it would go back to its own ledger', packet('a.alice', 1n), 'F02'],
    ['the next ledger is not there', packet('off.x', 1n), 'T01'],
    ['it asks for more than arrives', packet('b.bob', 9990n), 'R01'],
    ['it asks for nothing', packet('b.bob', 0n), 'F00'],
    ['nothing of it would arrive', packet('d.dora'), 'R01'],
  ])('%s', (_reason, bytes, code) => {
    expect(refused({ packet: bytes, amount: bytes.includes('dora') ? 1n : 100n })).toBe(code);
  });

  test('nothing comes in', () => {
    expect(refused({ amount: 0n })).toBe('R01');
    expect(refused({ amount: 0n, packet: packet('b.bob') })).toBe('R01');
    expect(refused({ amount: 0n, packet: packet('c.carl') })).toBe('R01');
  });

  test('its ledger is not there, and only then the connector speaks by its own name', () => {
    expect(plan({ ledgerId: 'gone' })).toMatchObject({
      kind: 'refuse',
      code: 'T01',
      triggeredBy: 'test.causeway',
    });
  });

  test.each([
    ['has expired', -1, false],
    ['expires now', 0, false],
    ['leaves less than the window', 999, false],
    ['leaves nothing but the window', 1000, false],
    ['leaves a millisecond', 1001, true],
    ['leaves the longest hold', 11_000, true],
    ['leaves a millisecond more than the longest hold', 11_001, false],
    ['never expires', Number.MAX_SAFE_INTEGER, false],
  ])('it %s', (_reason, leftMs, goesOn) => {
    const decided = plan({ expiresAtMs: NOW + leftMs });
    if (goesOn)
      expect(decided).toMatchObject({ kind: 'forward', expiresAtMs: NOW + leftMs - 1000 });
    else expect(decided).toMatchObject({ kind: 'refuse', code: 'R02' });
  });

  test('several faults: packet, own address, expiry, route, amount, time, in this order', () => {
    const late = { expiresAtMs: NOW - 1 };
    expect(refused({ ...late, packet: Buffer.alloc(0) })).toBe('F01');
    expect(refused({ ...late, packet: packet('a.mark', 1n) })).toBe('F06');
    expect(refused({ ...late, packet: packet('nowhere.x', 1n) })).toBe('R02');
    const soon = { expiresAtMs: NOW + 500 };
    expect(refused({ ...soon, packet: packet('nowhere.x', 1n) })).toBe('F02');
    expect(refused({ ...soon, packet: packet('b.bob', 9990n) })).toBe('R01');
    expect(refused({ ...soon, packet: packet('b.bob', 9980n) })).toBe('R02');
  });
});

describe('the outgoing amount', () => {
  test('is what the pair makes of it where the packet names none', () => {
    expect(plan({ packet: packet('b.bob') })).toMatchObject({ amount: 9980n });
  });

  test('is what the pair makes of it where another connector goes on', () => {
    expect(plan({ packet: packet('c.carl', 0n) })).toMatchObject({ amount: 9980n });
  });

  test('is never more than the tolerance above what the pair makes of it', () => {
    const asked = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(asked, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (amount, paid) => {
        const decided = plan({ amount: paid, packet: packet('b.bob', amount) });
        if (decided.kind === 'refuse') return;
        expect(decided.amount).toBe(amount);
        const delivered = (paid * 998n) / 10n;
        expect(amount * 999_000n <= delivered * 1_000_000n).toBe(true);
      }),
    );
  });

  test('without tolerance is not even one unit more', () => {
    const settings = { ...SETTINGS, slippagePpm: 0n };
    expect(plan({ settings, packet: packet('b.bob', 9980n) })).toMatchObject({ kind: 'forward' });
    expect(plan({ settings, packet: packet('b.bob', 9981n) })).toMatchObject({ code: 'R01' });
  });

  test('is refused if nothing arrives, even where any shortfall were tolerated', () => {
    const settings = { ...SETTINGS, slippagePpm: 1_000_000n };
    expect(plan({ settings, amount: 0n })).toMatchObject({ code: 'R01' });
  });
});

describe('the outgoing id', () => {
  test('is the same for the same transfer, another for another one', () => {
    const id = (change: Partial<PlanRequest>): unknown => {
      const decided = plan(change);
      return decided.kind === 'forward' ? decided.transferId : decided;
    };
    expect(id({ nowMs: NOW + 5 })).toBe(id({}));
    expect(id({ transferId: planRequest().transferId.replace('b4', 'b5') })).not.toBe(id({}));
    expect(id({ secret: Buffer.alloc(32, 2) })).not.toBe(id({}));
  });

  const secret = Buffer.alloc(32, 1);
  const known = vectors.deterministic_ids.filter(
    (each) => each.secret_hex === secret.toString('hex'),
  );

  test.each(known)('of $input is $id', ({ input, id }) => {
    const [prefix = '', transferId = ''] = input.split('/');
    const peers = RoutingTables.build(
      [
        { ledgerId: 'a', prefix, currencyScale: 9, account: 'x' },
        { ledgerId: 'b', prefix: 'b.', currencyScale: 9, account: 'x' },
      ],
      { spreadPpm: 0n, minMessageWindowMs: 1000, staticRoutes: [] },
    );
    const change = { ledgerId: 'a', transferId, amount: 1n, packet: packet('b.bob', 1n), secret };
    const decided = planPayment(peers, planRequest(change));
    expect(decided).toMatchObject({ transferId: id });
  });
});

test('a longer prefix wins, even inside the account of a peer', () => {
  expect(plan({ amount: 10_000n, packet: packet('b.bob.deep.x', 1n) })).toMatchObject({
    kind: 'forward',
    ledgerId: 'ledger-d',
    amount: 99n,
  });
});

describe('no bytes whatever', () => {
  const settled = (bytes: Uint8Array): void => {
    const decided = plan({ packet: Buffer.from(bytes) });
    expect(['forward', 'refuse']).toContain(decided.kind);
  };

  test('keep a payment from being planned or refused', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), settled));
  });

  test('do, even if they begin like a payment', () => {
    const start = fc.constantFrom(1, 10);
    const body = fc.uint8Array({ maxLength: 100 });
    fc.assert(
      fc.property(start, body, (type, bytes) => {
        settled(Uint8Array.from([type, bytes.length, ...bytes]));
      }),
    );
  });

  test('do, even if one byte of a good packet is another', () => {
    const good = packet('b.bob', 9980n);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, value) => {
        const bytes = Buffer.from(good);
        bytes[at] = value;
        settled(bytes);
      }),
    );
  });
});
