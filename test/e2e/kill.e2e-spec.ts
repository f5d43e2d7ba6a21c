import { setTimeout as sleep } from 'node:timers/promises';
import { lost, surprises } from '../../apps/causeway/src/demo/reckoning';
import type { PaymentsMade } from '../../apps/causeway/src/demo/reckoning';
import { auditFindings } from '../support/audited-log';
import { RunningConnector, until } from '../support/running-connector';

/** On a busy machine a new process needs its time: what is under way at the kill is not to run out meanwhile. */
const PATIENT = { connector: { maxHoldTimeMs: 60_000 } };
const EXPIRES_IN_MS = 40_000;
/** A new process is there, and has ended what ran out. */
const NOTHING_OPEN_WITHIN_MS = 30_000;
/** Longer than a payment that is lost is waited for, so that the test says which one it is. */
const TEST_WITHIN_MS = 180_000;

jest.setTimeout(TEST_WITHIN_MS);

function fulfilledShare({ there, back }: PaymentsMade): number {
  const all = [...there, ...back];
  return all.filter(({ outcome }) => outcome === 'fulfilled').length / all.length;
}

describe('kill -9 while payments are under way', () => {
  let running: RunningConnector;

  beforeAll(async () => {
    running = await RunningConnector.start(PATIENT);
  });

  afterAll(async () => {
    await running.stop();
  });

  const nothingIsOpen = async (): Promise<boolean> => {
    const [row] = await running.query(
      "select count(*)::int as open from transfers where status in ('proposed', 'prepared')",
    );
    return row?.open === 0;
  };

  it.each(['btp-gateway', 'ledger', 'router', 'quoter', 'console'])(
    'of the %s loses no accepted payment, and all sides agree on the balances',
    async (service) => {
      const load = { there: 120, back: 30, window: 12, delayMs: 100 };
      const paying = running.pay({ ...load, expiresInMs: EXPIRES_IN_MS });
      await sleep(400);
      await running.killService(service);
      const made = await paying;
      expect(lost(made)).toEqual([]);
      expect(fulfilledShare(made)).toBeGreaterThan(0.5);
      await until(NOTHING_OPEN_WITHIN_MS, 'no transfer is open', nothingIsOpen);
      expect(await running.unexplained()).toEqual([]);
    },
  );

  it('leaves a connector that works as before', async () => {
    const round = { there: 30, back: 10, window: 8 };
    const made = await running.pay({ ...round, expiresInMs: EXPIRES_IN_MS });
    expect(surprises(made)).toEqual([]);
    expect(await running.unexplained()).toEqual([]);
  });

  it('leaves a log in which every payment is paid once or not at all, on both its ledgers', async () => {
    expect(await auditFindings(running.dataDir)).toEqual([]);
  });

  it('leaves a log that replays to the same balances, its chain unbroken', async () => {
    expect(await running.replay()).toMatchObject({ matches: true, chain: 'ok' });
  });
});
