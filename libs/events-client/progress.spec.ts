import fc from 'fast-check';
import { anEvent } from '#testing';
import type { LogEvent } from './log-event';
import { MemoryPositions } from './memory-positions';
import { FeedGapError, LogBehindError, Progress } from './progress';
import type { SubscriptionObserver } from './subscription-observer';
import { MemoryLog } from './test/memory-log';

const signal = new AbortController().signal;

function subscriber(log: MemoryLog, observer: SubscriptionObserver = {}) {
  const folded: LogEvent[] = [];
  const store = new MemoryPositions();
  let refusals = 0;
  const fold = (event: LogEvent): void => {
    if (refusals > 0) {
      refusals -= 1;
      throw new Error('not now');
    }
    folded.push(event);
  };
  const progress = new Progress({ store, feed: log, fold, observer });
  const places = (partition: number): number[] =>
    folded.filter((event) => event.partition === partition).map(({ position }) => position);
  return { progress, places, folded, refuse: (times: number) => (refusals = times) };
}

/** A log of so many events per partition. */
function logOf(...counts: number[]): MemoryLog {
  const log = new MemoryLog();
  const event = fc.sample(anEvent, 1);
  for (const [partition, count] of counts.entries()) {
    for (let index = 0; index < count; index += 1) log.append(partition, `l${partition}`, ...event);
  }
  return log;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe('a subscriber', () => {
  test('folds every event once and in order, whatever the stream leaves out, repeats or turns over', async () => {
    const stretch = fc.array(fc.nat({ max: 39 }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(stretch, { maxLength: 8 }),
        fc.nat(3),
        async (batches, refusals) => {
          const log = logOf(20, 20);
          const { progress, places, refuse } = subscriber(log);
          refuse(refusals);
          for (const batch of batches) {
            const events = batch.flatMap((index) => log.events[index] ?? []);
            const bring = () =>
              progress.take(
                events.map((event) => log.read(event)),
                signal,
              );
            await bring().catch(() => undefined);
          }
          refuse(0);
          for (const partition of [0, 1]) {
            expect(places(partition)).toEqual(upTo(places(partition).length));
          }
          await progress.catchUp(signal);
          expect([places(0), places(1)]).toEqual([upTo(20), upTo(20)]);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('asks the feed for nothing that the stream brings', async () => {
    const log = logOf(50);
    const { progress, places } = subscriber(log);
    await progress.take(
      log.events.map((event) => log.read(event)),
      signal,
    );
    expect(places(0)).toEqual(upTo(50));
    expect(log.pages).toBe(0);
  });

  test('tells of gaps, repetitions and what came from the feed', async () => {
    const log = logOf(10);
    const told: unknown[] = [];
    const { progress } = subscriber(log, {
      gap: (gap) => told.push(gap),
      skipped: (partition, events) => told.push(['skipped', partition, events]),
      filled: (partition, events) => told.push(['filled', partition, events]),
    });
    const [first, second, , , , sixth] = log.events.map((event) => log.read(event));
    if (!first || !second || !sixth) throw new Error('a log of ten');
    await progress.take([second, first, sixth, second], signal);
    // By position: 1, 2, 2 again, then 3 to 5 from the feed; its page of three goes no further.
    expect(told).toEqual([
      ['skipped', 0, 1],
      { partition: 0, after: 2, before: 6 },
      ['filled', 0, 3],
    ]);
    expect(progress.positions.get(0)).toBe(6);
  });

  test('looks back only for what was there at the last look already', async () => {
    const log = logOf(4);
    const { progress, places } = subscriber(log);
    await progress.catchUpOverdue(signal);
    expect(places(0)).toEqual([]);
    log.append(0, 'l0', ...fc.sample(anEvent, 1));
    await progress.catchUpOverdue(signal);
    expect(places(0).length).toBeGreaterThanOrEqual(4);
  });

  test('does not take it that the feed lacks what the stream has', async () => {
    const log = logOf(10);
    const { progress, places } = subscriber(log);
    const seventh = log.events.map((event) => log.read(event))[6];
    if (seventh === undefined) throw new Error('no seventh');
    log.events.splice(3);
    await expect(progress.take([seventh], signal)).rejects.toBeInstanceOf(FeedGapError);
    expect(places(0)).toEqual([1, 2, 3]);
  });

  test('notices that the log ends before what it has folded', async () => {
    const log = logOf(5);
    const { progress } = subscriber(log);
    await progress.catchUp(signal);
    log.events.splice(3);
    await expect(progress.catchUp(signal)).rejects.toBeInstanceOf(LogBehindError);
    await expect(progress.catchUpOverdue(signal)).rejects.toBeInstanceOf(LogBehindError);
  });

  test('leaves off where it is told to, and says that not all is done', async () => {
    const log = logOf(10);
    const { progress } = subscriber(log);
    const stop = new AbortController();
    stop.abort();
    expect(
      await progress.take(
        log.events.map((event) => log.read(event)),
        stop.signal,
      ),
    ).toBe(false);
    await progress.catchUp(stop.signal);
    expect(progress.positions.size).toBe(0);
  });
});
