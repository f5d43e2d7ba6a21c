import type { DynamicModule, INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  RpcException,
  ServerNats,
  type AsyncMicroserviceOptions,
  type NatsContext,
} from '@nestjs/microservices';
import type { ApplicationOptions, CreateApplication } from '#platform';
import { Events, type Msg, type MsgHdrs, type NatsConnection, type Subscription } from 'nats';
import { reasonOf } from './bus-errors';
import { BusConnection } from './nats-connection';

export interface ControlServerOptions {
  /** Name of the service: of all its instances one answers a question. Announcements reach all. */
  readonly queue: string;
  /** The subject of a pattern; `@MessagePattern` is fixed when the class is, the scope is not. */
  readonly subjectOf: (pattern: string) => string;
  /** How long handlers may finish what they are at when the server closes. */
  readonly finishWithinMs?: number;
}

/** What a handler throws to refuse; `ask` raises it as `RemoteError` with the same code. */
export class ControlRefusal extends RpcException {
  constructor(
    readonly code: string,
    reason: string,
  ) {
    super({ status: 'error', code, message: reason });
  }
}

/** The trace context that came with a question or an announcement. */
export function traceparentOf(context: NatsContext): string | undefined {
  const carried: unknown = context.getHeaders();
  return isHeaders(carried) && carried.has('traceparent') ? carried.get('traceparent') : undefined;
}

const FINISH_WITHIN_MS = 5_000;

/**
 * Nest's NATS transport on the process's one connection. Three things it does differently: an
 * `@EventPattern` is heard by every instance, not by one of the queue group; closing waits for the
 * handlers at work instead of a fixed time; and a message that is no JSON, or an answer that JSON
 * cannot hold, is reported instead of ending the process as an unhandled rejection.
 */
export class ControlServer extends ServerNats {
  private readonly heard: Subscription[] = [];
  private readonly atWork = new Set<Msg>();
  private idle: (() => void) | undefined;

  constructor(
    private readonly bus: BusConnection,
    private readonly control: ControlServerOptions,
  ) {
    super({ queue: control.queue });
  }

  override createNatsClient(): Promise<NatsConnection> {
    return Promise.resolve(this.bus.nats);
  }

  override bindEvents(nats: NatsConnection): void {
    for (const [pattern, handler] of this.messageHandlers) {
      const queue = handler.isEventHandler === true ? undefined : this.control.queue;
      const subscription = nats.subscribe(this.control.subjectOf(pattern), {
        ...(queue === undefined ? {} : { queue }),
        callback: (error, message) => {
          if (error === null) void this.handle(pattern, message);
          else this.logger.error(`${pattern} cannot be heard: ${error.message}`);
        },
      });
      this.heard.push(subscription);
    }
  }

  /** Hears nothing new, answers what is at hand; the connection is not ours to close. */
  override async close(): Promise<void> {
    const subscriptions = this.heard.splice(0);
    if (this.bus.connected) await Promise.all(subscriptions.map((heard) => heard.drain()));
    await this.finished(this.control.finishWithinMs ?? FINISH_WITHIN_MS);
    if (this.bus.connected) await this.bus.nats.flush();
    this.statusEventEmitter.removeAllListeners();
  }

  override getPublisher(message: Msg, id: string): (packet: object) => void {
    this.atWork.add(message);
    return (packet) => {
      this.answer(message, { ...packet, id });
      if ('isDisposed' in packet) this.leaveWork(message);
    };
  }

  /** The connection's own status is reported once per process, not once per transport. */
  override async handleStatusUpdates(nats: NatsConnection): Promise<void> {
    for await (const status of nats.status()) {
      if (status.type === Events.Reconnect) this.statusEventEmitter.emit('reconnect');
    }
  }

  private async handle(pattern: string, message: Msg): Promise<void> {
    try {
      await this.handleMessage(pattern, message);
    } catch (error) {
      this.logger.error(`${pattern}: a message could not be handled: ${reasonOf(error)}`);
      this.answer(message, refusal('unreadable', 'the question cannot be read'));
      this.leaveWork(message);
    }
  }

  private answer(message: Msg, packet: object): void {
    try {
      message.respond(JSON.stringify(packet));
    } catch (error) {
      this.logger.error(`an answer could not be sent: ${reasonOf(error)}`);
      if (this.bus.connected) message.respond(JSON.stringify(refusal('internal', 'no answer')));
    }
  }

  private leaveWork(message: Msg): void {
    this.atWork.delete(message);
    if (this.atWork.size === 0) this.idle?.();
  }

  private finished(withinMs: number): Promise<void> {
    if (this.atWork.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.idle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/**
 * For `runService`: an application whose `@MessagePattern` and `@EventPattern` handlers answer on
 * the bus. Its module must import `MessagingModule`.
 */
export function withControlPlane(
  optionsOf: (scope: string) => ControlServerOptions,
): CreateApplication {
  return async (root, options, { configuration }) => {
    const control = optionsOf(configuration.connector.slug);
    return createControlApplication(root, options, control);
  };
}

async function createControlApplication(
  root: DynamicModule,
  options: ApplicationOptions,
  control: ControlServerOptions,
): Promise<INestApplicationContext> {
  const settings: ApplicationOptions & AsyncMicroserviceOptions = {
    ...options,
    inject: [BusConnection],
    useFactory: (bus: BusConnection) => ({ strategy: new ControlServer(bus, control) }),
  };
  const app = await NestFactory.createMicroservice<AsyncMicroserviceOptions>(root, settings);
  await app.listen();
  return app;
}

function refusal(code: string, message: string): object {
  return { err: { status: 'error', code, message }, isDisposed: true };
}

function isHeaders(value: unknown): value is MsgHdrs {
  return typeof value === 'object' && value !== null && 'has' in value && 'get' in value;
}
