import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { HANDED_SOCKET, parseServiceMessage, type ServicePorts } from '#platform';
import type { Receiver } from './front-door';
import { RestartDelay } from './restart-delay';

export interface ServiceProcessOptions {
  readonly service: string;
  readonly instance: number;
  /** Compiled main.js of the service. */
  readonly entry: string;
  readonly env: NodeJS.ProcessEnv;
  /** How long a draining service may take before it is killed. */
  readonly stopDeadlineMs: number;
}

interface ServiceProcessEvents {
  ready: [ports: ServicePorts];
  /** The service said why it cannot start. */
  fatal: [message: string];
  exited: [how: string];
  spawned: [pid: number];
  /** It takes nothing new any more. */
  draining: [];
}

/**
 * One service, kept running: started again whenever it ends by itself, with growing delay. It runs
 * in a session of its own, so that Ctrl-C reaches the supervisor alone, and ends by itself when the
 * IPC channel to the supervisor closes.
 */
export class ServiceProcess extends EventEmitter<ServiceProcessEvents> implements Receiver {
  private child: ChildProcess | undefined;
  private stopping = false;
  private taking = false;
  private respawn: NodeJS.Timeout | undefined;
  private readonly delay = new RestartDelay();

  constructor(readonly options: ServiceProcessOptions) {
    super();
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  get name(): string {
    return `${this.options.service}-${this.options.instance}`;
  }

  /** It has said that it is ready, and not that it leaves. */
  get isTaking(): boolean {
    return this.taking;
  }

  hand(socket: Socket, failed: () => void): void {
    const { child } = this;
    if (child?.connected !== true) {
      this.taking = false;
      failed();
      return;
    }
    child.send(HANDED_SOCKET, socket, { keepOpen: false }, (error) => {
      if (error !== null) failed();
    });
  }

  start(): void {
    const child = fork(this.options.entry, [], {
      env: this.options.env,
      stdio: ['ignore', 2, 2, 'ipc'],
      detached: true,
    });
    this.child = child;
    this.delay.started(Date.now());
    child.on('message', (message) => {
      this.hear(message);
    });
    child.once('exit', (code, signal) => {
      this.ended(signal ?? `code ${code ?? 'unknown'}`, code === 0);
    });
    child.on('error', (error) => {
      this.emit('fatal', error.message);
    });
    if (child.pid !== undefined) this.emit('spawned', child.pid);
  }

  /** Asks the service to drain and waits until it is gone; kills it after the deadline. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.respawn);
    const child = this.child;
    if (child === undefined) return;
    const gone = new Promise<void>((resolve) =>
      child.once('exit', () => {
        resolve();
      }),
    );
    if (child.connected) child.send({ type: 'drain' });
    else child.kill('SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), this.options.stopDeadlineMs);
    await gone;
    clearTimeout(killer);
  }

  private hear(raw: unknown): void {
    const message = parseServiceMessage(raw);
    switch (message?.type) {
      case 'ready':
        this.taking = true;
        this.emit('ready', message.ports);
        return;
      case 'draining':
        this.taking = false;
        this.emit('draining');
        return;
      case 'fatal':
        this.emit('fatal', message.message);
        return;
      case undefined:
    }
  }

  /** One that was told to leave, and did, is started again at once: it is being restarted. */
  private ended(how: string, isOrderly: boolean): void {
    this.child = undefined;
    this.taking = false;
    this.emit('exited', how);
    if (this.stopping) return;
    const delayMs = isOrderly ? 0 : this.delay.next(Date.now());
    this.respawn = setTimeout(() => {
      this.start();
    }, delayMs);
  }
}
