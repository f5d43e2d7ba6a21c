import { Logger } from '@nestjs/common';
import type { LedgerDescription, LedgerFigures, LedgerListReply } from '#contracts';
import { type DirectoryTiming, LedgerDirectory } from './ledger-directory';

const TIMING: DirectoryTiming = {
  refreshMs: 5_000,
  retryMinMs: 100,
  retryMaxMs: 400,
  leastPauseMs: 50,
};

const ledger = (ledgerId: string, maxBalance: string | null = null): LedgerDescription => ({
  ledgerId,
  prefix: `test.${ledgerId}.`,
  currencyCode: 'USD',
  currencyScale: 9,
  account: 'server',
  peerAccount: 'client',
  authority: 'admin',
  maxBalance,
  minBalance: null,
});

/** A ledger service that says what it is told to say, at once or when told to. */
class ScriptedService {
  asked = 0;
  answer: () => Promise<LedgerListReply> = () => Promise.reject(new Error('nobody'));
  readonly ask = (): Promise<LedgerListReply> => {
    this.asked += 1;
    return this.answer();
  };
  has(...ledgers: LedgerDescription[]): void {
    this.answer = () => Promise.resolve({ ledgers });
  }
}

let service: ScriptedService;
let directory: LedgerDirectory;
let changes: string[][];

beforeAll(() => {
  Logger.overrideLogger(false);
});

beforeEach(() => {
  jest.useFakeTimers();
  service = new ScriptedService();
  directory = new LedgerDirectory(service.ask, TIMING);
  changes = [];
  directory.onChange((ledgers) => changes.push(ledgers.map(({ ledgerId }) => ledgerId)));
});

afterEach(() => {
  directory.onModuleDestroy();
  jest.useRealTimers();
});

const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

describe('at the start', () => {
  test('nothing is known until the first answer', async () => {
    directory.onApplicationBootstrap();
    await pass(0);
    expect(directory.ledgers).toBeUndefined();
    expect(changes).toEqual([]);
  });

  test('it asks again and again, at growing intervals, until there is an answer', async () => {
    directory.onApplicationBootstrap();
    await pass(0);
    const askedAt = [100, 200, 400, 400, 400];
    for (const [index, ms] of askedAt.entries()) {
      await pass(ms - 1);
      expect(service.asked).toBe(index + 1);
      await pass(1);
      expect(service.asked).toBe(index + 2);
    }
    service.has(ledger('a'));
    await pass(400);
    expect(changes).toEqual([['a']]);
  });

  test('an empty list is an answer', async () => {
    service.has();
    directory.onApplicationBootstrap();
    await pass(0);
    expect(directory.ledgers).toEqual([]);
    expect(changes).toEqual([[]]);
  });
});

