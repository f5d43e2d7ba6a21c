import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FrontDoor } from './front-door';
import { ServiceProcess } from './service-process';

const runner = join(__dirname, '..', '..', '..', '..', 'test', 'support', 'run-typescript.cjs');

/** A service that answers each line of a connection with its instance and the line. */
const SOURCE = `
import { runService } from '#platform';
import { existsSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
class Nothing {}
setInterval(() => undefined, 1000);
void runService({
  name: 'echo',
  module: Nothing,
  started: (app, { handedSockets, shutdown }) => {
    const sockets = new Set();
    handedSockets?.take((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      createInterface(socket).on('line', (line) => socket.write(process.env['CAUSEWAY_INSTANCE'] + ' ' + line + '\\n'));
    });
    // Until the test has looked at a process that leaves and is not gone.
    shutdown.add('finish', 'a pause', async () => {
      writeFileSync(process.env['LEAVING'], '');
      while (!existsSync(process.env['MAY_LEAVE'])) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    });
    shutdown.add('flush', 'sockets', async () => { for (const socket of sockets) socket.destroy(); });
    return {};
  },
});
`;

const configuration = {
  connector: { address: 'test.spec' },
  console: { token: 'x' },
  health: { basePort: 0 },
  log: { level: 'silent' },
  limits: { shutdownMs: 60_000 },
};

class Caller {
  readonly heard: string[] = [];
  readonly closed: Promise<unknown>;

  private constructor(readonly socket: Socket) {
    this.closed = once(socket, 'close');
    socket.on('error', () => undefined);
    socket.on('data', (data) => this.heard.push(...String(data).trim().split('\n')));
  }

  /** Says the line before anybody can have taken the connection. */
  static async saying(line: string, port: number): Promise<Caller> {
    const caller = new Caller(connect(port, '127.0.0.1'));
    await once(caller.socket, 'connect');
    caller.socket.write(`${line}\n`);
    return caller;
  }

  /** The instance that answered. */
  async instance(line: string): Promise<string> {
    const answer = (): string | undefined => this.heard.find((each) => each.endsWith(` ${line}`));
    await until(`an answer to ${line}`, () => answer() !== undefined);
    return answer()?.split(' ')[0] ?? '';
  }
}

let folder: string;
let processes: readonly [ServiceProcess, ServiceProcess];
let ends: string[];
let door: FrontDoor;
let port: number;

async function until(what: string, holds: () => boolean): Promise<void> {
  const untilMs = Date.now() + 50_000;
  while (!holds()) {
    if (Date.now() > untilMs) throw new Error(`not in time: ${what}`);
    await sleep(10);
  }
}

function service(instance: number): ServiceProcess {
  const entry = join(folder, 'echo.cjs');
  const env = {
    CAUSEWAY_CONFIG_JSON: JSON.stringify(configuration),
    CAUSEWAY_INSTANCE: String(instance),
    CAUSEWAY_HANDED_SOCKETS: '1',
    LEAVING: join(folder, 'leaving'),
    MAY_LEAVE: join(folder, 'may-leave'),
  };
  const made = new ServiceProcess({ service: 'echo', instance, entry, env, stopDeadlineMs: 5_000 });
  made.on('exited', (how) => ends.push(`${instance} ${how}`));
  made.on('ready', () => {
    door.open();
  });
  return made;
}

const bothReady = (): Promise<void> =>
  until('both are ready', () => processes.every(({ isReady }) => isReady));
