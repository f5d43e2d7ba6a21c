import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { parseServiceMessage, type ServiceMessage, type ServicePorts } from '#platform';
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
  private latestPid: number | undefined;
  private ready = false;
  /** It was asked to leave, by us or by an operator, after it had been ready. */
  private leaving = false;
  private respawn: NodeJS.Timeout | undefined;
  /** Waits for the answer to a connection that was offered. */
  private answerOffer: ((taken: boolean) => void) | undefined;
  private readonly delay = new RestartDelay();

  constructor(readonly options: ServiceProcessOptions) {
    super();
  }

  /** Of the latest process, also once that has ended. */
  get pid(): number | undefined {
    return this.latestPid;
  }

  get name(): string {
    return `${this.options.service}-${this.options.instance}`;
  }

  /** It has said that it is ready, and not that it leaves. */
  get isReady(): boolean {
    return this.ready;
  }

  get isTaking(): boolean {
    return this.ready && this.answerOffer === undefined;
  }

  /**
   * We keep our copy of the socket: what this process does not take can go to another. One that refuses, or cannot be
   * reached, gets no more connections until it is ready anew.
   */
  offer(socket: Socket): Promise<boolean> {
    const { child } = this;
    return new Promise((resolve) => {
      const answer = (taken: boolean): void => {
        if (this.answerOffer !== answer) return;
        this.answerOffer = undefined;
        if (!taken) this.leave();
        resolve(taken);
      };
      this.answerOffer = answer;
      if (child === undefined) answer(false);
      else {
        child.send({ type: 'connection' }, socket, { keepOpen: true }, (error) => {
          if (error !== null) answer(false);
        });
      }
    });
  }

  start(): void {
    const child = fork(this.options.entry, [], {
      env: this.options.env,
      stdio: ['ignore', 2, 2, 'ipc'],
      detached: true,
    });
    this.child = child;
    this.latestPid = child.pid;
    this.leaving = false;
    this.delay.started(Date.now());
    child.on('message', (raw) => {
      const message = parseServiceMessage(raw);
      if (message?.type === 'fatal') this.emit('fatal', message.message);
      else if (message !== undefined && this.child === child) this.hear(message);
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

  private hear(message: Exclude<ServiceMessage, { type: 'fatal' }>): void {
    switch (message.type) {
      case 'ready':
        this.ready = true;
        this.emit('ready', message.ports);
        return;
      case 'draining':
        this.leave();
        return;
      case 'connection':
        this.answerOffer?.(message.taken);
    }
  }

  private leave(): void {
    if (!this.ready) return;
    this.ready = false;
    this.leaving = true;
    this.emit('draining');
  }

  /** One that was told to leave, and did, is started again at once: it is being restarted. */
  private ended(how: string, isCleanEnd: boolean): void {
    const isOrderly = this.leaving && isCleanEnd;
    this.child = undefined;
    this.ready = false;
    this.answerOffer?.(false);
    this.emit('exited', how);
    if (this.stopping) return;
    const delayMs = isOrderly ? 0 : this.delay.next(Date.now());
    this.respawn = setTimeout(() => {
      this.start();
    }, delayMs);
  }
}
