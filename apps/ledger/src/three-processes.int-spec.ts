import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { partitionOf, readLedgerOpenReply, subjectsOf } from '#contracts';
import { verifyLog } from '#event-store';
import { BatchedLink, BusConnection, ControlClient } from '#messaging';
import { logDatabase, type LogDatabase } from '#testing';
import { testNatsUrl } from '../../../test/support/test-nats';
import { LedgerProcess } from '../test/ledger-process';
import { description } from '../test/ledger-stage';
import { PayingPeers } from '../test/paying-peers';
import { everyPartition } from './fair-share';

/** Payments go to ledgers of so many partitions from the payer's own on; 1 = never to another owner. */
const SPREAD = 8;
const PARTITIONS = 64;
const PAUSED_MS = 20_000;
/** So many payments are under way at most: a slow machine gets fewer, and not a heap of repetitions. */
const MOST_UNFINISHED = 400;
/** For a machine that does much else; what was measured is printed. */
const SERVED_WITHIN_MS = 30_000;

const every = everyPartition(PARTITIONS);
const address = `test.three${randomBytes(3).toString('hex')}`;
const subjects = subjectsOf(address.replace('.', '-'));

let database: LogDatabase;
let bus: BusConnection;
let link: BatchedLink;
let peers: PayingPeers;
let processes: LedgerProcess[];
let measured: string[];

/** Two ledgers in each partition. */
const pairs = every.map((partition) => ledgersOf(partition));

function ledgersOf(partition: number): [string, string] {
  const found: string[] = [];
  for (let n = 0; found.length < 2; n += 1) {
    if (partitionOf(`peer-${n}`) === partition) found.push(`peer-${n}`);
  }
  const [a = '', b = ''] = found;
  return [a, b];
}

const document = (): object => ({
  connector: { address },
  console: { token: 'a-token-for-the-console-of-this-test' },
  health: { basePort: 0 },
  databaseUrl: database.url,
  natsUrl: testNatsUrl(),
});

beforeAll(async () => {
  database = await logDatabase();
  bus = await BusConnection.connect({ url: testNatsUrl(), name: 'peers' });
  link = new BatchedLink(bus);
  peers = new PayingPeers(link, subjects, pairs.flat());
  measured = [];
  processes = ['1', '2', '3'].map((instance) => LedgerProcess.start(instance, document()));
  await Promise.all(processes.map((one) => one.ready()));
  await openLedgers(new ControlClient(bus));
}, 120_000);

afterAll(async () => {
  for (const one of processes) await one.end('SIGKILL');
  peers.close();
  await link.close();
  await bus.drain();
  await database.drop();
  process.stderr.write(`ledger processes: ${measured.join('; ')}\n`);
});

async function openLedgers(control: ControlClient): Promise<void> {
  for (const ledgerId of pairs.flat()) {
    const wanted = description({ ledgerId, prefix: `test.${ledgerId}.` });
    const asked = { deadlineMs: 20_000, parse: readLedgerOpenReply };
    expect(await control.ask(subjects.ledgerOpen, wanted, asked)).toEqual({ outcome: 'opened' });
  }
}

/** Payments everywhere, until it is stopped. */
function load(): { stop(): Promise<void> } {
  const over = new AbortController();
  const { signal } = over;
  const isTooMuch = (): boolean => !signal.aborted && peers.unfinished >= MOST_UNFINISHED;
  const paying = (async () => {
    for (let n = 0; !signal.aborted; n += 1) {
      while (isTooMuch()) await sleep(10);
      const [from] = pairs[n % PARTITIONS] ?? ['', ''];
      const [, to] = pairs[(n + (n % SPREAD)) % PARTITIONS] ?? ['', ''];
      peers.pay(from, to);
      if (n % 4 === 0) await sleep(10);
    }
  })();
  return {
    stop: async () => {
      over.abort();
      await paying;
    },
  };
}

/** How long it takes until somebody has answered for every partition. */
async function servedAgain(what: string): Promise<void> {
  const startedAt = performance.now();
  await Promise.all(pairs.map(([ledgerId]) => peers.balance(ledgerId)));
  const tookMs = Math.round(performance.now() - startedAt);
  measured.push(`all ${PARTITIONS} partitions served ${tookMs} ms after ${what}`);
  expect(tookMs).toBeLessThan(SERVED_WITHIN_MS);
}

interface Holder {
  readonly instance: string;
  readonly pid: number;
  readonly partitions: number;
}

