import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../../../test/support/processes';
import { parseServiceMessage, type ServiceMessage } from '../shutdown';

const runner = join(__dirname, '..', '..', '..', 'test', 'support', 'run-typescript.cjs');
const configuration = {
  connector: { address: 'test.spec' },
  console: { token: 'x' },
  health: { basePort: 0 },
  limits: { shutdownMs: 30_000 },
};

/** A service of a few lines; `BEHAVIOUR` says what is special about it. */
const SOURCE = `
import { runService, HealthChecks, ShutdownSequence, FatalExit } from '#platform';
import { appendFileSync } from 'node:fs';
class Nothing {}
const behaviour = process.env['BEHAVIOUR'];
const note = (text) => async () => appendFileSync(process.env['NOTES'], text + '\\n');
setInterval(() => undefined, 1000);
void runService({
  name: 'tiny',
  module: Nothing,
  started: async (app, { identity, configuration }) => {
    if (behaviour === 'fails') throw new Error('the cellar\\nis locked');
    const shutdown = app.get(ShutdownSequence);
    shutdown.add('flush', 'flush', note('flushed'));
    shutdown.add('stop-accepting', 'sockets', note('closed'));
    if (behaviour === 'hangs') shutdown.add('finish', 'endless', () => new Promise(() => undefined));
    if (behaviour === 'throws') setTimeout(() => { throw new Error('unforeseen'); }, 50);
    if (behaviour === 'gives-up') setTimeout(() => app.get(FatalExit).because('the lock is lost'), 50);
    app.get(HealthChecks).register('cellar', () => Promise.resolve());
    return { name: configuration.connector.address, id: identity.instanceId };
  },
});
`;

let folder: string;
let entry: string;
let notes: string;
let children: ChildProcess[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-service-'));
  entry = join(folder, 'tiny.ts');
  notes = join(folder, 'notes');
  writeFileSync(entry, SOURCE);
});

beforeEach(() => {
  children = [];
  writeFileSync(notes, '');
});

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Running {
  readonly child: ChildProcess;
  readonly messages: ServiceMessage[];
  readonly exited: Promise<number | null>;
  stderr(): string;
  noted(): string[];
}

function start(env: Record<string, string> = {}): Running {
  const child = fork(runner, [entry], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      NOTES: notes,
      CAUSEWAY_CONFIG_JSON: JSON.stringify(configuration),
      CAUSEWAY_INSTANCE: '7',
      ...env,
    },
  });
  children.push(child);
  const messages: ServiceMessage[] = [];
  let text = '';
  child.stderr?.on('data', (chunk) => (text += String(chunk)));
  child.stdout?.on('data', (chunk) => (text += `STDOUT ${String(chunk)}`));
  child.on('message', (raw) => {
    const message = parseServiceMessage(raw);
    if (message !== undefined) messages.push(message);
  });
  return { child, messages, exited: exitOf(child), stderr: () => text, noted: () => readNotes() };
}

/** Its exit code, once all that it said was heard: that may come after the news of its end. */
async function exitOf(child: ChildProcess): Promise<number | null> {
  const ends = [once(child, 'exit'), once(child, 'disconnect')];
  await Promise.all([...ends, child.stderr && once(child.stderr, 'close')]);
  return child.exitCode;
}

function readNotes(): string[] {
  return readFileSync(notes, 'utf8').split('\n').filter(Boolean);
}

async function ready(service: Running): Promise<Record<string, string>> {
  for (let wait = 0; wait < 2_000; wait += 1) {
    if (service.child.exitCode !== null) await service.exited;
    const [message] = service.messages;
    if (message?.type === 'ready') return { ...message.ports };
    if (service.child.exitCode !== null) break;
    await delay(20);
  }
  throw new Error(`it did not start: ${service.stderr()}`);
}

