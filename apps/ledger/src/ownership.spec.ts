import { setImmediate as turn } from 'node:timers/promises';
import { decodeHot, encodeHot, partitionOf, subjectsOf, type Answer } from '#contracts';
import {
  WriterLostError,
  type EventReader,
  type PartitionWriter,
  type SnapshotStore,
} from '#event-store';
import type { BatchedLink } from '#messaging';
import { loadConfiguration } from '#platform';
import { Ownership } from './ownership';
import type { OwnershipObserver } from './ownership-parts';

const subjects = subjectsOf('ownership');
const [alice, bob] = [partitionOf('alice'), partitionOf('bob')];
const configuration = loadConfiguration({
  env: {},
  document: { connector: { address: 'test.causeway' }, console: { token: 'a-token-of-this-test' } },
});

const observer = new Proxy({} as OwnershipObserver, { get: () => () => undefined });

/** An owner of empty partitions, with its writer and its link in the hands of the test. */
function scene() {
  let lose: (error: WriterLostError) => void = () => undefined;
  const heard = new Map<string, (entry: Buffer) => void>();
  const made = {
    isTrusted: true,
    checks: 0,
    answers: [] as Answer[],
    commit: () => Promise.resolve(),
    check: () => Promise.resolve(),
  };
  const writer = {
    failed: new Promise<WriterLostError>((resolve) => (lose = resolve)),
    ledgers: new Map(),
    commit: () => made.commit().then(() => []),
    check: () => {
      made.checks += 1;
      return made.check();
    },
  };
  const link = {
    isConnected: true,
    listen: (subject: string, _options: object, handler: (entry: Buffer) => void) => {
      heard.set(subject, handler);
      return { stop: () => Promise.resolve(void heard.delete(subject)) };
    },
    send: (_subject: string, entry: Buffer) => {
      const message = decodeHot(entry);
      if (message.kind === 'answer') made.answers.push(message);
    },
  };
  const ownership = new Ownership({
    announceFigures: () => undefined,
    writer: writer as unknown as PartitionWriter,
    reader: {} as unknown as EventReader,
    snapshots: {
      load: () => Promise.resolve(new Map()),
      save: () => Promise.resolve(),
    } as unknown as SnapshotStore,
    link: link as unknown as BatchedLink,
    subjects,
    configuration,
    observer,
    clock: () => 0,
    isTrusted: () => made.isTrusted,
  });
  /** A question that is refused, since there is no such ledger: nothing is appended for it. */
  const ask = (ledgerId: string, reference: number): void => {
    const replyTo = { gatewayId: 'gateway', reference };
    const entry = encodeHot({ kind: 'balance-asked', replyTo, ledgerId });
    heard.get(subjects.ledgerPartition(partitionOf(ledgerId)))?.(entry);
  };
  return Object.assign(made, { ownership, heard, ask, lose });
}

async function settled(): Promise<void> {
  for (let n = 0; n < 20; n += 1) await turn();
}

describe('what is answered without an append', () => {
  it('is answered at once while nobody can have taken over', async () => {
    const one = scene();
    const serving = one.ownership.serve();
    await one.ownership.takeOn([alice]);
    one.ask('alice', 1);
    await settled();
    expect(one.answers).toMatchObject([{ reference: 1, error: { name: 'UnreachableError' } }]);
    expect(one.checks).toBe(0);
    one.ownership.end();
    await serving;
  });

  it('waits for a proof of the locks when somebody may have', async () => {
    const one = scene();
    const serving = one.ownership.serve();
    await one.ownership.takeOn([alice]);
    await settled();
    one.isTrusted = false;
    let prove = (): void => undefined;
    one.check = () => new Promise((resolve) => (prove = resolve));
    one.ask('alice', 1);
    await settled();
    expect(one.answers).toEqual([]);
    prove();
    await settled();
    expect(one.answers).toHaveLength(1);
    one.ownership.end();
    await serving;
  });

  it('is never answered when the proof fails', async () => {
    const one = scene();
    const serving = one.ownership.serve();
    await one.ownership.takeOn([alice]);
    await settled();
    one.isTrusted = false;
    const lost = new WriterLostError('connection-lost');
    one.check = () => {
      one.lose(lost);
      return Promise.reject(lost);
    };
    one.ask('alice', 1);
    await expect(serving).rejects.toBe(lost);
    expect(one.answers).toEqual([]);
    expect(one.ownership.partitions).toEqual([]);
  });
});

describe('handing partitions over', () => {
  it('answers what came in before, hears nothing after, and serves the others meanwhile', async () => {
    const one = scene();
    const serving = one.ownership.serve();
    await one.ownership.takeOn([alice, bob]);
    await settled();
    const commits: (() => void)[] = [];
    one.commit = () => new Promise((resolve) => commits.push(resolve));
    one.ask('alice', 1);
    let isOver = false;
    const handing = one.ownership.handOver([alice]).then(() => (isOver = true));
    await settled();
    expect(isOver).toBe(false);
    one.ask('bob', 2);
    one.commit = () => Promise.resolve();
    for (const commit of commits) commit();
    await handing;
    await settled();
    expect(one.answers.map(({ reference }) => reference)).toEqual([1, 2]);
    expect([...one.heard.keys()]).toEqual([subjects.ledgerPartition(bob)]);
    expect(one.ownership.owns('alice')).toBe(false);
    expect(one.ownership.owns('bob')).toBe(true);
    one.ownership.end();
    await serving;
  });

  it('ends also when the writer is lost meanwhile', async () => {
    const one = scene();
    const serving = one.ownership.serve();
    await one.ownership.takeOn([alice]);
    await settled();
    const commits: ((error: Error) => void)[] = [];
    one.commit = () => new Promise((_, reject) => commits.push(reject));
    one.ask('alice', 1);
    await settled();
    const handing = one.ownership.handOver([alice]);
    await settled();
    const lost = new WriterLostError('connection-lost');
    one.commit = () => Promise.reject(lost);
    one.lose(lost);
    for (const fail of commits) fail(lost);
    await expect(serving).rejects.toBe(lost);
    await handing;
    expect(one.answers).toEqual([]);
    expect(one.ownership.partitions).toEqual([]);
  });

  it('leaves unanswered what nobody here decides any more, and a full or closed queue too', async () => {
    const one = scene();
    const serving = one.ownership.serve();
    await one.ownership.takeOn([alice]);
    await settled();
    const handler = one.heard.get(subjects.ledgerPartition(alice));
    const replyTo = { gatewayId: 'gateway', reference: 7 };
    const late = encodeHot({ kind: 'balance-asked', replyTo, ledgerId: 'alice' });
    await one.ownership.handOver([alice]);
    handler?.(late);
    one.ownership.end();
    handler?.(late);
    await serving;
    await settled();
    expect(one.answers).toEqual([]);
  });
});
