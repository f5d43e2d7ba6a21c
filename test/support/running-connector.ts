import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { replayAndVerify, type ReplayResult } from '../../apps/causeway/src/demo/causeway-cli';
import { DemoNetwork, type PaymentRound } from '../../apps/causeway/src/demo/demo-network';
import {
  disagreements,
  expectedBalances,
  reckon,
  type LedgerReckoning,
  type PaymentsMade,
} from '../../apps/causeway/src/demo/reckoning';
import { readProcesses, type RunningProcess } from '../../apps/causeway/src/supervisor/run-files';
import { balancesOf, eventCountOf, queryConnector } from './connector-database';

const RESTARTED_WITHIN_MS = 60_000;
const SETTLED_WITHIN_MS = 10_000;
/** What does not agree by then is asked for once more for so long: whoever counts may have stood still. */
const EXPLAINED_WITHIN_MS = 20_000;
const POLL_MS = 50;
/** Longer than a connector may stand still before it says that too little time is left. */
const IGNORED_FOR_MS = 8_000;

/** So that a peer whose connection broke is dialled again within a test's patience. */
export const QUICK_RECONNECT = { reconnectMinMs: 100, reconnectMaxMs: 500 };

/** The demo's network for one spec: `causeway start` and two historic peers, in a directory of its own. */
export class RunningConnector {
  /** Everything that was paid since the start. */
  readonly made: { there: PaymentsMade['there'][number][]; back: PaymentsMade['back'][number][] } =
    {
      there: [],
      back: [],
    };
  private rounds = 0;

  private constructor(
    readonly directory: string,
    readonly network: DemoNetwork,
  ) {}

  static async start(
    settings: Readonly<Record<string, object>> = {},
    morePeers: readonly object[] = [],
    instances = '',
  ): Promise<RunningConnector> {
    const directory = await temporaryDirectory();
    try {
      const network = await DemoNetwork.start({
        directory,
        env: cleanEnvironment(),
        settings: { limits: QUICK_RECONNECT, ...settings },
        morePeers,
        instances,
      });
      return new RunningConnector(directory, network);
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  get dataDir(): string {
    return this.network.dataDir;
  }

  async pay(round: Omit<PaymentRound, 'name'>): Promise<PaymentsMade> {
    const named = { ignoredForMs: IGNORED_FOR_MS, ...round, name: `round${++this.rounds}` };
    const made = await this.network.pay(named);
    this.made.there.push(...made.there);
    this.made.back.push(...made.back);
    return made;
  }

  processes(): readonly RunningProcess[] {
    return readProcesses(this.dataDir);
  }

  /** kill -9, and waits until the supervisor has started another one. */
  async killService(service: string): Promise<void> {
    const { pid } = this.find(service);
    process.kill(pid, 'SIGKILL');
    await until(RESTARTED_WITHIN_MS, `${service} is started again`, () => {
      const other = this.processes().find((entry) => entry.service === service);
      return other !== undefined && other.pid !== pid;
    });
  }

  private find(service: string): RunningProcess {
    const found = this.processes().find((entry) => entry.service === service);
    if (found === undefined) throw new Error(`no process of ${service}`);
    return found;
  }

  /** Runs one statement as the owner of the tables. */
  query(text: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> {
    return queryConnector(this.dataDir, text, values);
  }

  /** How many events the log holds. */
  eventCount(): Promise<number> {
    return eventCountOf(this.dataDir);
  }

  replay(): Promise<ReplayResult> {
    return replayAndVerify({ dataDir: this.dataDir, env: cleanEnvironment() });
  }

  /**
   * What the connector, the peers and the sum of the payments say, once they agree, or still do not after a while:
   * read models follow the log at some distance, and a shadow asks its authority.
   */
  async reckonings(): Promise<LedgerReckoning[]> {
    const untilMs = Date.now() + SETTLED_WITHIN_MS;
    for (;;) {
      const rows = await this.reckonNow();
      if (disagreements(rows).length === 0 || Date.now() > untilMs) return rows;
      await sleep(POLL_MS);
    }
  }

  /**
   * Disagreements, but for what a connection that went leaves open: the Response to a Fulfill was lost with it, and the
   * historic payer, which has counted the payment, answers a repetition with an error that may mean anything.
   */
  async unexplained(): Promise<string[]> {
    await this.reckonings();
    const untilMs = Date.now() + EXPLAINED_WITHIN_MS;
    for (;;) {
      const lines = await this.unexplainedNow();
      if (lines.length === 0 || Date.now() > untilMs) return lines;
      await sleep(POLL_MS);
    }
  }

  async stop(): Promise<void> {
    await this.network.stop();
    await rm(this.directory, { recursive: true, force: true });
  }

  private async reckonNow(): Promise<LedgerReckoning[]> {
    const opinions = await this.network.opinions(await balancesOf(this.dataDir));
    return reckon(opinions, expectedBalances(this.made));
  }

  private async unexplainedNow(): Promise<string[]> {
    const rows = await this.reckonNow();
    const submitted = await this.query(
      "select ledger_id, sum(amount)::text as amount from transfers where status = 'submitted' group by 1",
    );
    return disagreements(
      rows.map(({ ours, difference, ...row }) => {
        const entry = submitted.find(({ ledger_id }) => ledger_id === row.ledger);
        const more = typeof entry?.amount === 'string' ? BigInt(entry.amount) : 0n;
        const plus = (figure: string): string => String(BigInt(figure) + more);
        return { ...row, ours: plus(ours), difference: plus(difference) };
      }),
    );
  }
}

/** Others may pass through it: run as root, PostgreSQL runs as somebody else. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'causeway-e2e-'));
  await chmod(directory, 0o711);
  return directory;
}

/** Whoever runs the tests may have settings of a connector of his own. */
export function cleanEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const ours = /^(CAUSEWAY_|DATABASE_URL|NATS_URL|LOG_LEVEL)/;
  const others = Object.entries(process.env).filter(([name]) => !ours.test(name));
  return { ...Object.fromEntries(others), ...more };
}

export async function until(
  withinMs: number,
  what: string,
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  const untilMs = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > untilMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(POLL_MS);
  }
}
