import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { lost, surprises } from '../../apps/causeway/src/demo/reckoning';
import { auditFindings } from '../support/audited-log';
import { onCommandLine, type Ran } from '../support/command-line';
import { RunningConnector, until } from '../support/running-connector';

const RECOVERED_WITHIN_MS = 60_000;
/** On a busy machine a new process needs its time: what is under way meanwhile is not to run out. */
const PATIENT = { maxHoldTimeMs: 60_000 };
const EXPIRES_IN_MS = 40_000;
/** Longer than a payment that is lost is waited for, so that the test says which one it is. */
const TEST_WITHIN_MS = 180_000;

const ROUND = { there: 60, back: 20, window: 8, expiresInMs: EXPIRES_IN_MS };

jest.setTimeout(TEST_WITHIN_MS);

const reportSchema = z.object({
  counts: z.object({ events: z.number(), losses: z.number() }),
  findings: z.array(z.unknown()),
});

const pricedSchema = z.object({
  priced: z.number(),
  differing: z.number(),
  notPriced: z.record(z.string(), z.number()),
});

describe('a connector with two ledger processes', () => {
  let running: RunningConnector;

  beforeAll(async () => {
    running = await RunningConnector.start(
      { audit: { signHeadsEveryMs: 500 }, connector: PATIENT },
      [],
      'ledger=2',
    );
  });

  afterAll(async () => {
    await running.stop();
  });

  const onIt = (...words: string[]): Promise<Ran> =>
    onCommandLine(...words, '--data', running.dataDir);

  it('pays as one with a single one does', async () => {
    const made = await running.pay(ROUND);
    expect(surprises(made)).toEqual([]);
    expect(await running.unexplained()).toEqual([]);
    const ledgers = running.processes().filter(({ service }) => service === 'ledger');
    expect(ledgers).toHaveLength(2);
  });

  it('loses no accepted payment when one of them is killed, be it the payer’s or the payee’s', async () => {
    for (const instance of [1, 2]) {
      const load = { there: 100, back: 30, window: 12, delayMs: 100 };
      const paying = running.pay({ ...load, expiresInMs: EXPIRES_IN_MS });
      await sleep(300);
      const victim = running
        .processes()
        .find((each) => each.service === 'ledger' && each.instance === instance);
      if (victim === undefined) throw new Error(`no ledger process ${instance}`);
      process.kill(victim.pid, 'SIGKILL');
      const made = await paying;
      expect(lost(made)).toEqual([]);
      await until(RECOVERED_WITHIN_MS, 'the killed process is replaced', () =>
        running
          .processes()
          .some(
            (each) =>
              each.service === 'ledger' &&
              each.instance === instance &&
              each.pid !== victim.pid &&
              each.isReady,
          ),
      );
      expect(await running.unexplained()).toEqual([]);
    }
  });

  it('has its read models emptied and rebuilt while payments go on', async () => {
    const paying = running.pay(ROUND);
    const { code, out } = await onIt('projections', 'rebuild');
    expect({ code, lines: out.trim().split('\n').length }).toEqual({ code: 0, lines: 4 });
    expect(surprises(await paying)).toEqual([]);
    expect(await running.unexplained()).toEqual([]);
    expect(await running.replay()).toMatchObject({ matches: true, chain: 'ok' });
  });

  it('is proved by an audit while it runs, heads signed, with a report to file', async () => {
    await until(RECOVERED_WITHIN_MS, 'both ledgers have signed heads', async () => {
      const [row] = await running.query(
        'select count(distinct ledger_id)::int as n from signed_heads',
      );
      return row?.n === 2;
    });
    expect(await auditFindings(running.dataDir)).toEqual([]);
    const file = join(running.directory, 'report.json');
    const { code, out } = await onIt('audit', 'verify', '--out', file);
    expect(out).toContain('clean');
    expect(code).toBe(0);
    const report = reportSchema.parse(JSON.parse(await readFile(file, 'utf8')));
    expect(report.findings).toEqual([]);
    expect(report.counts.losses).toBe(0);
    expect(report.counts.events).toBeGreaterThan(500);
  });

  it('has every payment priced again from its log, to what was forwarded', async () => {
    const { code, out } = await onIt('audit', 'price', '--all', '--json');
    expect(code).toBe(0);
    const { priced, differing, notPriced } = pricedSchema.parse(JSON.parse(out));
    expect({ differing, before: notPriced['before-prices'] }).toEqual({ differing: 0, before: 0 });
    expect(priced).toBeGreaterThan(100);
  });

  it('is proved by a third party from a file alone', async () => {
    const file = join(running.directory, 'export.ndjson.gz');
    expect(await onIt('audit', 'export', '--out', file)).toMatchObject({ code: 0 });
    const { code, out } = await onCommandLine('audit', 'import', file);
    expect(out).toContain('clean');
    expect(code).toBe(0);
  });

  it('shows the dealings with each peer', async () => {
    const { out } = await onIt('peers', '--json');
    const peers = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { peer: string });
    expect(peers.map(({ peer }) => peer)).toEqual(['alice', 'bob']);
  });
});
