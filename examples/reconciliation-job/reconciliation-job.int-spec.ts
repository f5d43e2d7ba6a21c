import { BEGAN_MS, ConnectorStage } from '../test/connector-stage';
import { CannotReconcileError, reconcileDay } from './reconcile';

const DAY_MS = 86_400_000;
/** The stage begins two hours before midnight, with an event every minute. */
const FIRST_DAY = Math.floor(BEGAN_MS / DAY_MS) * DAY_MS;

describe('the reconciliation job', () => {
  let stage: ConnectorStage;

  beforeAll(async () => {
    stage = await ConnectorStage.start();
    await stage.happen(100);
    await stage.project();
  });

  afterAll(async () => {
    await stage.stop();
  });

  it('comes to the balance of the connector as of the same event', async () => {
    for (const ledger of ['alice', 'bob', 'carol']) {
      const { comparison } = await reconcileDay(stage.at, ledger, FIRST_DAY);
      expect(comparison.ours).toBe(comparison.connector);
      expect(comparison.asOf).toBeGreaterThan(50);
    }
  });

  it('has days that follow upon one another, each the sum of its movements', async () => {
    const first = await reconcileDay(stage.at, 'alice', FIRST_DAY);
    const second = await reconcileDay(stage.at, 'alice', FIRST_DAY + DAY_MS);
    expect(first.opening).toBe(0n);
    expect(second.opening).toBe(first.closing);
    for (const { opening, closing, incoming, outgoing, entries } of [first, second]) {
      expect(entries.length).toBeGreaterThan(5);
      expect(closing).toBe(opening + incoming - outgoing);
      expect(incoming).toBeGreaterThan(0n);
      expect(outgoing).toBeGreaterThan(0n);
    }
    expect(second.closing).toBe(second.comparison.connector);
    const kinds = new Set([...first.entries, ...second.entries].map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(['fulfilled', 'rejected', 'expired', 'settled']));
  });

  it('lists what happened on that day only', async () => {
    const { entries } = await reconcileDay(stage.at, 'bob', FIRST_DAY + DAY_MS);
    for (const { atMs } of entries) {
      expect(atMs).toBeGreaterThanOrEqual(FIRST_DAY + DAY_MS);
      expect(atMs).toBeLessThan(FIRST_DAY + 2 * DAY_MS);
    }
    const idle = await reconcileDay(stage.at, 'bob', FIRST_DAY + 7 * DAY_MS);
    expect(idle).toMatchObject({ entries: [], incoming: 0n, outgoing: 0n });
  });

  it('compares as of what the connector shows, also when that is behind the log', async () => {
    await stage.happen(9);
    const { comparison } = await reconcileDay(stage.at, 'carol', FIRST_DAY);
    expect(comparison.ours).toBe(comparison.connector);
    await stage.project();
    const later = (await reconcileDay(stage.at, 'carol', FIRST_DAY)).comparison;
    expect(later.asOf).toBeGreaterThan(comparison.asOf);
    expect(later.ours).toBe(later.connector);
  });

  it('says that there is no such ledger', async () => {
    await expect(reconcileDay(stage.at, 'nobody', FIRST_DAY)).rejects.toBeInstanceOf(
      CannotReconcileError,
    );
  });

  it('prints its report as a program', async () => {
    const day = new Date(FIRST_DAY).toISOString().slice(0, 10);
    const words = ['--ledger', 'alice', '--day', day];
    const { code, output } = await stage.run('reconciliation-job', words);
    expect(output).toContain(`alice, ${day}\nopening 0\n`);
    expect(output).toMatch(/by the connector as of \d+: equal\n/);
    expect(code).toBe(0);
    const wrong = await stage.run('reconciliation-job', ['--ledger', 'alice', '--day', 'today']);
    expect(wrong.code).toBe(1);
    expect(wrong.output).toContain('--day YYYY-MM-DD');
  });
});
