import { migrate } from '#event-store';
import { loadConfiguration } from '#platform';
import { type ScratchDatabase, scratchDatabase } from '../../../../test/support/scratch-database';
import { webfingerSecret } from './webfinger-secret';

let database: ScratchDatabase;

beforeEach(async () => {
  database = await scratchDatabase();
  await migrate(database.url);
});

afterEach(async () => {
  await database.drop();
});

it('is made once, however many gateways ask, and kept', async () => {
  const configuration = loadConfiguration({
    document: {
      connector: { address: 'test.causeway' },
      console: { token: 'unused' },
      webfinger: { hostname: 'wallet1.example' },
      databaseUrl: database.url,
    },
    env: {},
  });
  const ask = (): Promise<string | undefined> => webfingerSecret(configuration, 'spec');
  const [first, second] = await Promise.all([ask(), ask()]);
  expect(Buffer.from(first ?? '', 'base64url')).toHaveLength(32);
  expect([second, await ask()]).toEqual([first, first]);
});
