import { Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { testNatsUrl } from '../../test/support/test-nats';
import { NoResponderError, RemoteError } from './bus-errors';
import { ControlClient } from './control-client';
import { ControlListener } from './control-listener';
import { ControlRefusal } from './control-server';
import { BusConnection } from './nats-connection';

/** For everything that no test is about: a process may be away for some seconds. */
const WITHIN_MS = 20_000;

let bus: BusConnection;
let asking: BusConnection;
let client: ControlClient;
let listener: ControlListener;
let subject: string;

beforeAll(async () => {
  Logger.overrideLogger(false);
  bus = await BusConnection.connect({ url: testNatsUrl(), name: 'answers' });
  asking = await BusConnection.connect({ url: testNatsUrl(), name: 'asks' });
  client = new ControlClient(asking);
  listener = new ControlListener(bus);
});

afterAll(async () => {
  await bus.drain();
  await asking.drain();
});

beforeEach(() => {
  subject = `test.${randomUUID()}`;
});

const anything = { deadlineMs: WITHIN_MS, parse: (answer: unknown) => answer };
const ask = (data: unknown): Promise<unknown> => client.ask(subject, data, anything);

describe('ControlListener', () => {
  it('answers where it listens, and nowhere before or after', async () => {
    await expect(ask(1)).rejects.toThrow(NoResponderError);
    const listening = listener.listen(subject, (data) => Promise.resolve({ heard: data }));
    await bus.roundTrip(WITHIN_MS);
    expect(await ask({ ledgerId: 'alice' })).toEqual({ heard: { ledgerId: 'alice' } });
    await listening.stop();
    await bus.roundTrip(WITHIN_MS);
    await expect(ask(1)).rejects.toThrow(NoResponderError);
  });

  it('listens again on a subject that it gave up', async () => {
    for (const round of [1, 2, 3]) {
      const listening = listener.listen(subject, () => Promise.resolve(round));
      await bus.roundTrip(WITHIN_MS);
      expect(await ask(null)).toBe(round);
      await listening.stop();
    }
  });

  it('shares the questions with all who listen in the same queue', async () => {
    const heard = [0, 0, 0];
    const listening = heard.map((_, index) =>
      listener.listen(
        subject,
        () => {
          heard[index] = (heard[index] ?? 0) + 1;
          return Promise.resolve(index);
        },
        'one-of-us',
      ),
    );
    await bus.roundTrip(WITHIN_MS);
    await Promise.all(Array.from({ length: 30 }, () => ask(null)));
    await bus.roundTrip(WITHIN_MS);
    expect(heard.reduce((sum, count) => sum + count)).toBe(30);
    await Promise.all(listening.map((one) => one.stop()));
  });

  it('answers everything it has heard before it has stopped', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const listening = listener.listen(subject, async (data) => {
      await held;
      return data;
    });
    await bus.roundTrip(WITHIN_MS);
    const answers = Promise.all([ask(1), ask(2)]);
    await asking.roundTrip(WITHIN_MS);
    await bus.roundTrip(WITHIN_MS);
    let stopped = false;
    const stopping = listening.stop().then(() => (stopped = true));
    await bus.roundTrip(WITHIN_MS);
    expect(stopped).toBe(false);
    release();
    await stopping;
    expect(await answers).toEqual([1, 2]);
  });

  it('refuses with the code of a refusal, and without the text of an inner error', async () => {
    const listening = listener.listen(subject, (data) =>
      Promise.reject(
        data === 1 ? new ControlRefusal('not-owner', 'ask again') : new Error('secret'),
      ),
    );
    await bus.roundTrip(WITHIN_MS);
    await expect(ask(1)).rejects.toEqual(new RemoteError(subject, 'not-owner', 'ask again'));
    const failure = await ask(2).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'RemoteError', code: 'internal' });
    expect(String(failure)).not.toContain('secret');
    await listening.stop();
  });

  it('survives what is no question, and answers that JSON cannot hold', async () => {
    const listening = listener.listen(subject, () => Promise.resolve(1n));
    await bus.roundTrip(WITHIN_MS);
    const raw = await asking.nats.request(subject, 'nonsense', { timeout: WITHIN_MS });
    expect(raw.json()).toMatchObject({ err: { code: 'unreadable' } });
    await expect(ask(1)).rejects.toMatchObject({ name: 'RemoteError', code: 'internal' });
    await listening.stop();
    await listening.stop();
  });
});
