import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { createLogger, withoutCredentials } from '../logging';
import {
  parseSupervisorMessage,
  type ServiceMessage,
  type ServicePorts,
  type ShutdownReport,
} from '../shutdown';
import { HandedSockets } from './handed-sockets';
import { FatalExit, type ServiceContext } from './service-context';

/** How long the last message to the supervisor may take. */
const LAST_WORDS_MS = 200;

/**
 * The process around a service: hears signals and the supervisor, ends the process exactly once. A
 * process that its supervisor left behind ends itself, for nobody would ever stop it.
 */
export class ProcessLife extends FatalExit {
  readonly handedSockets = new HandedSockets();
  private logger: Logger;
  private context: ServiceContext | undefined;
  private leaving = false;

  constructor(service: string) {
    super();
    this.logger = createLogger({ service, instance: service }, 'info');
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        this.leave(signal);
      });
    }
    process.on('uncaughtException', (error) => {
      this.because('has an error that nobody handled', error);
    });
    if (process.send === undefined) return;
    process.on('message', (raw, handle: unknown) => {
      const message = parseSupervisorMessage(raw);
      if (message?.type === 'drain') this.leave('drain');
      if (message?.type === 'connection') {
        void tell({ type: 'connection', taken: this.handedSockets.offer(handle) });
      }
    });
    process.on('disconnect', () => {
      this.leave('the supervisor is gone');
    });
  }

  adopt(context: ServiceContext): void {
    this.context = context;
    this.logger = context.logger;
  }

  ready(ports: ServicePorts): void {
    this.logger.info({ ports }, 'ready');
    void tell({ type: 'ready', ports });
  }

  override because(reason: string, error?: unknown): void {
    if (error === undefined) this.logger.fatal(reason);
    else this.logger.fatal({ err: error }, `${reason}: ${oneLine(error)}`);
    const message = error === undefined ? reason : oneLine(error);
    void this.exit(1, { type: 'fatal', message: withoutCredentials(message) });
  }

  private leave(reason: string): void {
    if (this.leaving) return;
    this.leaving = true;
    this.handedSockets.refuse();
    this.logger.info({ reason }, 'leaving');
    void tell({ type: 'draining' });
    void this.drainAndExit();
  }

  private async drainAndExit(): Promise<void> {
    const { context } = this;
    if (context === undefined) return this.exit(0);
    context.health.startDraining();
    const report = await context.shutdown.run(context.configuration.limits.shutdownMs);
    this.tellHow(report);
    return this.exit(report.overdue === undefined && report.failed.length === 0 ? 0 : 1);
  }

  private tellHow({ failed, overdue }: ShutdownReport): void {
    for (const { step, error } of failed) this.logger.error({ err: error, step }, 'step failed');
    if (overdue !== undefined) this.logger.error({ step: overdue }, 'not done before the deadline');
    this.logger.info('gone');
  }

  private async exit(code: number, lastWords?: ServiceMessage): Promise<void> {
    if (lastWords !== undefined) await Promise.race([tell(lastWords), delay(LAST_WORDS_MS)]);
    process.exit(code);
  }
}

/** Resolves when the supervisor's channel took the message; without a supervisor at once. */
function tell(message: ServiceMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else {
      process.send(message, undefined, {}, () => {
        resolve();
      });
    }
  });
}

function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s*\n\s*/g, '; ').trim();
}
