import { decodeIlp } from '#protocol';
import { type CrossingPayment, CrossingPeers } from '../test/crossing-peers';
import { until } from '../test/ledger-stage';
import { SharingStage, type RunningHost } from '../test/sharing-stage';

const names = Array.from({ length: 16 }, (_, n) => `peer-${n}`);

let stage: SharingStage;
let peers: CrossingPeers;
let hosts: readonly RunningHost[];
/** A ledger of the one owner and a ledger of the other. */
let here: string;
let there: string;

const isShared = (): boolean => hosts.every(({ host }) => host.partitions.length === 32);

const ownerOf = (ledgerId: string): number => hosts.findIndex(({ host }) => host.owns(ledgerId));

/** The connection of the ledger's writer breaks; whoever has the partition then replays. */
async function loseWriterOf(ledgerId: string): Promise<void> {
  const name = `ledger-${ownerOf(ledgerId) + 1}`;
  await stage.database.asSuperuser(
    `SELECT pg_terminate_backend(backend_pid) FROM ledger_instances WHERE instance_id = '${name}'`,
  );
}

/** Two ledgers of different owners, as it is now. */
async function choose(): Promise<void> {
  await until(isShared, 'both to have their share', 30_000);
  const [one, other] = [0, 1].map((owner) => names.find((name) => ownerOf(name) === owner));
  if (one === undefined || other === undefined) throw new Error('both own some of sixteen ledgers');
  [here, there] = [one, other];
}

/** Events of a transfer, in order. */
async function story(ledgerId: string, transferId: string): Promise<string[]> {
  const rows: { type: string }[] = await stage.database.dataSource.query(
    `SELECT type FROM ledger_events WHERE ledger_id = $1 AND transfer_id = $2 ORDER BY version`,
    [ledgerId, transferId],
  );
  return rows.map(({ type }) => type);
}

async function stories(payment: CrossingPayment): Promise<string[][]> {
  const { from, to, incoming, outgoing } = payment;
  return [await story(from, incoming), await story(to, outgoing)];
}

const FULFILLED = ['TransferPrepared', 'TransferFulfilled'];
const REJECTED = ['TransferPrepared', 'TransferRejected'];

beforeAll(async () => {
  stage = await SharingStage.open();
  const first = await stage.start('ledger-1');
  await stage.openLedgers(first.host, names);
  hosts = [first, await stage.start('ledger-2')];
  peers = await CrossingPeers.open(stage.subjects, names);
});

afterAll(async () => {
  await peers.close();
  await stage.close();
});

beforeEach(choose);

describe('a payment between ledgers of two owners', () => {
  it('is prepared by both, sent, and fulfilled by both', async () => {
    const payment = await peers.pay(here, there);
    const prepare = await peers.told('deliver-prepare', payment.outgoing);
    expect(prepare).toMatchObject({ ledgerId: there, amount: 99n, isRepeated: false });
    expect((await peers.fulfill(payment)).error).toBeNull();
    expect(await peers.told('deliver-fulfill', payment.incoming)).toMatchObject({ ledgerId: here });
    expect(await stories(payment)).toEqual([FULFILLED, FULFILLED]);
  });

  it('is rejected by both in the words of the receiver', async () => {
    const payment = await peers.pay(there, here);
    await peers.told('deliver-prepare', payment.outgoing);
    await peers.reject(payment);
    const told = await peers.told('deliver-reject', payment.incoming);
    if (told.kind !== 'deliver-reject') throw new Error('no reject');
    expect(decodeIlp(told.reason)).toMatchObject({
      code: 'F99',
      forwardedBy: [`test.${there}.server`],
    });
    expect(await stories(payment)).toEqual([REJECTED, REJECTED]);
  });

  it('to a ledger that does not exist is rejected', async () => {
    const missing = Array.from({ length: 200 }, (_, n) => `nobody-${n}`).find(
      (name) => ownerOf(name) === ownerOf(there),
    );
    const payment = await peers.pay(here, missing ?? '');
    const told = await peers.told('deliver-reject', payment.incoming);
    if (told.kind !== 'deliver-reject') throw new Error('no reject');
    expect(decodeIlp(told.reason)).toMatchObject({
      code: 'T01',
      triggeredBy: `test.${here}.server`,
    });
  });

  it('runs out with both', async () => {
    const payment = await peers.pay(here, there, 7_000);
    await peers.told('deliver-reject', payment.outgoing);
    await peers.told('deliver-reject', payment.incoming);
    expect(await stories(payment)).toEqual(
      [['TransferPrepared', 'TransferExpired'], REJECTED].reverse(),
    );
    expect((await peers.fulfill(payment)).error?.name).toBe('AlreadyRolledBackError');
  });
});

describe('an owner that dies in the middle', () => {
  it('of the payer’s ledger, once it has answered: the payment goes on', async () => {
    const payment = await peers.pay(here, there);
    await loseWriterOf(here);
    await peers.told('deliver-prepare', payment.outgoing);
    await peers.fulfill(payment);
    await peers.told('deliver-fulfill', payment.incoming);
    expect(await stories(payment)).toEqual([FULFILLED, FULFILLED]);
  });

  it('of the next ledger, once it has taken the preimage: we are paid', async () => {
    const payment = await peers.pay(here, there);
    await peers.told('deliver-prepare', payment.outgoing);
    peers.deliveries.length = 0;
    await Promise.all([peers.fulfill(payment), loseWriterOf(there)]);
    await peers.told('deliver-fulfill', payment.incoming);
    expect(await stories(payment)).toEqual([FULFILLED, FULFILLED]);
  });

  it('or both, one after the other, under load: every payment has one outcome', async () => {
    const payments: CrossingPayment[] = [];
    const pay = async (from: string, to: string): Promise<void> => {
      const payment = await peers.pay(from, to);
      payments.push(payment);
      await peers.told('deliver-prepare', payment.outgoing);
      await peers.fulfill(payment);
      await peers.told('deliver-fulfill', payment.incoming);
    };
    const round = (): Promise<unknown> =>
      Promise.all(names.map((from, n) => pay(from, names[(n + 5) % names.length] ?? from)));
    const rounds = [round()];
    await loseWriterOf(here);
    rounds.push(round());
    await until(isShared, 'both to have their share', 30_000);
    await loseWriterOf(there);
    rounds.push(round());
    await Promise.all(rounds);
    for (const payment of payments) expect(await stories(payment)).toEqual([FULFILLED, FULFILLED]);
    expect(payments).toHaveLength(3 * names.length);
  });
});

it('leaves nothing to be asked or told, and a log without a fault', async () => {
  const errands = async (): Promise<number> => {
    const gauges = hosts.map(({ metrics }) =>
      metrics.getSingleMetric('causeway_ledger_unanswered_errands')?.get(),
    );
    let sum = 0;
    for (const gauge of gauges) sum += (await gauge)?.values[0]?.value ?? 0;
    return sum;
  };
  let left = await errands();
  await until(
    () => {
      void errands().then((now) => (left = now));
      return left === 0;
    },
    'all errands to be answered',
    20_000,
  );
  expect(await stage.problems()).toEqual([]);
});
