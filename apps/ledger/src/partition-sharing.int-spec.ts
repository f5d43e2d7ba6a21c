import { partitionOf } from '#contracts';
import { description, until } from '../test/ledger-stage';
import {
  configurationWith,
  PARTITIONS,
  SharingStage,
  type RunningHost,
} from '../test/sharing-stage';
import { everyPartition } from './fair-share';
import { NotOwnerRefusal } from './owner-relay';

const every = everyPartition(PARTITIONS);
const names = Array.from({ length: 24 }, (_, n) => `peer-${n}`);

let stage: SharingStage;
beforeEach(async () => {
  stage = await SharingStage.open();
});
afterEach(() => stage.close());

const share = ({ host }: RunningHost): number => host.partitions.length;

function heldBy(...running: RunningHost[]): number[] {
  return running.flatMap(({ host }) => host.partitions).sort((a, b) => a - b);
}

/** Every partition has exactly one owner, and the shares are as given. */
async function shared(hosts: readonly RunningHost[], shares: readonly number[]): Promise<void> {
  const isShared = (): boolean =>
    hosts.map(share).join() === shares.join() && heldBy(...hosts).join() === every.join();
  await until(isShared, `shares of ${shares.join()}`, 40_000);
}

async function metric({ metrics }: RunningHost, name: string): Promise<number> {
  const { values } = (await metrics.getSingleMetric(name)?.get()) ?? { values: [] };
  return values.reduce((sum, { value }) => sum + value, 0);
}

describe('ledger processes share the partitions', () => {
  it('half and half when a second one joins; everything is answered meanwhile', async () => {
    const first = await stage.start('ledger-1');
    expect(first.host.state).toBe('owner');
    expect(first.host.partitions).toEqual(every);
    await stage.openLedgers(first.host, names);
    const load = stage.load();
    const second = await stage.start('ledger-2');
    await shared([first, second], [32, 32]);
    await load.stop();
    expect(stage.refusals().filter((name) => name !== 'AlreadyRolledBackError')).toEqual([]);
    expect(await stage.problems()).toEqual([]);
    expect(await stage.crooked()).toEqual([]);
    expect(await second.host.check()).toEqual({
      state: 'owner',
      partitions: second.host.partitions,
    });
    expect(await metric(second, 'causeway_ledger_partitions_held')).toBe(32);
    expect(await metric(second, 'causeway_ledger_partition_hand_overs_total')).toBe(32);
  });

  it('and all of them when the other leaves in good order, from the snapshots it left', async () => {
    const first = await stage.start('ledger-1');
    const second = await stage.start('ledger-2');
    await shared([first, second], [32, 32]);
    await stage.openLedgers(
      first.host,
      names.filter((id) => first.host.owns(id)),
    );
    const load = stage.load();
    await first.host.stop();
    await shared([second], [64]);
    await load.stop();
    expect(stage.refusals().filter((name) => name !== 'AlreadyRolledBackError')).toEqual([]);
    expect(await stage.problems()).toEqual([]);
    expect(await stage.crooked()).toEqual([]);
    const [left] = await stage.database.asSuperuser(
      'SELECT count(*)::int AS snapshots FROM ledger_snapshots',
    );
    expect(left?.snapshots).toBe(stage.ledgers.length);
    expect(first.host.state).toBe('stopped');
    expect(await stage.database.asSuperuser('SELECT instance_id FROM ledger_instances')).toEqual([
      { instance_id: 'ledger-2' },
    ]);
  });

  it('three ways, and then stay as they are', async () => {
    const hosts = [await stage.start('a'), await stage.start('b'), await stage.start('c')];
    await shared(hosts, [22, 21, 21]);
    const moves = hosts.map((one) => one.moves.length);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(hosts.map((one) => one.moves.length)).toEqual(moves);
  });

  it('anew when one loses its connection to the log; it joins again by itself', async () => {
    const first = await stage.start('ledger-1');
    await stage.openLedgers(first.host, names);
    const second = await stage.start('ledger-2');
    await shared([first, second], [32, 32]);
    const load = stage.load();
    await stage.database.asSuperuser(
      `SELECT pg_terminate_backend(backend_pid) FROM ledger_instances
       WHERE instance_id = 'ledger-1'`,
    );
    await until(() => first.errors.length > 0, 'the loss to be noticed');
    expect(first.errors).toEqual(['lost the partitions; replaying when some are ours again']);
    await shared([first, second], [32, 32]);
    await load.stop();
    expect(await stage.problems()).toEqual([]);
    expect(await stage.crooked()).toEqual([]);
  });

  it('without the one that is overdue, whose connection they end', async () => {
    const configuration = configurationWith({ ledgerStaleAfterMs: 2_500 });
    const first = await stage.start('ledger-1', { configuration });
    await stage.openLedgers(first.host, names);
    const second = await stage.start('ledger-2', { configuration });
    await shared([first, second], [32, 32]);
    // As if it had been paused: nobody hears of it, and yet it has its locks.
    await stage.database.asSuperuser(
      `CREATE FUNCTION unheard() RETURNS trigger LANGUAGE plpgsql AS
         'BEGIN NEW.stale_at := OLD.stale_at; RETURN NEW; END'`,
      `CREATE TRIGGER unheard BEFORE UPDATE ON ledger_instances FOR EACH ROW
         WHEN (old.instance_id = 'ledger-1' AND old.fenced_at IS NULL)
         EXECUTE FUNCTION unheard()`,
    );
    await until(() => first.errors.length > 0, 'the loss to be noticed');
    expect(first.errors[0]).toMatch(/^lost the partitions: this process was away too long/);
    await until(
      async () => (await metric(second, 'causeway_ledger_fenced_total')) > 0,
      'the other to have seen to it',
    );
    expect(await metric(first, 'causeway_ledger_fenced_total')).toBeGreaterThan(0);
    await stage.database.asSuperuser('DROP TRIGGER unheard ON ledger_instances');
    await shared([first, second], [32, 32]);
    for (const id of names) stage.pay(id);
    await stage.allAnswered();
    expect(await stage.problems()).toEqual([]);
  });

  it('and say before partitions go what goes, and nothing is served after', async () => {
    const first = await stage.start('ledger-1');
    await stage.start('ledger-2');
    await until(() => share(first) === 32, 'half of the partitions to go');
    const [taken, ...going] = first.moves;
    expect(taken).toEqual({ what: 'taken', partitions: every });
    expect(going.flatMap(({ partitions }) => partitions).sort((a, b) => a - b)).toEqual(
      every.filter((one) => !first.host.partitions.includes(one)),
    );
  });
});