describe('while it is known', () => {
  beforeEach(async () => {
    service.has(ledger('b'), ledger('a'));
    directory.onApplicationBootstrap();
    await pass(100);
  });

  test('the list is ordered by id, whatever order it came in', async () => {
    expect(changes).toEqual([['a', 'b']]);
    service.has(ledger('a'), ledger('b'));
    await pass(5_100);
    expect(changes).toEqual([['a', 'b']]);
  });

  test('it is asked for at intervals, and a difference in any member is a change', async () => {
    service.has(ledger('a'), ledger('b', '5'));
    await pass(4_900);
    expect(changes).toHaveLength(1);
    await pass(100);
    expect(changes).toHaveLength(2);
    expect(directory.ledgers?.[1]?.maxBalance).toBe('5');
  });

  test('it is asked for at once when somebody wants to know', async () => {
    service.has(ledger('c'));
    const refreshed = directory.refresh();
    await pass(0);
    await refreshed;
    expect(changes.at(-1)).toEqual(['c']);
  });

  test('it is asked for no oftener than the least pause allows', async () => {
    const before = service.asked;
    for (let index = 0; index < 100; index += 1) {
      void directory.refresh();
      await pass(1);
    }
    expect(service.asked - before).toBeLessThanOrEqual(3);
  });

  test('it stays known while nobody answers', async () => {
    service.answer = () => Promise.reject(new Error('nobody'));
    await pass(20_000);
    expect(directory.ledgers).toHaveLength(2);
    expect(changes).toHaveLength(1);
  });

  test('a wish to know survives failures and is granted by the first answer', async () => {
    service.answer = () => Promise.reject(new Error('nobody'));
    let granted = false;
    void directory.refresh().then(() => (granted = true));
    await pass(1_000);
    expect(granted).toBe(false);
    service.has(ledger('a'));
    await pass(400);
    expect(granted).toBe(true);
  });

  test('an answer to a question asked before the wish does not grant it', async () => {
    let answerNow: (reply: LedgerListReply) => void = () => undefined;
    service.answer = () =>
      new Promise((resolve) => {
        answerNow = resolve;
      });
    void directory.refresh();
    await pass(0);
    const wished = directory.refresh();
    service.has(ledger('new'));
    answerNow({ ledgers: [ledger('old')] });
    await pass(0);
    expect(changes.at(-1)).toEqual(['old']);
    await pass(50);
    await wished;
    expect(changes.at(-1)).toEqual(['new']);
  });

  test('a listener that fails keeps neither the others nor the next list away', async () => {
    const fragile = new LedgerDirectory(service.ask, TIMING);
    const heard: number[] = [];
    fragile.onChange(() => {
      throw new Error('no');
    });
    fragile.onChange((ledgers) => heard.push(ledgers.length));
    fragile.onApplicationBootstrap();
    await pass(0);
    service.has(ledger('a'));
    await pass(5_100);
    fragile.onModuleDestroy();
    expect(heard).toEqual([2, 1]);
  });

  describe('what the ledgers can carry', () => {
    const figures = (ledgerId: string, version: number, maxIn: string | null): LedgerFigures => ({
      ledgerId,
      version,
      maxIn,
      maxOut: '7',
    });
    const lists = (...listed: LedgerFigures[]): void => {
      const ledgers = [ledger('a'), ledger('b')];
      service.answer = () => Promise.resolve({ ledgers, figures: listed });
    };
    let heard: string[];

    beforeEach(() => {
      heard = [];
      directory.onFigures((changed) => {
        heard.push(...changed.map((one) => `${one.ledgerId} ${one.maxIn}`));
      });
    });

    test('is told when it changes, by the list or by the owners', async () => {
      lists(figures('a', 1, '5'), figures('b', 1, null));
      await pass(5_100);
      expect(heard).toEqual(['a 5', 'b null']);
      directory.hearFigures([figures('a', 2, '4'), figures('b', 2, null)]);
      expect(heard).toEqual(['a 5', 'b null', 'a 4']);
      await pass(5_100);
      expect(heard).toHaveLength(3);
      expect(directory.figures.get('a')).toEqual(figures('a', 2, '4'));
    });

    test('counts as of the newest, whatever order it came in', async () => {
      directory.hearFigures([figures('a', 5, '5')]);
      directory.hearFigures([figures('a', 4, '4')]);
      lists(figures('a', 5, '55'));
      await pass(5_100);
      expect(heard).toEqual(['a 5']);
      lists(figures('a', 6, '6'));
      await pass(5_100);
      directory.hearFigures([figures('a', 6, '66')]);
      expect(heard).toEqual(['a 5', 'a 6', 'a 66']);
    });

    test('is known of ledgers that are listed only, once there is a list', async () => {
      lists(figures('a', 1, '5'), figures('stranger', 1, '5'));
      await pass(5_100);
      expect(directory.figures.has('stranger')).toBe(false);
      service.has(ledger('b'));
      await pass(5_100);
      expect([...directory.figures.keys()]).toEqual([]);
    });

    test('may be left out of the list', async () => {
      directory.hearFigures([figures('a', 1, '5')]);
      await pass(5_100);
      expect(directory.figures.get('a')?.maxIn).toBe('5');
    });
  });

  test('nothing is asked any more once it is stopped', async () => {
    directory.onModuleDestroy();
    const before = service.asked;
    await pass(60_000);
    expect(service.asked).toBe(before);
    expect(jest.getTimerCount()).toBe(0);
  });
});
