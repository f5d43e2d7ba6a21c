import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  controlSubject,
  subjectsOf,
  type LedgerDescription,
  type LedgerFigures,
  type LedgerListReply,
  readLedgerFigures,
  readLedgerOpenReply,
} from '#contracts';
import { BusConnection, ControlClient, ControlListener, withControlPlane } from '#messaging';
import { logDatabase, type LogDatabase } from '#testing';
import {
  onceReady,
  startService,
  type StartedService,
} from '../../../test/support/started-service';
import { testNatsUrl } from '../../../test/support/test-nats';
import { description, until } from '../test/ledger-stage';
import { LedgerModule } from './ledger.module';
import { LedgerService } from './ledger.service';

const definition = {
  name: 'ledger',
  module: LedgerModule,
  create: withControlPlane((scope) => ({
    queue: 'ledger',
    subjectOf: (pattern) => controlSubject(scope, pattern),
  })),
};

const ids = Array.from({ length: 12 }, (_, n) => `peer-${n}`);
const peers = ids.slice(0, 6).map((id) => ({
  id,
  discovery: 'btp',
  socket: 'server',
  btpVersion: 'BTP/1.0',
  token: randomUUID(),
  authority: 'admin',
  ledger: {
    prefix: `test.${id}.`,
    currencyCode: 'USD',
    currencyScale: 9,
    maxBalance: 'unlimited',
    minBalance: '0',
  },
}));

let database: LogDatabase;
let bus: BusConnection;
let control: ControlClient;
let services: StartedService[];
const address = `test.many${randomBytes(3).toString('hex')}`;
const subjects = subjectsOf(address.replace('.', '-'));

beforeAll(async () => {
  database = await logDatabase();
  bus = await BusConnection.connect({ url: testNatsUrl(), name: 'asks' });
  control = new ControlClient(bus);
  services = [];
  const document = {
    connector: { address },
    console: { token: 'a-token-for-the-console-of-this-test' },
    databaseUrl: database.url,
    natsUrl: testNatsUrl(),
    // Who is merely slow is not taken for dead.
    limits: { ledgerStaleAfterMs: 60_000 },
    peers,
  };
  for (let n = 0; n < 2; n += 1) services.push(await startService(definition, document));
});

afterAll(async () => {
  for (const service of services) await service.stop();
  await bus.drain();
  await database.drop();
});

const wanted = (ledgerId: string): LedgerDescription =>
  description({ ledgerId, prefix: `test.${ledgerId}.`, minBalance: '0' });

const list = (): Promise<readonly string[]> =>
  control.ask(
    subjects.ledgerList,
    {},
    {
      deadlineMs: 20_000,
      parse: (answer) => (answer as LedgerListReply).ledgers.map(({ ledgerId }) => ledgerId),
    },
  );

const open = (ledger: LedgerDescription) =>
  control.ask(subjects.ledgerOpen, ledger, { deadlineMs: 20_000, parse: readLedgerOpenReply });

async function held(): Promise<number[]> {
  const pages = await Promise.all(services.map(onceReady));
  return pages.map(({ checks }) => {
    const detail = checks.log?.detail as { partitions: readonly number[] } | undefined;
    return detail?.partitions.length ?? -1;
  });
}

describe('two ledger services', () => {
  it('share the partitions, are both ready, and say on their health page what they hold', async () => {
    const seen: number[][] = [];
    for (let look = 0; look < 1_500 && seen.at(-1)?.join() !== '32,32'; look += 1) {
      seen.push(await held());
      await sleep(20);
    }
    expect(seen.at(-1)).toEqual([32, 32]);
    expect(seen.flat()).not.toContain(-1);
  });

  it('have opened each configured ledger once', async () => {
    const rows = await database.asSuperuser(
      `SELECT ledger_id, count(*)::int AS opened FROM ledger_events
       WHERE type = 'LedgerOpened' GROUP BY ledger_id ORDER BY ledger_id`,
    );
    expect(rows).toEqual(
      ids
        .slice(0, 6)
        .sort()
        .map((ledger_id) => ({ ledger_id, opened: 1 })),
    );
  });

  it('open a ledger wherever its owner is, whichever of them is asked', async () => {
    for (const id of ids.slice(6)) {
      const outcomes = [await open(wanted(id)), await open(wanted(id)), await open(wanted(id))];
      expect(outcomes.map(({ outcome }) => outcome)).toEqual(['opened', 'unchanged', 'unchanged']);
      expect(await list()).toContain(id);
    }
  });

  it('list all ledgers, whichever is asked, and at once after one was opened', async () => {
    const known = (await list()).length;
    for (let n = 0; n < 10; n += 1) {
      const id = `later-${n}`;
      await open(wanted(id));
      const lists = await Promise.all(
        services.map(({ app }) => app.get(LedgerService, { strict: false }).list()),
      );
      for (const { ledgers } of lists) {
        expect(ledgers.map(({ ledgerId }) => ledgerId)).toContain(id);
        expect(ledgers).toHaveLength(known + n + 1);
      }
    }
  });

  it('say of every ledger what it can carry, whichever is asked, and announce it', async () => {
    const announced = new Map<string, LedgerFigures>();
    const hearing = new ControlListener(bus).listen(subjects.ledgersFigures, (data) => {
      for (const one of readLedgerFigures(data).figures) announced.set(one.ledgerId, one);
      return Promise.resolve(null);
    });
    await open({ ...wanted('later-0'), maxBalance: '700', minBalance: '-20' });
    await open({ ...wanted('later-1'), maxBalance: '30' });
    const isAnnounced = (id: string): boolean => announced.get(id)?.version === 2;
    await until(() => isAnnounced('later-0') && isAnnounced('later-1'), 'announced figures');
    await hearing.stop();
    expect(announced.get('later-0')).toMatchObject({ maxIn: '700', maxOut: '20' });
    const expected = [
      announced.get('later-0'),
      announced.get('later-1'),
      { ledgerId: 'peer-2', version: 1, maxIn: null, maxOut: '0' },
    ];
    // Of the ledgers of others a service knows what is in the database, which comes a moment later.
    for (const { app } of services) {
      await until(async () => {
        const { ledgers, figures = [] } = await app.get(LedgerService, { strict: false }).list();
        const isThere = (one: unknown): boolean => figures.some((it) => isDeepStrictEqual(it, one));
        return figures.length === ledgers.length && expected.every(isThere);
      }, 'all figures, whichever is asked');
    }
  });

  it('refuse addresses that a ledger of the other one has', async () => {
    for (const id of ids) {
      const overlapping = { ...wanted(`sub-${id}`), prefix: `test.${id}.sub.` };
      expect(await open(overlapping)).toMatchObject({ outcome: 'conflict', field: 'prefix' });
    }
  });

  it('go on when one of them stops: the other one answers for all', async () => {
    await services.pop()?.stop();
    for (const id of ids) expect(await open(wanted(id))).toEqual({ outcome: 'unchanged' });
    expect(await list()).toEqual(expect.arrayContaining(ids) as unknown);
    await until(async () => (await held()).join() === '64', 'the rest to be taken over');
  });
});
