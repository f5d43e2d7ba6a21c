import type {
  DynamicModule,
  INestApplicationContext,
  NestApplicationOptions,
  Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HealthChecks, HealthListener } from '../health';
import { createLogger, NestLogger } from '../logging';
import { MetricsRegistry } from '../metrics';
import { ShutdownSequence, type ServicePorts } from '../shutdown';
import { readWiring } from './process-wiring';
import { ProcessLife } from './process-life';
import { ServiceContextModule, ServiceIdentity, type ServiceContext } from './service-context';

/** What every Nest application is made with. */
export type ApplicationOptions = Pick<NestApplicationOptions, 'logger' | 'abortOnError'>;

/** Makes the Nest application and starts it; with a transport or an HTTP server if it has one. */
export type CreateApplication = (
  root: DynamicModule,
  options: ApplicationOptions,
  context: ServiceContext,
) => Promise<INestApplicationContext>;

export interface ServiceDefinition {
  /** `ledger`, `router`, …: on every log line and metric. */
  readonly name: string;
  readonly module: Type | DynamicModule;
  /** Without it, an application that nobody can call; messaging has one with message patterns. */
  readonly create?: CreateApplication;
  /** Called when the application runs; what it returns is told to the supervisor. */
  readonly started?: (
    app: INestApplicationContext,
    context: ServiceContext,
  ) => ServicePorts | Promise<ServicePorts>;
}

/**
 * The whole life of a service process: settings, logger, application, health pages, `ready` to the
 * supervisor; on SIGTERM, SIGINT, `drain` or the loss of the supervisor the shutdown sequence, then
 * exit. What keeps it from starting is one line on stderr, `fatal` to the supervisor, and exit 1.
 */
export async function runService(definition: ServiceDefinition): Promise<void> {
  const life = new ProcessLife(definition.name);
  try {
    await start(definition, life);
  } catch (error) {
    life.because('cannot start', error);
  }
}

async function start(definition: ServiceDefinition, life: ProcessLife): Promise<void> {
  const { configuration, instance, processIndex, takesHandedSockets } = readWiring();
  const identity = ServiceIdentity.of(definition.name, instance);
  const logger = createLogger(
    { service: identity.service, instance: identity.instanceId },
    configuration.log.level,
  );
  const context: ServiceContext = {
    identity,
    configuration,
    logger,
    health: new HealthChecks(),
    metrics: new MetricsRegistry(definition.name),
    shutdown: new ShutdownSequence(),
    fatal: life,
    handedSockets: takesHandedSockets ? life.handedSockets : undefined,
  };
  life.adopt(context);
  const { health: checks, metrics } = context;
  const settings = configuration.health;
  const listener = await HealthListener.start({ settings, processIndex, checks, metrics });
  const app = await createApplication(definition, context);
  context.shutdown.add('disconnect', 'application', () => app.close());
  context.shutdown.add('disconnect', 'health pages', () => listener.stop());
  const ports = (await definition.started?.(app, context)) ?? {};
  life.ready({ ...ports, health: listener.url });
}

function createApplication(
  definition: ServiceDefinition,
  context: ServiceContext,
): Promise<INestApplicationContext> {
  const create =
    definition.create ?? ((root, options) => NestFactory.createApplicationContext(root, options));
  const root: DynamicModule = {
    module: ServiceRoot,
    imports: [ServiceContextModule.of(context), definition.module],
  };
  const options: ApplicationOptions = {
    logger: new NestLogger(context.logger),
    abortOnError: false,
  };
  return create(root, options, context);
}

class ServiceRoot {}
