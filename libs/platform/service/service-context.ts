import { randomBytes } from 'node:crypto';
import { Module, type DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import type { Logger } from 'pino';
import type { Configuration } from '../config';
import { HealthChecks } from '../health';
import { MetricsRegistry } from '../metrics';
import { ShutdownSequence } from '../shutdown';
import type { HandedSockets } from './handed-sockets';

/** Who this process is. */
export class ServiceIdentity {
  constructor(
    /** `ledger`, `router`, … */
    readonly service: string,
    /** Unlike that of any other process, also of the one before a restart; a slug. */
    readonly instanceId: string,
  ) {}

  static of(service: string, instance: string | undefined): ServiceIdentity {
    const name = [service, instance, randomBytes(4).toString('hex')].filter(Boolean).join('-');
    return new ServiceIdentity(service, name.toLowerCase().replace(/[^a-z0-9-]/g, '-'));
  }
}

/** Injects the `Configuration`. */
export const CONFIGURATION = Symbol('Configuration');

/** Ends the process after one line; for what leaves nothing to go on with. */
export abstract class FatalExit {
  abstract because(reason: string, error?: unknown): void;
}

/** What every service has before its own modules come; all of it can be injected by its class. */
export interface ServiceContext {
  readonly identity: ServiceIdentity;
  readonly configuration: Configuration;
  readonly logger: Logger;
  readonly health: HealthChecks;
  readonly metrics: MetricsRegistry;
  readonly shutdown: ShutdownSequence;
  readonly fatal: FatalExit;
  /** Of a process that does not listen for connections itself. */
  readonly handedSockets?: HandedSockets | undefined;
}

@Module({})
export class ServiceContextModule {
  static of(context: ServiceContext): DynamicModule {
    const providers = [
      { provide: ServiceIdentity, useValue: context.identity },
      { provide: CONFIGURATION, useValue: context.configuration },
      { provide: HealthChecks, useValue: context.health },
      { provide: MetricsRegistry, useValue: context.metrics },
      { provide: ShutdownSequence, useValue: context.shutdown },
      { provide: FatalExit, useValue: context.fatal },
    ];
    return {
      module: ServiceContextModule,
      global: true,
      imports: [LoggerModule.forRoot({ pinoHttp: { logger: context.logger } })],
      providers,
      exports: providers.map(({ provide }) => provide),
    };
  }
}
