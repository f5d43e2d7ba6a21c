import { randomBytes } from 'node:crypto';
import { controlSubject, type LedgerFigures } from '#contracts';
import { aLedger, ScriptedLedgers } from '../../test/support/scripted-ledgers';
import { eventually } from '../../test/support/processes';
import { startService, type StartedService } from '../../test/support/started-service';
import { testNatsUrl } from '../../test/support/test-nats';
import { withControlPlane } from './control-server';
import { LedgerDirectory } from './ledger-directory';
import { LedgerDirectoryModule } from './ledger-directory.module';

const address = `test.directory${randomBytes(4).toString('hex')}`;
const figures = (version: number, maxIn: string | null): LedgerFigures => ({
  ledgerId: 'alice',
  version,
  maxIn,
  maxOut: '0',
});

let ledgers: ScriptedLedgers;
let service: StartedService;
let directory: LedgerDirectory;
const heard: (string | null)[] = [];

beforeAll(async () => {
  ledgers = await ScriptedLedgers.connect(address.replace('.', '-'));
  ledgers.figures = [figures(3, '30')];
  ledgers.open([aLedger('alice')], 'silently');
  service = await startService(
    {
      name: 'router',
      module: LedgerDirectoryModule,
      create: withControlPlane((scope) => ({
        queue: 'router',
        subjectOf: (pattern) => controlSubject(scope, pattern),
      })),
    },
    {
      connector: { address },
      console: { token: 'a-token-for-the-console-of-this-test' },
      natsUrl: testNatsUrl(),
    },
  );
  directory = service.app.get(LedgerDirectory, { strict: false });
  directory.onFigures((changed) => heard.push(...changed.map(({ maxIn }) => maxIn)));
});

afterAll(async () => {
  await service.stop();
  await ledgers.close();
});

test('a service knows what ledgers can carry from their list', async () => {
  await eventually('the list', () => directory.figures.get('alice')?.maxIn === '30');
});

test('a service hears what the owners announce, and passes over what makes no sense', async () => {
  ledgers.announceFigures({
    figures: [{ ledgerId: 'alice', version: 4, maxIn: '-1', maxOut: '0' }],
  });
  ledgers.announceFigures('nonsense');
  ledgers.announceFigures({ figures: [{ ...figures(4, '40'), colour: 'red' }], more: 1 });
  await eventually('the announcement', () => heard.includes('40'));
  ledgers.announceFigures({ figures: [figures(5, null)] });
  await eventually('no limit', () => directory.figures.get('alice')?.maxIn === null);
  expect(heard.slice(-2)).toEqual(['40', null]);
});