const exit = (of: ServiceProcess): Promise<unknown> => once(of, 'exited');
const signal = (of: ServiceProcess, name: NodeJS.Signals): boolean =>
  process.kill(of.pid ?? NaN, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-door-'));
  writeFileSync(join(folder, 'echo.ts'), SOURCE);
  const [run, program] = [runner, join(folder, 'echo.ts')].map((file) => JSON.stringify(file));
  writeFileSync(
    join(folder, 'echo.cjs'),
    `process.argv.splice(1, 1, ${run ?? ''}, ${program ?? ''}); require(${run ?? ''});`,
  );
  ends = [];
  processes = [service(1), service(2)];
  const log = (): void => undefined;
  door = new FrontDoor({ receivers: processes, waiting: 50, waitMs: 50_000, log });
  ({ port } = await door.listen({ host: '127.0.0.1', port: 0 }));
  for (const each of processes) each.start();
});

afterAll(async () => {
  door.close();
  await Promise.all(processes.map((each) => each.stop()));
  rmSync(folder, { recursive: true });
});

describe('connections that are handed to processes', () => {
  it('wait until a process is ready, and lose no byte on the way', async () => {
    const callers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => Caller.saying(`early-${index}`, port)),
    );
    const instances = await Promise.all(
      callers.map((caller, index) => caller.instance(`early-${index}`)),
    );
    expect(new Set(instances).size).toBeGreaterThan(0);
    await bothReady();
    const two = [await Caller.saying('a', port), await Caller.saying('b', port)];
    const later = [await two[0]?.instance('a'), await two[1]?.instance('b')];
    expect(later.sort()).toEqual(['1', '2']);
    for (const { socket } of [...callers, ...two]) socket.destroy();
  });

  it('live on when our copy is closed, and end when the process ends them', async () => {
    const caller = await Caller.saying('hello', port);
    const instance = Number(await caller.instance('hello'));
    caller.socket.write('still there\n');
    expect(Number(await caller.instance('there'))).toBe(instance);
    const holder = processes[instance - 1];
    if (holder === undefined) throw new Error('nobody holds it');
    const exited = exit(holder);
    signal(holder, 'SIGKILL');
    await Promise.all([caller.closed, exited]);
    await bothReady();
  });

  it('are not given to one that leaves, which is started again when it is gone', async () => {
    const [leaving] = processes;
    const before = leaving.pid;
    ends = [];
    signal(leaving, 'SIGTERM');
    await until('it leaves', () => existsSync(join(folder, 'leaving')));
    const instances: string[] = [];
    for (let calls = 0; calls < 10; calls++) {
      const caller = await Caller.saying(`call-${calls}`, port);
      instances.push(await caller.instance(`call-${calls}`));
      caller.socket.destroy();
    }
    // The door may hear of it after the first of them.
    expect(new Set(instances.slice(2))).toEqual(new Set(['2']));
    expect(ends).toEqual([]);
    writeFileSync(join(folder, 'may-leave'), '');
    await until('it is gone', () => ends.length > 0);
    expect(ends).toEqual(['1 code 0']);
    await bothReady();
    expect(leaving.pid).not.toBe(before);
  });

  it('wait through the death of both', async () => {
    const exited = processes.map(exit);
    for (const each of processes) signal(each, 'SIGKILL');
    const callers = await Promise.all(['x', 'y', 'z'].map((line) => Caller.saying(line, port)));
    for (const [index, line] of ['x', 'y', 'z'].entries()) {
      expect(await callers[index]?.instance(line)).toMatch(/^[12]$/);
      callers[index]?.socket.destroy();
    }
    await Promise.all(exited);
    await bothReady();
  });

  it('pass by a process that hangs, save one, which another gets when that is killed', async () => {
    const [hanging, other] = processes;
    signal(hanging, 'SIGSTOP');
    const callers = await Promise.all(
      ['p', 'q', 'r', 's'].map((line) => Caller.saying(line, port)),
    );
    const answered = (): number => callers.filter(({ heard }) => heard.length > 0).length;
    await until('three are answered', () => answered() === 3);
    signal(hanging, 'SIGKILL');
    await until('all are answered', () => answered() === 4);
    for (const { heard } of callers) expect(heard[0]).toMatch(/^2 /);
    expect(other.isReady).toBe(true);
    await bothReady();
  });
});