const logged = (service: Running): Record<string, unknown>[] =>
  service
    .stderr()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('runService', () => {
  it('tells its supervisor when it is ready, and where', async () => {
    const service = start();
    const ports = await ready(service);
    expect(ports).toEqual({
      name: 'test.spec',
      id: expect.stringMatching(/^tiny-7-[0-9a-f]{8}$/) as unknown,
      health: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as unknown,
    });
    const page = await fetch(`${ports.health ?? ''}/readyz`);
    expect(await page.json()).toMatchObject({ ready: true, checks: { cellar: { ok: true } } });
    await eventually('its log arrives', () => service.stderr().includes('"msg":"ready"'));
    const lines = logged(service);
    expect(lines.every(({ instance }) => instance === ports.id)).toBe(true);
    expect(lines.at(-1)).toMatchObject({ level: 'info', service: 'tiny', msg: 'ready' });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('leaves in order on %s, with 0', async (signal) => {
    const service = start();
    await ready(service);
    service.child.kill(signal);
    expect(await service.exited).toBe(0);
    expect(service.noted()).toEqual(['closed', 'flushed']);
  });

  it('leaves in order when it is told to drain', async () => {
    const service = start();
    await ready(service);
    service.child.send({ type: 'nonsense' });
    service.child.send({ type: 'drain' });
    expect(await service.exited).toBe(0);
    expect(service.noted()).toEqual(['closed', 'flushed']);
  });

  it('leaves in order when its supervisor is gone', async () => {
    const service = start();
    await ready(service);
    service.child.disconnect();
    expect(await service.exited).toBe(0);
    expect(service.noted()).toEqual(['closed', 'flushed']);
  });

  it('does not leave later than its deadline, and says what hung', async () => {
    const limits = { shutdownMs: 500 };
    const hasty = JSON.stringify({ ...configuration, limits });
    const service = start({ BEHAVIOUR: 'hangs', CAUSEWAY_CONFIG_JSON: hasty });
    await ready(service);
    const started = Date.now();
    service.child.kill('SIGTERM');
    expect(await service.exited).toBe(1);
    expect(Date.now() - started).toBeLessThan(20_000);
    expect(logged(service).find(({ step }) => step === 'endless')).toMatchObject({
      level: 'error',
      msg: 'not done before the deadline',
    });
  });

  it('ends with 1 and one clear line when it cannot start', async () => {
    const service = start({ BEHAVIOUR: 'fails' });
    expect(await service.exited).toBe(1);
    expect(service.messages).toEqual([{ type: 'fatal', message: 'the cellar; is locked' }]);
    expect(logged(service).filter(({ level }) => level === 'fatal')).toMatchObject([
      { msg: 'cannot start: the cellar; is locked' },
    ]);
  });

  it('ends with 1 when its configuration is wrong, naming all that is', async () => {
    const wrong = { ...configuration, gateway: { listen: 'x' }, log: { level: 'loud' } };
    const service = start({ CAUSEWAY_CONFIG_JSON: JSON.stringify(wrong) });
    expect(await service.exited).toBe(1);
    const [message] = service.messages;
    expect(message?.type === 'fatal' && message.message).toMatch(
      /gateway\.listen: must be .*; .*log\.level: must be /,
    );
  });

  it('ends with 1 when what it was handed is no JSON', async () => {
    const service = start({ CAUSEWAY_CONFIG_JSON: '{' });
    expect(await service.exited).toBe(1);
    expect(service.messages).toEqual([
      { type: 'fatal', message: 'environment: CAUSEWAY_CONFIG_JSON: is not JSON' },
    ]);
  });

  it.each([
    ['throws', 'unforeseen'],
    ['gives-up', 'the lock is lost'],
  ])('ends with 1 when it %s later on', async (behaviour, message) => {
    const service = start({ BEHAVIOUR: behaviour });
    await ready(service);
    expect(await service.exited).toBe(1);
    expect(service.messages.at(-1)).toEqual({ type: 'fatal', message });
  });

  it('keeps stdout for others', async () => {
    const service = start({ LOG_LEVEL: 'trace' });
    await ready(service);
    service.child.kill('SIGTERM');
    await service.exited;
    expect(service.stderr()).not.toContain('STDOUT');
  });
});
