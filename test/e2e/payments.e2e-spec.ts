import { disagreements, surprises } from '../../apps/causeway/src/demo/reckoning';
import type { PaymentsMade } from '../../apps/causeway/src/demo/reckoning';
import { QUICK_RECONNECT, RunningConnector } from '../support/running-connector';

const TIMEOUT_MS = 240_000;
/** On a busy machine nothing is to expire but what nobody answers, and nobody who is slow is asked twice. */
const PATIENT = {
  connector: { maxHoldTimeMs: 40_000 },
  limits: { ...QUICK_RECONNECT, requestTimeoutMs: 30_000 },
};

const PACE = { expiresInMs: 30_000, ignoredForMs: 10_000 };

jest.setTimeout(TIMEOUT_MS);

describe('payments between two historic peers', () => {
  let running: RunningConnector;
  let made: PaymentsMade;

  beforeAll(async () => {
    running = await RunningConnector.start(PATIENT);
    made = await running.pay({ there: 100, back: 20, window: 16, ...PACE });
  });

  afterAll(async () => {
    await running.stop();
  });

  it('are fulfilled, rejected or expire as their receivers decide', () => {
    expect(surprises(made)).toEqual([]);
    const outcomes = made.there.map(({ outcome }) => outcome);
    const count = (wanted: string): number => outcomes.filter((other) => other === wanted).length;
    expect([count('fulfilled'), count('rejected'), count('expired')]).toEqual([89, 10, 1]);
  });

  it('leave balances on which the connector, both peers and the sum of the payments agree', async () => {
    const rows = await running.reckonings();
    expect(disagreements(rows)).toEqual([]);
    expect(rows.map(({ ledger }) => ledger)).toEqual(['alice', 'bob']);
    expect(rows.map(({ ours }) => ours)).not.toContain('0');
  });

  it('tell a peer that asks over BTP the same balance', async () => {
    for (const peer of [running.network.alice, running.network.bob]) {
      const { own, asked } = await peer.balances();
      expect(asked).toBe(own);
    }
  });

  it('leave the spread with the connector', async () => {
    const total = (await running.reckonings()).reduce((sum, { ours }) => sum + BigInt(ours), 0n);
    const paid = [...made.there, ...made.back]
      .filter(({ outcome }) => outcome === 'fulfilled')
      .reduce((sum, { amount, delivers }) => sum + BigInt(amount) - BigInt(delivers), 0n);
    expect(total).toBe(paid);
    expect(total).toBeGreaterThan(0n);
  });

  it('are not fulfilled by a wrong fulfillment, and are by the right one after it', async () => {
    const { wrongFulfillments } = await running.network.bob.received();
    const wrong = made.there.find(({ asked }) => asked === 'wrong-then-right');
    expect(wrongFulfillments).toEqual([{ label: wrong?.label, answer: 'InvalidFulfillmentError' }]);
    expect(wrong?.outcome).toBe('fulfilled');
  });

  it('never trouble the peers: nothing is delivered twice, no answer is refused', async () => {
    for (const peer of [running.network.alice, running.network.bob]) {
      expect(await peer.received()).toMatchObject({ redelivered: 0, refusedAnswers: [] });
      expect(peer.connections).toBe(1);
    }
  });

  it('can be replayed from the first event, to the same balances and an unbroken chain', async () => {
    const rows = await running.reckonings();
    const replay = await running.replay();
    expect(replay).toMatchObject({
      matches: true,
      chain: 'ok',
      events: await running.eventCount(),
    });
    const balances = Object.fromEntries(replay.ledgers.map((row) => [row.ledger, row.balance]));
    expect(balances).toEqual(Object.fromEntries(rows.map((row) => [row.ledger, row.ours])));
  });

  it.each([
    'UPDATE ledger_events SET type = type',
    'DELETE FROM ledger_events',
    'TRUNCATE ledger_events',
  ])('cannot be rewritten by a service: %s', async (statement) => {
    const asService = `SET ROLE causeway_runtime; ${statement}`;
    await expect(running.query(asService)).rejects.toThrow('permission denied');
    await expect(running.query(statement)).rejects.toThrow(/append-only|never changed|refused/i);
  });

  it('that somebody changed behind our back are found, by ledger and version', async () => {
    const at = `WHERE ledger_id = 'bob' AND version = 7`;
    const flip = 'hash = set_byte(hash, 31, get_byte(hash, 31) # 1)';
    await running.query('ALTER TABLE ledger_events DISABLE TRIGGER ALL');
    await running.query(`UPDATE ledger_events SET ${flip} ${at}`);
    const replay = await running.replay();
    await running.query(`UPDATE ledger_events SET ${flip} ${at}`);
    await running.query('ALTER TABLE ledger_events ENABLE TRIGGER ALL');
    expect(replay).toMatchObject({ chain: 'broken', matches: false });
    expect(replay.problems.join('\n')).toContain('ledger bob, version 7');
    expect(await running.replay()).toMatchObject({ chain: 'ok', matches: true });
  });
});
