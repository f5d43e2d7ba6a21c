import { Logger } from '@nestjs/common';
import type { RatesReply } from '#contracts';
import type { PairPolicy } from '#domain/liquidity';
import type { Route } from '#domain/routing';
import type { LiveRoutesSettings } from './live-routes';
import { MemoryBucket } from './test/memory-bucket';
import { described, OneProcess } from './test/one-process';

const NOW = Date.parse('2026-11-22T12:00:00.000Z');
const EUR = { currencyCode: 'EUR' };

let nowMs: number;
const processes: OneProcess[] = [];

beforeAll(() => {
  Logger.overrideLogger(false);
});

beforeEach(() => {
  nowMs = NOW;
});

afterEach(async () => {
  await Promise.all(processes.splice(0).map(({ routes }) => routes.stop()));
});

function process(settings: Partial<LiveRoutesSettings> = {}): OneProcess {
  const made = new OneProcess(new MemoryBucket(), () => nowMs, settings);
  processes.push(made);
  return made;
}

const rates = (more: Partial<RatesReply> = {}): RatesReply => ({
  version: 1,
  state: 'fresh',
  source: 'https://rates.example',
  base: 'EUR',
  rates: { USD: '1.25' },
  fetchedAt: null,
  confirmedAt: null,
  staleAt: null,
  publishedAt: null,
  ...more,
});

function way(
  { routes }: OneProcess,
  { from = 'a', to = 'test.b.x', sourceAmount = 1_000n } = {},
): Route | undefined {
  return routes.tables.routeFor({ sourceLedgerId: from, destination: to, nowMs, sourceAmount });
}

function brings(made: OneProcess, question: Parameters<typeof way>[1] = {}): bigint | undefined {
  const found = way(made, question);
  const { sourceAmount = 1_000n } = question;
  return found?.kind === 'local' ? found.head.local.amountAt(sourceAmount) : undefined;
}

const policy = (more: Partial<PairPolicy> = {}): Partial<LiveRoutesSettings> => ({
  isOneToOne: false,
  pairs: { spreadPpm: 0n, pairs: [], ...more },
});

