import { join } from 'node:path';
import { PROCESS_WIRING, type Configuration, type ServicePorts } from '#platform';
import { FrontDoor } from './front-door';
import { SERVICES, type Instances, type Service } from './instances';
import { writeProcesses } from './run-files';
import { ServiceProcess } from './service-process';

/** All services must have said that they are ready within this time after a start. */
export const START_DEADLINE_MS = 60_000;
/** What a service gets on top of its own shutdown deadline before it is killed. */
const STOP_MARGIN_MS = 3_000;
const GATEWAY: Service = 'btp-gateway';

export interface SupervisorOptions {
  readonly configuration: Configuration;
  readonly dataDir: string;
  readonly instances: Instances;
  /** Environment of every service: configuration file, URLs of database and bus. */
  readonly env: NodeJS.ProcessEnv;
  readonly log: (line: string) => void;
  /** A process is ready, also one that was started again, and may have other ports than before. */
  readonly onReady?: () => void;
}

/** A service could not be started; the message is the one line for the operator. */
export class StartFailedError extends Error {
  override readonly name = 'StartFailedError';
}

/** Runs every service as its own process and keeps it running until told to stop. */
export class Supervisor {
  private readonly processes: ServiceProcess[] = [];
  private readonly ports = new Map<string, ServicePorts>();
  /** Of the gateways, where there are several: one alone listens itself. */
  private readonly door: FrontDoor | undefined;
  private doorUrl: string | undefined;

  constructor(private readonly options: SupervisorOptions) {
    for (const service of SERVICES) {
      for (let instance = 1; instance <= options.instances[service]; instance++) {
        this.processes.push(this.process(service, instance));
      }
    }
    this.door = options.instances[GATEWAY] > 1 ? this.makeDoor() : undefined;
  }

  /**
   * Starts all services and waits until each is ready.
   * @throws StartFailedError if one says that it cannot start, or the deadline passes.
   */
  async start(): Promise<void> {
    const ready = this.processes.map((process) => readyOrFatal(process));
    for (const process of this.processes) process.start();
    await withDeadline(Promise.all(ready), START_DEADLINE_MS, () => this.notReady());
    if (this.door !== undefined) await this.openDoor(this.door);
  }

  /** Where peers dial the connector with BTP. */
  get btpUrl(): string {
    return this.doorUrl ?? this.portsOf(GATEWAY).btp ?? '';
  }

  portsOf(service: Service, instance = 1): ServicePorts {
    return this.ports.get(`${service}-${instance}`) ?? {};
  }

  /** Drains the services one kind after the other: what brings work in first, the ledger last. */
  async stop(): Promise<void> {
    this.door?.close();
    for (const service of SERVICES) {
      const group = this.processes.filter((process) => process.options.service === service);
      await Promise.all(group.map((process) => process.stop()));
    }
  }

  private process(service: Service, instance: number): ServiceProcess {
    const process = new ServiceProcess({
      service,
      instance,
      entry: join(__dirname, '..', '..', '..', service, 'src', 'main.js'),
      env: {
        ...this.options.env,
        [PROCESS_WIRING.instance]: String(instance),
        ...(this.isHanded(service) && { [PROCESS_WIRING.handedSockets]: '1' }),
      },
      stopDeadlineMs: this.options.configuration.limits.shutdownMs + STOP_MARGIN_MS,
    });
    process.on('ready', (ports) => {
      this.ports.set(process.name, ports);
      this.noteProcesses();
      if (service === GATEWAY) this.door?.open();
      this.options.onReady?.();
    });
    process.on('draining', () => {
      this.noteProcesses();
    });
    process.on('spawned', () => {
      this.noteProcesses();
    });
    process.on('exited', (how) => {
      this.noteProcesses();
      this.options.log(`${process.name} ended (${how})`);
    });
    return process;
  }

  private isHanded(service: Service): boolean {
    return service === GATEWAY && this.options.instances[GATEWAY] > 1;
  }

  private makeDoor(): FrontDoor {
    const { unauthenticatedSockets, requestTimeoutMs } = this.options.configuration.limits;
    const gateways = this.processes.filter(({ options: { service } }) => service === GATEWAY);
    return new FrontDoor({
      receivers: gateways,
      waiting: unauthenticatedSockets,
      waitMs: requestTimeoutMs,
      log: this.options.log,
    });
  }

  private async openDoor(door: FrontDoor): Promise<void> {
    const { listen, tls } = this.options.configuration.gateway;
    const { host, port } = listen;
    const address = await door.listen({ host, port }).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      throw new StartFailedError(`gateway.listen: ${reason}`);
    });
    const scheme = tls === undefined ? 'ws' : 'wss';
    this.doorUrl = `${scheme}://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
  }

  private noteProcesses(): void {
    const running = this.processes.flatMap(({ pid, isReady, options: { service, instance } }) =>
      pid === undefined ? [] : [{ service, instance, pid, isReady }],
    );
    writeProcesses(this.options.dataDir, running);
  }

  private notReady(): string {
    const missing = this.processes.filter((process) => !this.ports.has(process.name));
    return `not ready after ${START_DEADLINE_MS / 1000} s: ${missing.map(({ name }) => name).join(', ')}`;
  }
}

function readyOrFatal(process: ServiceProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    process.once('ready', () => {
      resolve();
    });
    process.once('fatal', (message) => {
      reject(new StartFailedError(`${process.name}: ${message}`));
    });
  });
}

async function withDeadline<T>(work: Promise<T>, ms: number, what: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new StartFailedError(what()));
    }, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
