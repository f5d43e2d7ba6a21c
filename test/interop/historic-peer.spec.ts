import { randomBytes } from 'node:crypto';
import { freePort } from '#platform';
import { HistoricPeer } from '../../apps/causeway/src/demo/historic-peer';
import type {
  PaymentOrder,
  PaymentOutcome,
  ReceiverBehaviour,
} from '../../apps/causeway/src/demo/historic-peer.messages';
import { eventually } from './eventually';

const secret = randomBytes(32).toString('hex');
const limits = { maxBalance: '1000000000', minBalance: '-1000000000' };
const prefix = 'test.direct.';

/** As long as a busy machine takes. */
const WITHIN_MS = 240_000;

let payments = 0;

function payment(behaviour: ReceiverBehaviour, more: Partial<PaymentOrder> = {}): PaymentOrder {
  const label = `payment-${++payments}`;
  return {
    label,
    amount: '7',
    delivers: '7',
    to: `${prefix}server.x`,
    expiresInMs: 30_000,
    behaviour,
    ...more,
  };
}

function many(count: number, behaviour: ReceiverBehaviour): PaymentOrder[] {
  return Array.from({ length: count }, () => payment(behaviour));
}

function outcomesOf(results: readonly PaymentOutcome[]): string[] {
  return results.map(({ outcome }) => outcome);
}

describe('the historic peers harness, peer to peer', () => {
  let port: number;
  let listener: HistoricPeer;
  let dialler: HistoricPeer;

  const startDialler = (stateful = true): Promise<HistoricPeer> =>
    HistoricPeer.start({
      name: 'dialler',
      role: 'dialler',
      uri: `btp+ws://:direct-token@127.0.0.1:${port}`,
      secret,
      stateful,
      ...limits,
    });

  const payThroughBreaks = async (): Promise<PaymentOutcome[]> => {
    const orders = many(1500, { kind: 'fulfill' });
    orders.push(...many(60, { kind: 'delay', delayMs: 100 }));
    const paying = dialler.pay(orders, 20);
    for (const breaker of [dialler, listener, dialler]) {
      await new Promise((resolve) => setTimeout(resolve, 120));
      await breaker.cut();
    }
    return paying;
  };

  beforeEach(async () => {
    port = await freePort();
    listener = await HistoricPeer.start({
      name: 'listener',
      role: 'listener',
      port,
      token: 'direct-token',
      ledger: { prefix, currencyCode: 'USD', currencyScale: 9 },
      secret,
      stateful: true,
      ...limits,
    });
    dialler = await startDialler();
  });

  afterEach(async () => {
    await Promise.all([dialler.stop(), listener.stop()]);
  });

  it('counts fulfilled payments alike on both sides', async () => {
    const results = await dialler.pay(many(50, { kind: 'fulfill' }), 8);
    expect(new Set(outcomesOf(results))).toEqual(new Set(['fulfilled']));
    expect(await dialler.balances()).toEqual({ own: '-350', asked: '-350' });
    expect(await listener.balances()).toEqual({ own: '350', asked: '350' });
  });

  it('pays in both directions at once', async () => {
    const [there, back] = await Promise.all([
      dialler.pay(many(20, { kind: 'fulfill' }), 4),
      listener.pay(many(10, { kind: 'delay', delayMs: 20 }), 4),
    ]);
    expect(outcomesOf([...there, ...back])).toEqual(Array(30).fill('fulfilled'));
    expect((await dialler.balances()).own).toBe('-70');
    expect((await listener.balances()).own).toBe('70');
  });

  it('rejects with the reason it was told', async () => {
    const [result] = await dialler.pay(
      [payment({ kind: 'reject', code: 'F99', name: 'Application Error', message: 'no thanks' })],
      1,
    );
    expect(result).toMatchObject({ outcome: 'rejected', code: 'F99', name: 'Application Error' });
    expect((await dialler.balances()).own).toBe('0');
    await eventually(async () => {
      expect((await listener.received()).rejected).toBe(1);
    });
  });

  it('sends a wrong fulfillment past its own check, is refused, and fulfils then', async () => {
    const [result] = await dialler.pay([payment({ kind: 'wrong-then-right' })], 1);
    expect(result?.outcome).toBe('fulfilled');
    const { wrongFulfillments } = await listener.received();
    expect(wrongFulfillments).toEqual([{ label: result?.label, answer: 'NotAcceptedError' }]);
    expect((await listener.balances()).own).toBe('7');
  });

  it('lets a payment expire that the receiver ignores', async () => {
    const [result] = await dialler.pay([payment({ kind: 'ignore' }, { expiresInMs: 2000 })], 1);
    expect(result?.outcome).toBe('expired');
    await eventually(async () => {
      expect(await listener.received()).toMatchObject({ ignored: 1, fulfilled: 0 });
    });
  });

  it('reports a Prepare that was answered with an error', async () => {
    const [result] = await dialler.pay([payment({ kind: 'fulfill' }, { amount: '1000000001' })], 1);
    expect(result).toMatchObject({ outcome: 'refused', name: 'NotAcceptedError', accepted: false });
  });

  it('counts while it is connected, when it keeps no state', async () => {
    await dialler.stop();
    dialler = await startDialler(false);
    await dialler.pay(many(3, { kind: 'fulfill' }), 1);
    expect(await dialler.balances()).toEqual({ own: '-21', asked: '-21' });
  });

  it(
    'survives broken connections without losing or doubling a payment',
    async () => {
      let rounds = 0;
      let redelivered = 0;
      // A round during which the machine pauses may be over before its connections are broken.
      while (redelivered === 0 && rounds < 5) {
        rounds += 1;
        expect(new Set(outcomesOf(await payThroughBreaks()))).toEqual(new Set(['fulfilled']));
        ({ redelivered } = await listener.received());
      }
      expect(redelivered).toBeGreaterThan(0);
      expect(dialler.connections).toBeGreaterThan(1);
      expect((await dialler.balances()).own).toBe(String(-10920 * rounds));
      expect((await listener.balances()).own).toBe(String(10920 * rounds));
    },
    WITHIN_MS,
  );

  it('ends with its starter', async () => {
    await dialler.stop();
    await expect(dialler.balances()).rejects.toThrow('the peer dialler');
  });
});
