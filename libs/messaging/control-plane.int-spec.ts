import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Controller, Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  Ctx,
  EventPattern,
  MessagePattern,
  NatsContext,
  Payload,
  type AsyncMicroserviceOptions,
} from '@nestjs/microservices';
import type { ApplicationOptions } from '#platform';
import { eventually } from '../../test/support/processes';
import { testNatsUrl } from '../../test/support/test-nats';
import {
  BusClosedError,
  DeadlineExceededError,
  NoResponderError,
  RemoteError,
  UnreadableReplyError,
} from './bus-errors';
import { ControlClient } from './control-client';
import { ControlRefusal, ControlServer, traceparentOf } from './control-server';
import { BusConnection } from './nats-connection';

/** For everything that no test is about: a process may be away for some seconds. */
const WITHIN_MS = 20_000;

/** What the handlers of one instance saw. */
class Seen {
  readonly questions: unknown[] = [];
  readonly news: unknown[] = [];
  slow: Promise<void> = Promise.resolve();
}

@Controller()
class Answers {
  constructor(private readonly seen: Seen) {}

  @MessagePattern('echo')
  echo(@Payload() data: unknown, @Ctx() context: NatsContext) {
    this.seen.questions.push(data);
    return { data, traceparent: traceparentOf(context) ?? null };
  }

  @MessagePattern('nothing')
  nothing(): void {
    this.seen.questions.push('nothing');
  }

  @MessagePattern('refuse')
  refuse(): never {
    throw new ControlRefusal('LedgerUnknown', 'there is no ledger carol');
  }

  @MessagePattern('break')
  break(): never {
    throw new Error('a secret of the inside');
  }

  @MessagePattern('unspeakable')
  unspeakable() {
    return { amount: 1n };
  }

  @MessagePattern('slow')
  async slow() {
    await this.seen.slow;
    return 'done';
  }

  @EventPattern('news')
  news(@Payload() data: unknown): void {
    this.seen.news.push(data);
  }
}

@Module({})
class AnswersModule {
  static of(bus: BusConnection, seen: Seen): DynamicModule {
    return {
      module: AnswersModule,
      controllers: [Answers],
      providers: [
        { provide: BusConnection, useValue: bus },
        { provide: Seen, useValue: seen },
      ],
    };
  }
}

let bus: BusConnection;
let asking: BusConnection;
let client: ControlClient;
let scope: string;
let running: { close(): Promise<void> }[];

const subjectOf = (pattern: string): string => `test.${scope}.${pattern}`;
const anything = { deadlineMs: WITHIN_MS, parse: (answer: unknown) => answer };

async function serve(finishWithinMs = WITHIN_MS): Promise<Seen> {
  const seen = new Seen();
  const settings: AsyncMicroserviceOptions & ApplicationOptions = {
    logger: false,
    inject: [BusConnection],
    useFactory: (connection: BusConnection) => ({
      strategy: new ControlServer(connection, { queue: 'answers', subjectOf, finishWithinMs }),
    }),
  };
  const app = await NestFactory.createMicroservice<AsyncMicroserviceOptions>(
    AnswersModule.of(bus, seen),
    settings,
  );
  await app.listen();
  await bus.roundTrip(WITHIN_MS);
  running.push(app);
  return seen;
}

beforeAll(async () => {
  bus = await BusConnection.connect({ url: testNatsUrl(), name: 'answers' });
  asking = await BusConnection.connect({ url: testNatsUrl(), name: 'asks' });
  client = new ControlClient(asking);
});

afterAll(async () => {
  await bus.drain();
  await asking.drain();
});

beforeEach(() => {
  scope = randomUUID();
  running = [];
});

afterEach(async () => {
  for (const app of running) await app.close();
});

