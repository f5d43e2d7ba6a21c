import { setTimeout as delay } from 'node:timers/promises';
import { HealthChecks } from './health-checks';

const fine = (): Promise<void> => Promise.resolve();

describe('HealthChecks', () => {
  it('is ready when all checks hold', async () => {
    const checks = new HealthChecks();
    expect(await checks.readiness()).toEqual({ ready: true, checks: {} });
    checks.register('database', fine);
    checks.register('nats', fine);
    expect(await checks.readiness()).toMatchObject({
      ready: true,
      checks: { database: { ok: true }, nats: { ok: true } },
    });
  });

  it('shows what a check has to say, if that is an object', async () => {
    const checks = new HealthChecks();
    checks.register('log', () => Promise.resolve({ partitions: [1, 2] }));
    checks.register('database', () => Promise.resolve([{ one: 1 }]));
    checks.register('nats', () => Promise.resolve(17));
    const readiness = await checks.readiness();
    expect(readiness.checks.log).toMatchObject({ ok: true, detail: { partitions: [1, 2] } });
    expect(readiness.checks.database).not.toHaveProperty('detail');
    expect(readiness.checks.nats).not.toHaveProperty('detail');
  });

  it('is not ready when one fails, says which and why, without the credentials of a URL', async () => {
    const checks = new HealthChecks();
    checks.register('nats', fine);
    checks.register('database', () =>
      Promise.reject(new Error('cannot reach postgres://me:secret@db:5432/causeway')),
    );
    const readiness = await checks.readiness();
    expect(readiness.ready).toBe(false);
    expect(readiness.checks.nats?.ok).toBe(true);
    expect(readiness.checks.database).toMatchObject({
      ok: false,
      reason: 'cannot reach postgres://***@db:5432/causeway',
    });
  });

  it('does not wait for a check beyond its time, nor start it again while it runs', async () => {
    const checks = new HealthChecks();
    let asked = 0;
    let release = (): void => undefined;
    checks.register(
      'stuck',
      () => {
        asked += 1;
        return new Promise<void>((resolve) => {
          release = resolve;
        });
      },
      30,
    );
    for (let round = 0; round < 3; round += 1) {
      const { ready, checks: results } = await checks.readiness();
      expect(ready).toBe(false);
      expect(results.stuck?.reason).toBe('no answer within 30 ms');
    }
    expect(asked).toBe(1);
    release();
    await delay(0);
    const again = checks.readiness();
    expect(asked).toBe(2);
    release();
    expect((await again).ready).toBe(true);
  });

  it('takes a check that throws instead of rejecting for a failed one', async () => {
    const checks = new HealthChecks();
    checks.register('broken', () => {
      throw new Error('at once');
    });
    expect(await checks.readiness()).toMatchObject({
      ready: false,
      checks: { broken: { ok: false, reason: 'at once' } },
    });
  });

  it('is never ready again once it drains, however well all is', async () => {
    const checks = new HealthChecks();
    checks.register('database', fine);
    checks.startDraining();
    expect(await checks.readiness()).toMatchObject({
      ready: false,
      checks: { database: { ok: true } },
    });
  });

  it('refuses a second check of the same name', () => {
    const checks = new HealthChecks();
    checks.register('nats', fine);
    expect(() => {
      checks.register('nats', fine);
    }).toThrow('a health check named nats exists already');
  });
});
