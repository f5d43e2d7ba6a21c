import type { DynamicModule, INestApplicationContext } from '@nestjs/common';
import { BusConnection } from '#messaging';
import {
  createLogger,
  FatalExit,
  HealthChecks,
  loadConfiguration,
  MetricsRegistry,
  type ServiceContext,
  ServiceContextModule,
  type ServiceDefinition,
  ServiceIdentity,
  ShutdownSequence,
} from '#platform';

export interface StartedService {
  readonly context: ServiceContext;
  readonly app: INestApplicationContext;
  /** Resolves when the service would say that it is ready. */
  readonly ready: Promise<unknown>;
  /** Drains as on SIGTERM. */
  stop(): Promise<void>;
}

class SpecRoot {}

class SpecExit extends FatalExit {
  override because(reason: string): void {
    throw new Error(reason);
  }
}

/**
 * A service with a control plane inside this process, as `runService` starts it but without signals
 * and health pages.
 */
export async function startService(
  definition: ServiceDefinition,
  document: object,
): Promise<StartedService> {
  const context = contextOf(definition.name, document);
  const root: DynamicModule = {
    module: SpecRoot,
    imports: [ServiceContextModule.of(context), definition.module],
  };
  if (definition.create === undefined) throw new Error('only services with a control plane');
  const app = await definition.create(root, { logger: false, abortOnError: false }, context);
  context.shutdown.add('disconnect', 'application', () => app.close());
  // Until it answers, the server may not have heard yet what the service listens to.
  await app.get(BusConnection).roundTrip(10_000);
  return {
    context,
    app,
    ready: Promise.resolve(definition.started?.(app, context)),
    stop: async () => {
      context.health.startDraining();
      await context.shutdown.run(5_000);
    },
  };
}

function contextOf(service: string, document: object): ServiceContext {
  const identity = ServiceIdentity.of(service, '1');
  return {
    identity,
    configuration: loadConfiguration({ document, env: {} }),
    logger: createLogger({ service, instance: identity.instanceId }, 'silent'),
    health: new HealthChecks(),
    metrics: new MetricsRegistry(service),
    shutdown: new ShutdownSequence(),
    fatal: new SpecExit(),
  };
}
