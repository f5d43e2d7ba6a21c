import { setTimeout as delay } from 'node:timers/promises';
import { ShutdownSequence } from './shutdown-sequence';

describe('ShutdownSequence', () => {
  it('goes phase by phase, within a phase in the order of adding, one after the other', async () => {
    const sequence = new ShutdownSequence();
    const done: string[] = [];
    const step = (name: string) => async () => {
      await delay(2);
      done.push(name);
    };
    sequence.add('disconnect', 'bus', step('bus'));
    sequence.add('finish', 'transfers', step('transfers'));
    sequence.add('stop-accepting', 'sockets', step('sockets'));
    sequence.add('flush', 'publisher', step('publisher'));
    sequence.add('stop-accepting', 'http', step('http'));
    expect(await sequence.run(30_000)).toEqual({ failed: [], overdue: undefined });
    expect(done).toEqual(['sockets', 'http', 'transfers', 'publisher', 'bus']);
  });

  it('goes on after a step that fails, and reports it', async () => {
    const sequence = new ShutdownSequence();
    const error = new Error('no');
    let flushed = false;
    sequence.add('finish', 'rejects', () => Promise.reject(error));
    sequence.add('finish', 'throws', () => {
      throw error;
    });
    sequence.add('flush', 'flush', () => {
      flushed = true;
      return Promise.resolve();
    });
    expect(await sequence.run(30_000)).toEqual({
      failed: [
        { step: 'rejects', error },
        { step: 'throws', error },
      ],
      overdue: undefined,
    });
    expect(flushed).toBe(true);
  });

  it('has one deadline for all, and names the step that was not done by then', async () => {
    const sequence = new ShutdownSequence();
    let reached = false;
    sequence.add('finish', 'quick', () => delay(20));
    sequence.add('finish', 'endless', () => new Promise(() => undefined));
    sequence.add('flush', 'never reached', () => {
      reached = true;
      return Promise.resolve();
    });
    const started = Date.now();
    expect(await sequence.run(80)).toEqual({ failed: [], overdue: 'endless' });
    expect(Date.now() - started).toBeLessThan(10_000);
    expect(reached).toBe(false);
  });

  it('runs once, however often it is asked', async () => {
    const sequence = new ShutdownSequence();
    let runs = 0;
    sequence.add('flush', 'count', () => {
      runs += 1;
      return Promise.resolve();
    });
    const [first, second] = await Promise.all([sequence.run(100), sequence.run(100)]);
    expect(first).toBe(second);
    expect(runs).toBe(1);
  });
});
