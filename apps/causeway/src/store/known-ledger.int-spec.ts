import { CONNECTOR_STREAM } from '#contracts';
import { logDatabase, type LogDatabase } from '#testing';
import { logStory, paymentStory } from '../../test/logged-story';
import { events } from '../commands/events';
import { settlements } from '../commands/settlements';
import { transfers } from '../commands/transfers';
import type { Shell } from '../shell';
import { NoLedgerError } from './known-ledger';

describe('what happened on a ledger', () => {
  let database: LogDatabase;
  beforeAll(async () => {
    database = await logDatabase();
    await logStory(database.dataSource, paymentStory({ amounts: [40], fulfilled: [0] }));
  });
  afterAll(() => database.drop());

  const commands = { events, settlements, transfers };

  async function linesOf(command: keyof typeof commands, ledger: string): Promise<string[]> {
    const lines: string[] = [];
    const shell: Shell = {
      env: { DATABASE_URL: database.url },
      print: (line) => void lines.push(line),
      note: () => undefined,
    };
    await commands[command]({ data: '/nowhere', ledger, limit: 50 }, shell);
    return lines;
  }

  it.each(['events', 'settlements', 'transfers'] as const)(
    'is not told of one that there is not: %s',
    async (command) => {
      await expect(linesOf(command, 'alcie')).rejects.toThrow(
        new NoLedgerError('there is no ledger alcie'),
      );
      await expect(linesOf(command, 'alice')).resolves.not.toEqual([]);
    },
  );

  it('may be nothing yet where the connector itself is asked about', async () => {
    await expect(linesOf('events', CONNECTOR_STREAM)).resolves.toEqual([]);
  });
});