describe('the control plane', () => {
  it('brings a question to a handler and its answer back', async () => {
    const seen = await serve();
    const question = { ledgerId: 'alice', amounts: ['1', '2'] };
    const answer = await client.ask(subjectOf('echo'), question, anything);
    expect(answer).toEqual({ data: question, traceparent: null });
    expect(seen.questions).toEqual([question]);
  });

  it('carries the trace context', async () => {
    await serve();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const answer = await client.ask(subjectOf('echo'), 1, { ...anything, traceparent });
    expect(answer).toEqual({ data: 1, traceparent });
  });

  it('gives undefined for the answer of a handler that returns nothing', async () => {
    await serve();
    expect(await client.ask(subjectOf('nothing'), {}, anything)).toBeUndefined();
  });

  it('answers each question once, by any instance; news reach all instances', async () => {
    const seen = [await serve(), await serve(), await serve()];
    for (let index = 0; index < 100; index += 1) {
      await client.ask(subjectOf('echo'), index, anything);
    }
    client.announce(subjectOf('news'), { ledger: 'alice' });
    const all = () => seen.every(({ news }) => news.length > 0);
    await eventually('the news reached all', all);
    const counts = seen.map(({ questions }) => questions.length);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(100);
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(seen.map(({ news }) => news)).toEqual(Array(3).fill([{ ledger: 'alice' }]));
  });

  it('says at once that there is nobody to answer', async () => {
    const started = Date.now();
    const failure = await client
      .ask(subjectOf('nobody'), {}, { ...anything, deadlineMs: 50_000 })
      .catch((error: unknown) => error);
    expect(failure).toEqual(new NoResponderError(subjectOf('nobody')));
    expect(Date.now() - started).toBeLessThan(WITHIN_MS);
  });

  it('gives up at the deadline', async () => {
    const seen = await serve();
    let release = (): void => undefined;
    seen.slow = new Promise((resolve) => (release = resolve));
    const failure = await client
      .ask(subjectOf('slow'), {}, { ...anything, deadlineMs: 100 })
      .catch((error: unknown) => error);
    expect(failure).toEqual(new DeadlineExceededError(subjectOf('slow'), 100));
    release();
  });

  it('raises a refusal with its code, and an inner error without its text', async () => {
    await serve();
    const refused = await client.ask(subjectOf('refuse'), {}, anything).catch((e: unknown) => e);
    expect(refused).toEqual(
      new RemoteError(subjectOf('refuse'), 'LedgerUnknown', 'there is no ledger carol'),
    );
    const broken = await client.ask(subjectOf('break'), {}, anything).catch((e: unknown) => e);
    expect(broken).toMatchObject({ name: 'RemoteError', code: 'internal' });
    expect(String(broken)).not.toContain('secret');
  });

  it('raises an answer that the contract does not know', async () => {
    await serve();
    const parse = (): never => {
      throw new Error('no ledgers in it');
    };
    const failure = await client
      .ask(subjectOf('echo'), {}, { ...anything, parse })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UnreadableReplyError);
    expect(failure).toMatchObject({ cause: { message: 'no ledgers in it' } });
  });

  it('survives messages that are no JSON, and answers that JSON cannot hold', async () => {
    await serve();
    asking.nats.publish(subjectOf('echo'), '{ not json');
    asking.nats.publish(subjectOf('echo'), new Uint8Array([0xff, 0x00]));
    const raw = await asking.nats.request(subjectOf('echo'), 'nonsense', { timeout: WITHIN_MS });
    expect(raw.json()).toMatchObject({ err: { code: 'unreadable' } });
    const unspeakable = client.ask(subjectOf('unspeakable'), {}, anything);
    await expect(unspeakable).rejects.toMatchObject({ name: 'RemoteError', code: 'internal' });
    expect(await client.ask(subjectOf('echo'), 1, anything)).toMatchObject({ data: 1 });
  });

  it('finishes what it was asked before it closes, and hears nothing after', async () => {
    const seen = await serve();
    let release = (): void => undefined;
    seen.slow = new Promise((resolve) => {
      release = resolve;
    });
    const answer = client.ask(subjectOf('slow'), {}, anything);
    await asking.roundTrip(WITHIN_MS);
    await bus.roundTrip(WITHIN_MS);
    const closing = running.pop()?.close();
    const asked = (): Promise<unknown> =>
      client.ask(subjectOf('echo'), {}, anything).catch((error: unknown) => error);
    // Its subscriptions end one after the other.
    const deadline = Date.now() + WITHIN_MS / 2;
    while (!((await asked()) instanceof NoResponderError) && Date.now() < deadline) await delay(10);
    expect(await asked()).toBeInstanceOf(NoResponderError);
    release();
    await closing;
    expect(await answer).toBe('done');
  });

  it('does not wait for ever for a handler that hangs', async () => {
    const seen = await serve(100);
    seen.slow = new Promise(() => undefined);
    const answer = client.ask(subjectOf('slow'), {}, { ...anything, deadlineMs: 300 });
    const failed = expect(answer).rejects.toThrow(DeadlineExceededError);
    await asking.roundTrip(WITHIN_MS);
    await bus.roundTrip(WITHIN_MS);
    const started = Date.now();
    await running.pop()?.close();
    expect(Date.now() - started).toBeLessThan(WITHIN_MS);
    await failed;
  });

  it('asks and announces nothing after the connection is gone', async () => {
    const own = await BusConnection.connect({ url: testNatsUrl(), name: 'short-lived' });
    const late = new ControlClient(own);
    await own.drain();
    await expect(late.ask(subjectOf('echo'), {}, anything)).rejects.toThrow(BusClosedError);
    expect(() => {
      late.announce(subjectOf('news'), {});
    }).not.toThrow();
  });
});