describe('the tables of a process', () => {
  it('hold the ledgers, and end where these can carry no more', () => {
    const made = process();
    expect(way(made)).toBeUndefined();
    made.open(described('a'), described('b'));
    expect(brings(made)).toBe(1_000n);
    made.carries('b', null, '300');
    expect(brings(made)).toBe(300n);
    made.carries('a', '200', null);
    expect(brings(made)).toBe(200n);
    made.carries('b', null, '0');
    expect(brings(made)).toBe(0n);
    made.open(described('a'));
    expect(way(made)).toBeUndefined();
  });

  it('lead over peers that are connected only, as soon as it is known which these are', () => {
    const made = process();
    made.isKnown = false;
    made.open(described('a'), described('b'));
    made.disconnect('b');
    expect(way(made)).toMatchObject({ kind: 'local' });
    made.learnWhoIsConnected();
    expect(way(made)).toMatchObject({ kind: 'unusable', nextPrefix: 'test.b.' });
    made.connect('b');
    expect(way(made)).toMatchObject({ kind: 'local' });
  });

  describe('wait for a peer between two sessions', () => {
    const GRACE_MS = 3_000;
    let made: OneProcess;

    beforeEach(() => {
      jest.useFakeTimers({ doNotFake: ['setImmediate'] });
      made = process({ sessionGraceMs: GRACE_MS });
      made.open(described('a'), described('b'));
    });

    afterEach(() => {
      jest.useRealTimers();
    });

    const pass = (ms: number): void => {
      nowMs += ms;
      jest.advanceTimersByTime(ms);
    };
    const told = (): string[] => [
      ...(made.routes.tables.exportOver('a', nowMs)?.routes.keys() ?? []),
    ];

    it('for a short time, in which nothing is refused or withdrawn', () => {
      made.disconnect('b');
      pass(GRACE_MS - 1);
      expect(way(made)).toMatchObject({ kind: 'local' });
      expect(told()).toEqual(['test.b.']);
      let changes = 0;
      made.routes.onChange(() => (changes += 1));
      pass(1);
      expect(way(made)).toMatchObject({ kind: 'unusable', reason: 'next-ledger-disconnected' });
      expect(told()).toEqual([]);
      expect(changes).toBeGreaterThan(0);
    });

    it('and no longer once it is back', () => {
      made.disconnect('b');
      pass(1_000);
      made.connect('b');
      pass(GRACE_MS);
      expect(way(made)).toMatchObject({ kind: 'local' });
    });

    it('but not for one that had no session since the start', () => {
      made.connected.delete('b');
      made.learnWhoIsConnected();
      expect(way(made)).toMatchObject({ kind: 'unusable', nextPrefix: 'test.b.' });
    });
  });

  it('leave out what we run as a validator', () => {
    const relays = new Map([
      ['b', 'c'],
      ['c', 'b'],
    ]);
    const made = process({ relays });
    made.open(described('a'), described('b'));
    expect(way(made)).toBeUndefined();
    expect([...made.routes.relaying]).toEqual(['b']);
  });

  it('exchange at the rates there are, and not at all at those that are too old', () => {
    const made = process(policy());
    made.open(described('a'), described('b', EUR), described('c'));
    expect(way(made)).toMatchObject({ kind: 'unusable', reason: 'rates-unknown' });
    expect(brings(made, { to: 'test.c.x' })).toBe(1_000n);
    made.price(rates());
    expect(brings(made)).toBe(800n);
    expect(brings(made, { from: 'b', to: 'test.a.x' })).toBe(1_250n);
    made.price(rates({ version: 2, rates: { USD: '2' } }));
    expect(brings(made)).toBe(500n);
    made.price(rates({ version: 2, rates: { GBP: '2' } }));
    expect(way(made)).toBeUndefined();
    made.price(rates({ version: 2, state: 'stale' }));
    expect(way(made)).toMatchObject({ kind: 'unusable', reason: 'rates-stale' });
    expect(brings(made, { to: 'test.c.x' })).toBe(1_000n);
  });

  it('name the rates that a way rests on, even where newer ones say the same', () => {
    const made = process(policy());
    made.open(described('a'), described('b', EUR), described('c'));
    const versionTo = (to: string): number | undefined => {
      const found = way(made, { to });
      return found?.kind === 'local' ? found.head.price?.ratesVersion : undefined;
    };
    made.price(rates({ version: 7 }));
    expect(versionTo('test.b.x')).toBe(7);
    made.price(rates({ version: 9, rates: { USD: '1.25', GBP: '0.8' } }));
    expect(versionTo('test.b.x')).toBe(9);
    expect(way(made, { to: 'test.c.x' })).toMatchObject({ kind: 'local' });
    expect(versionTo('test.c.x')).toBeUndefined();
  });

  it('take what an exchange costs in particular', () => {
    const pair = { source: 'USD', destination: 'EUR', spreadPpm: 100_000n, fee: 100n };
    const made = process(policy({ spreadPpm: 500_000n, pairs: [pair] }));
    made.price(rates());
    made.open(described('a'), described('b', EUR));
    expect(brings(made, { sourceAmount: 1_100n })).toBe(720n);
    expect(brings(made, { from: 'b', to: 'test.a.x' })).toBe(625n);
  });

  it('need no rates where everything is one to one', () => {
    const made = process();
    made.open(described('a'), described('b', EUR));
    expect(brings(made)).toBe(1_000n);
  });
});

describe('who follows them', () => {
  it('hears of every change, whoever else fails over it', () => {
    const made = process();
    let changes = 0;
    made.routes.listen({
      onChange: () => {
        throw new Error('no');
      },
    });
    made.routes.onChange(() => (changes += 1));
    made.open(described('a'), described('b'));
    const before = changes;
    made.carries('a', '5', null);
    expect(changes).toBe(before + 1);
    made.disconnect('a');
    expect(changes).toBe(before + 2);
    made.price(rates());
    expect(changes).toBe(before + 3);
  });

  it('waits until all is known', async () => {
    const made = process();
    made.isKnown = false;
    const ready = made.routes.ready();
    made.open(described('a'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(made.routes.isCaughtUp).toBe(false);
    made.learnWhoIsConnected();
    await ready;
    expect(made.routes.isCaughtUp).toBe(true);
    await made.routes.ready();
  });
});

describe('a ledger that is not known yet', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it('is asked for, once', async () => {
    const made = process();
    made.refresh = () => {
      made.open(described('a'));
      made.refresh = () => Promise.reject(new Error('not needed'));
      return Promise.resolve();
    };
    await made.routes.askForLedger('a', 1_000);
    await made.routes.askForLedger('a', 1_000);
    expect(made.routes.tables.ledger('a')).toBeDefined();
  });

  it('is waited for no longer than told', async () => {
    jest.useFakeTimers();
    const made = process();
    made.refresh = () => new Promise(() => undefined);
    let isOver = false;
    const asking = made.routes.askForLedger('a', 1_000).then(() => (isOver = true));
    await jest.advanceTimersByTimeAsync(999);
    expect(isOver).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(await asking).toBe(true);
  });
});
