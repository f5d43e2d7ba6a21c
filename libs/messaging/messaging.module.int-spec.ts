import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  createLogger,
  FatalExit,
  HealthChecks,
  loadConfiguration,
  MetricsRegistry,
  ServiceContextModule,
  ServiceIdentity,
  ShutdownSequence,
  type ApplicationOptions,
  type ServiceContext,
} from '#platform';
import { testNatsUrl } from '../../test/support/test-nats';
import { BatchedLink } from './batched-link';
import { ControlClient } from './control-client';
import { EventPublisher } from './jetstream-publisher';
import { MessagingModule } from './messaging.module';
import { BusConnection } from './nats-connection';

@Module({})
class Root {}

class RecordedFatal extends FatalExit {
  readonly reasons: string[] = [];

  override because(reason: string): void {
    this.reasons.push(reason);
  }
}

const fatal = new RecordedFatal();
const health = new HealthChecks();
let context: ServiceContext;

function contextFor(natsUrl: string | undefined): ServiceContext {
  const document = { connector: { address: 'test.spec' }, console: { token: 'x' }, natsUrl };
  return {
    identity: ServiceIdentity.of('spec', undefined),
    configuration: loadConfiguration({ document, env: {} }),
    logger: createLogger({ service: 'spec', instance: 'spec' }, 'silent'),
    health,
    metrics: new MetricsRegistry('spec'),
    shutdown: new ShutdownSequence(),
    fatal,
  };
}

function start(natsUrl: string | undefined): Promise<INestApplicationContext> {
  context = contextFor(natsUrl);
  const options: ApplicationOptions = { logger: false, abortOnError: false };
  const imports = [ServiceContextModule.of(context), MessagingModule];
  return NestFactory.createApplicationContext({ module: Root, imports }, options);
}

describe('MessagingModule', () => {
  it('connects before the application runs, and drains when it closes', async () => {
    const app = await start(testNatsUrl());
    const bus = app.get(BusConnection);
    const link = app.get(BatchedLink);
    expect(bus.nats.info).toBeDefined();
    // One round trip may take a busy machine too long.
    let page = await health.readiness();
    for (let look = 0; !page.ready && look < 20; look += 1) page = await health.readiness();
    expect(page).toMatchObject({ ready: true, checks: { nats: { ok: true } } });
    const heard: string[] = [];
    link.listen('test.module', {}, (entry) => heard.push(entry.toString()));
    link.send('test.module', Buffer.from('last words'));
    expect(app.get(ControlClient)).toBeInstanceOf(ControlClient);
    expect(app.get(EventPublisher)).toBeInstanceOf(EventPublisher);
    await app.close();
    expect(bus.nats.isClosed()).toBe(true);
    expect(link.counters.sentEntries).toBe(1);
    expect((await health.readiness()).ready).toBe(false);
    expect(fatal.reasons).toEqual([]);
    const metrics = await context.metrics.metrics();
    expect(metrics).toContain('causeway_link_sent_entries_total{service="spec"} 1');
  });

  it('does not start without a bus, and says why', async () => {
    await expect(start(undefined)).rejects.toThrow('NATS_URL is not set');
  });
});
