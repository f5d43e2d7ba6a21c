import type { PreparePayment } from '#contracts';
import { type LedgerFacts, RoutingTables } from '#domain/routing';
import { encodeIlp } from '#protocol';
import { PaymentPlanner } from './payment-planner';

const NOW = Date.parse('2026-11-22T12:00:00.000Z');
const facts = (ledgerId: string, prefix: string, account: string): LedgerFacts => ({
  ledgerId,
  prefix,
  currencyScale: 9,
  account,
});
const LEDGERS = [
  facts('anna', 'test.duo.', 'otto'),
  facts('otto', 'test.duo.', 'anna'),
  facts('alice', 'test.alice.', 'server'),
];

const RELAYS = new Map([
  ['anna', 'otto'],
  ['otto', 'anna'],
]);

function planner(ledgers: readonly LedgerFacts[]): PaymentPlanner {
  const rules = { spreadPpm: 2000n, minMessageWindowMs: 1000, staticRoutes: [] };
  const relaying = ledgers.map(({ ledgerId }) => ledgerId).filter((id) => RELAYS.has(id));
  const others = ledgers.filter(({ ledgerId }) => !RELAYS.has(ledgerId));
  const routes = { tables: RoutingTables.build(others, rules), relaying: new Set(relaying) };
  return new PaymentPlanner({
    routes,
    plan: {
      connectorAddress: 'test.causeway',
      slippagePpm: 1000n,
      minMessageWindowMs: 1000,
      maxHoldTimeMs: 10_000,
    },
    secret: Buffer.alloc(32),
    relays: RELAYS,
  });
}

const payment = (ledgerId: string, account: string): PreparePayment => ({
  kind: 'prepare-payment',
  replyTo: { gatewayId: 'gateway-1', reference: 7 },
  ledgerId,
  transferId: 'b4c838f6-80b1-47f8-a82e-b1fcfbed89d5',
  amount: 1000n,
  condition: Buffer.alloc(32, 9),
  expiresAtMs: NOW + 60_000,
  receivedAtMs: NOW,
  packet: encodeIlp({ type: 'payment', amount: 9n, account, data: Buffer.alloc(0) }),
  sideDataDigest: null,
});

describe('PaymentPlanner where we are a validator', () => {
  it.each([
    ['anna', 'otto'],
    ['otto', 'anna'],
  ])('mirrors what comes from %s: same id, amount and expiry, wherever it is to go', (from, to) => {
    const { transferId, amount, expiresAtMs } = payment(from, 'test.alice.client');
    const plan = { kind: 'forward', ledgerId: to, transferId, amount, expiresAtMs };
    const planned = planner(LEDGERS).plan(payment(from, 'test.alice.client'), { nowMs: NOW });
    expect(planned).toHaveProperty('plan', plan);
  });

  it('sends nothing of others to its parties', () => {
    const planned = planner(LEDGERS).plan(payment('alice', 'test.duo.otto'), { nowMs: NOW });
    expect(planned).toMatchObject({ plan: { kind: 'refuse', code: 'F02' } });
  });

  it('waits until both ledgers are known', () => {
    expect(planner(LEDGERS).knows('anna')).toBe(true);
    expect(planner(LEDGERS.slice(0, 1)).knows('anna')).toBe(false);
    expect(planner(LEDGERS).knows('alice')).toBe(true);
  });
});
