import { setTimeout as sleep } from 'node:timers/promises';
import { lost, surprises } from '../../apps/causeway/src/demo/reckoning';
import type { PaymentsMade } from '../../apps/causeway/src/demo/reckoning';
import { RunningConnector } from '../support/running-connector';

function fulfilledShare({ there, back }: PaymentsMade): number {
  const all = [...there, ...back];
  return all.filter(({ outcome }) => outcome === 'fulfilled').length / all.length;
}

describe('kill -9 while payments are under way', () => {
  let running: RunningConnector;

  beforeAll(async () => {
    running = await RunningConnector.start();
  });

  afterAll(async () => {
    await running.stop();
  });

  it.each(['btp-gateway', 'ledger', 'router', 'quoter', 'console'])(
    'of the %s loses no accepted payment, and all sides agree on the balances',
    async (service) => {
      const paying = running.pay({ there: 120, back: 30, window: 12, delayMs: 100 });
      await sleep(400);
      await running.killService(service);
      const made = await paying;
      expect(lost(made)).toEqual([]);
      expect(fulfilledShare(made)).toBeGreaterThan(0.5);
      expect(await running.unexplained()).toEqual([]);
    },
  );

  it('leaves a connector that works as before', async () => {
    const made = await running.pay({ there: 30, back: 10, window: 8 });
    expect(surprises(made)).toEqual([]);
    expect(await running.unexplained()).toEqual([]);
  });

  it('leaves a log that replays to the same balances, its chain unbroken', async () => {
    expect(await running.replay()).toMatchObject({ matches: true, chain: 'ok' });
  });
});
