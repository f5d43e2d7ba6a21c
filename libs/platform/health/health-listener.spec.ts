import { Counter } from 'prom-client';
import { freePort } from '../infrastructure';
import { MetricsRegistry } from '../metrics';
import { HealthChecks } from './health-checks';
import { HealthListener } from './health-listener';

let checks: HealthChecks;
let metrics: MetricsRegistry;
let listeners: HealthListener[];

beforeAll(() => {
  metrics = new MetricsRegistry('spec');
});

beforeEach(() => {
  checks = new HealthChecks();
  listeners = [];
});

afterEach(async () => {
  for (const listener of listeners) await listener.stop();
});

async function start(basePort = 0, processIndex?: number): Promise<HealthListener> {
  const settings = { host: '127.0.0.1', basePort };
  const listener = await HealthListener.start({ settings, processIndex, checks, metrics });
  listeners.push(listener);
  return listener;
}

describe('HealthListener', () => {
  it('says that the process lives, on the port that it took', async () => {
    const { url } = await start();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
    const page = await fetch(`${url}/livez`);
    expect([page.status, await page.text()]).toEqual([200, 'alive\n']);
  });

  it('says whether it is ready, and not any more when it drains', async () => {
    checks.register('database', () => Promise.resolve());
    const { url } = await start();
    const ready = await fetch(`${url}/readyz?verbose`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({ ready: true, checks: { database: { ok: true } } });
    checks.startDraining();
    const draining = await fetch(`${url}/readyz`);
    expect(draining.status).toBe(503);
    expect(await draining.json()).toMatchObject({ ready: false, draining: true });
  });

  it('serves the metrics of the process and of the service, with its name on each', async () => {
    const counter = new Counter({ name: 'causeway_spec_total', help: 'x', registers: [metrics] });
    counter.inc(3);
    const { url } = await start();
    const page = await fetch(`${url}/metrics`);
    expect(page.headers.get('content-type')).toContain('text/plain');
    const text = await page.text();
    expect(text).toContain('causeway_spec_total{service="spec"} 3');
    expect(text).toContain('process_resident_memory_bytes{service="spec"}');
    expect(text).toContain('nodejs_eventloop_lag_seconds{service="spec"}');
  });

  it('serves nothing else', async () => {
    const { url } = await start();
    expect((await fetch(`${url}/`)).status).toBe(404);
    expect((await fetch(`${url}/livez`, { method: 'POST' })).status).toBe(405);
    const head = await fetch(`${url}/livez`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('takes the port that its number gives it, or fails when somebody has it', async () => {
    const port = await freePort();
    expect((await start(port - 3, 3)).url).toBe(`http://127.0.0.1:${port}`);
    await expect(start(port - 3, 3)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('takes the next free one when nobody said which is its', async () => {
    const port = await freePort();
    const ports = [await start(port), await start(port)].map(({ url }) =>
      Number(new URL(url).port),
    );
    expect(ports[0]).toBeGreaterThanOrEqual(port);
    expect(ports[1]).toBeGreaterThan(ports[0]!);
  });
});
