import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamicModule, INestApplicationContext } from '@nestjs/common';
import { UnknownElementException } from '@nestjs/core/errors/exceptions/unknown-element.exception';
import { BusConnection } from '#messaging';
import {
  createLogger,
  FatalExit,
  HealthChecks,
  loadConfiguration,
  MetricsRegistry,
  type Readiness,
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

/** What its page of health shows once it is ready: on a busy machine a round trip may come too late. */
export async function onceReady({ context }: StartedService): Promise<Readiness> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const page = await context.health.readiness();
    if (page.ready) return page;
    if (Date.now() > deadline) throw new Error(`not ready: ${JSON.stringify(page)}`);
    await sleep(20);
  }
}

class SpecRoot {}

class SpecExit extends FatalExit {
  override because(reason: string): void {
    throw new Error(reason);
  }
}

/**
 * A service inside this process, as `runService` starts it but without signals
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
  if (definition.create === undefined) throw new Error('only services that can be called');
  const app = await definition.create(root, { logger: false, abortOnError: false }, context);
  context.shutdown.add('disconnect', 'application', () => app.close());
  await heardByBus(app);
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

/** Until it answers, the server may not have heard yet what the service listens to. */
async function heardByBus(app: INestApplicationContext): Promise<void> {
  const bus = optional(() => app.get(BusConnection, { strict: false }));
  await bus?.roundTrip(10_000);
}

function optional<T>(get: () => T): T | undefined {
  try {
    return get();
  } catch (error) {
    if (error instanceof UnknownElementException) return undefined;
    throw error;
  }
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