/** As the database sees it. */
async function holders(): Promise<Holder[]> {
  const rows = await database.asSuperuser(
    `SELECT substring(i.instance_id from '^ledger-([0-9]+)') AS instance, i.backend_pid AS pid,
            count(*)::int AS partitions
     FROM ledger_instances i JOIN pg_locks l ON l.pid = i.backend_pid
     WHERE l.locktype = 'advisory' AND l.objsubid = 2 GROUP BY 1, 2 ORDER BY 1`,
  );
  return rows as unknown as Holder[];
}

async function shares(...expected: number[]): Promise<Holder[]> {
  for (let look = 0; ; look += 1) {
    const now = await holders();
    const found = now.map(({ partitions }) => partitions).sort((a, b) => b - a);
    if (found.join() === expected.join()) return now;
    if (look > 400) throw new Error(`the shares are ${JSON.stringify(now)}`);
    await sleep(100);
  }
}

function the(index: number): LedgerProcess {
  const one = processes[index];
  if (one === undefined) throw new Error('there are three');
  return one;
}

const told = (one: LedgerProcess, text: RegExp) => one.log.filter(({ msg }) => text.test(msg));

describe('three ledger processes under load', () => {
  let paying: { stop(): Promise<void> };

  it('share the partitions', async () => {
    await shares(22, 21, 21);
    paying = load();
  });

  it('serve everything again soon after one of them is killed', async () => {
    await sleep(1_000);
    the(0).signal('SIGKILL');
    await servedAgain('SIGKILL');
    await shares(32, 32);
  });

  it('serve everything again soon after one of them is paused; it writes nothing when it wakes', async () => {
    const before = await shares(32, 32);
    const pid = before.find(({ instance }) => instance === '2')?.pid ?? 0;
    the(1).signal('SIGSTOP');
    const stoppedAt = Date.now();
    await servedAgain('SIGSTOP');
    await sleep(Math.max(0, PAUSED_MS - (Date.now() - stoppedAt)));
    expect(await shares(64)).toMatchObject([{ instance: '3' }]);
    // Its only way to write is gone before it can know.
    const alive = await database.asSuperuser(`SELECT 1 FROM pg_stat_activity WHERE pid = ${pid}`);
    expect(alive).toEqual([]);
    the(1).signal('SIGCONT');
    await servedAgain('SIGCONT');
    await shares(32, 32);
    const lost = told(the(1), /^lost the partitions: this process was away too long/);
    expect(lost[0]).toMatchObject({ level: 'error' });
    expect(told(the(2), /^ended the connection of a ledger process/)).not.toEqual([]);
  }, 120_000);

  it('serve everything again soon after one of them leaves in good order', async () => {
    the(1).signal('SIGTERM');
    await servedAgain('SIGTERM');
    await shares(64);
    expect(the(1).isGone || told(the(1), /^leaving/).length > 0).toBe(true);
  });

  it('have finished every payment once, and left a log without a fault', async () => {
    await paying.stop();
    for (let look = 0; look < 600 && peers.unfinished > 0; look += 1) await sleep(100);
    expect(peers.unfinished).toBe(0);
    expect([...peers.errors].filter((name) => name !== 'AlreadyFulfilledError')).toEqual([]);
    const problems: unknown[] = [];
    for await (const problem of verifyLog(database.dataSource, { partitions: PARTITIONS })) {
      problems.push(problem);
    }
    expect(problems).toEqual([]);
    measured.push(`${peers.payments.size} payments`);
  }, 120_000);

  it('have moved exactly the money of these payments', async () => {
    const rows = await database.asSuperuser(
      `SELECT prepared.ledger_id, prepared.payload->>'direction' AS direction, count(*)::int AS count
       FROM ledger_events prepared JOIN ledger_events fulfilled
         ON fulfilled.ledger_id = prepared.ledger_id
        AND fulfilled.transfer_id = prepared.transfer_id AND fulfilled.type = 'TransferFulfilled'
       WHERE prepared.type = 'TransferPrepared' GROUP BY 1, 2`,
    );
    const fulfilled = new Map(
      rows.map((row) => [`${String(row.ledger_id)} ${String(row.direction)}`, row.count]),
    );
    const expected = new Map<string, number>();
    for (const { from, to } of peers.payments.values()) {
      for (const leg of [`${from} incoming`, `${to} outgoing`]) {
        expected.set(leg, (expected.get(leg) ?? 0) + 1);
      }
    }
    expect(new Map([...fulfilled].sort())).toEqual(new Map([...expected].sort()));
    const [count] = await database.asSuperuser(
      `SELECT count(*)::int AS events FROM ledger_events WHERE transfer_id IS NOT NULL`,
    );
    expect(count?.events).toBe(4 * peers.payments.size);
  });
});