describe('a partition that cannot be replayed', () => {
  it('is left alone and told of, while all others are served', async () => {
    const first = await stage.start('ledger-1');
    await stage.openLedgers(first.host, names);
    await first.host.stop();
    const broken = partitionOf('peer-0', PARTITIONS);
    await stage.database.asSuperuser(
      'ALTER TABLE ledger_events DISABLE TRIGGER USER',
      `UPDATE ledger_events SET payload = '{}' WHERE ledger_id = 'peer-0'`,
      'DELETE FROM ledger_snapshots',
    );
    const second = await stage.start('ledger-2');
    expect(second.host.partitions).toEqual(every.filter((one) => one !== broken));
    expect(second.errors).toEqual(['a partition cannot be replayed, so nobody serves it']);
    expect(second.host.state).toBe('owner');
    const other = names.find((id) => partitionOf(id, PARTITIONS) !== broken) ?? '';
    stage.pay(other);
    await stage.allAnswered();
  });
});

describe('opening a ledger', () => {
  it('is refused where another owner has the addresses, and where the partition is not ours', async () => {
    const first = await stage.start('ledger-1');
    const second = await stage.start('ledger-2');
    await shared([first, second], [32, 32]);
    const ours = names.find((id) => first.host.owns(id)) ?? '';
    const theirs = names.find((id) => second.host.owns(id)) ?? '';
    await stage.openLedgers(first.host, [ours]);
    const wanted = description({ ledgerId: theirs, prefix: `test.${ours}.sub.` });
    expect(await second.host.ensure(wanted)).toEqual({
      outcome: 'conflict',
      field: 'prefix',
      stored: `test.${ours}. (of ledger ${ours})`,
      wanted: `test.${ours}.sub.`,
    });
    await expect(first.host.ensure(wanted)).rejects.toThrow(NotOwnerRefusal);
    expect(
      await first.host.ensure(description({ ledgerId: ours, prefix: `test.${ours}.` })),
    ).toEqual({ outcome: 'unchanged' });
  });

  it('of two with the same addresses at the same moment, by two owners, opens one', async () => {
    const first = await stage.start('ledger-1');
    const second = await stage.start('ledger-2');
    await shared([first, second], [32, 32]);
    const ours = names.filter((id) => first.host.owns(id)).slice(0, 4);
    const theirs = names.filter((id) => second.host.owns(id)).slice(0, 4);
    for (const [n, id] of ours.entries()) {
      const wanted = { prefix: `test.same-${n}.` };
      const outcomes = await Promise.all([
        first.host.ensure(description({ ...wanted, ledgerId: id })),
        second.host.ensure(description({ ...wanted, ledgerId: theirs[n] ?? '' })),
      ]);
      expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['conflict', 'opened']);
    }
  });
});
