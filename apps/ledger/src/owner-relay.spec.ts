import { partitionOf, subjectsOf } from '#contracts';
import {
  ControlRefusal,
  DeadlineExceededError,
  NoResponderError,
  RemoteError,
  type ControlClient,
} from '#messaging';
import { NotOwnerRefusal, OwnerRelay } from './owner-relay';

const subjects = subjectsOf('relay');
const subject = subjects.ledgerOwner(partitionOf('alice', 64));

interface Scene {
  readonly relay: OwnerRelay;
  readonly ask: (ledgerId: string, asked: string) => Promise<string>;
  readonly answered: string[];
  readonly sent: { readonly subject: string; readonly data: unknown }[];
  readonly heard: Map<string, (data: unknown) => Promise<unknown>>;
  owns: boolean;
}

/** Each attempt over the bus meets the next of `replies`; the last one for ever. */
function scene(replies: readonly (() => unknown)[] = [], withinMs = 30_000): Scene {
  const sent: Scene['sent'] = [];
  const heard: Scene['heard'] = new Map();
  const answered: string[] = [];
  const made = { owns: false, sent, heard, answered };
  const control: Pick<ControlClient, 'ask'> = {
    ask: (to, data, { parse }) => {
      sent.push({ subject: to, data });
      const reply = replies[Math.min(sent.length, replies.length) - 1];
      return Promise.resolve().then(() => parse(reply?.()));
    },
  };
  const relay = new OwnerRelay({
    control,
    listener: {
      listen: (to, handler) => {
        heard.set(to, handler);
        return {
          stop: () => {
            heard.delete(to);
            return Promise.resolve();
          },
        };
      },
    },
    subjects,
    partitions: 64,
    owns: () => made.owns,
    withinMs,
  });
  const ask = relay.register({
    name: 'ledger.spell',
    answer: (word: string) => {
      if (!made.owns) return Promise.reject(new NotOwnerRefusal('alice'));
      answered.push(word);
      return Promise.resolve(word.toUpperCase());
    },
    readQuestion: String,
    readAnswer: (data) => {
      if (typeof data !== 'string') throw new TypeError('no text');
      return data;
    },
  });
  return Object.assign(made, { relay, ask });
}

const fails = (error: Error) => () => {
  throw error;
};

describe('OwnerRelay', () => {
  test('answers here what is ours, without the bus', async () => {
    const one = scene();
    one.owns = true;
    expect(await one.ask('alice', 'word')).toBe('WORD');
    expect(one.sent).toEqual([]);
  });

  test('asks the owner of the ledger’s partition for everything else', async () => {
    const one = scene([() => 'THEIRS']);
    expect(await one.ask('alice', 'word')).toBe('THEIRS');
    expect(one.sent).toEqual([{ subject, data: { question: 'ledger.spell', asked: 'word' } }]);
    expect(one.answered).toEqual([]);
  });

  test('looks for the new owner while the partition changes hands', async () => {
    const moving = fails(new RemoteError(subject, 'not-owner', 'gone'));
    const one = scene([fails(new NoResponderError(subject)), moving, () => 'FOUND']);
    expect(await one.ask('alice', 'word')).toBe('FOUND');
    expect(one.sent).toHaveLength(3);
  });

  test('answers itself when the partition comes here meanwhile', async () => {
    const one = scene([fails(new NoResponderError(subject))]);
    const asked = one.ask('alice', 'word');
    one.owns = true;
    expect(await asked).toBe('WORD');
  });

  test('gives up as unavailable when no owner appears in time', async () => {
    const one = scene([fails(new NoResponderError(subject))], 120);
    await expect(one.ask('alice', 'word')).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('asks once only when nobody knows what became of the question', async () => {
    const one = scene([fails(new DeadlineExceededError(subject, 10))]);
    await expect(one.ask('alice', 'word')).rejects.toMatchObject({ code: 'no-answer' });
    expect(one.sent).toHaveLength(1);
  });

  test('passes on what the owner refuses', async () => {
    const one = scene([fails(new RemoteError(subject, 'invalid', 'no such word'))]);
    const failure = await one.ask('alice', 'word').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ControlRefusal);
    expect(failure).toMatchObject({ code: 'invalid', message: 'no such word' });
  });

  test('hears the questions of others on its partitions, for as long as they are its own', async () => {
    const one = scene();
    const partition = partitionOf('alice', 64);
    one.owns = true;
    one.relay.listen([partition]);
    one.relay.listen([partition]);
    const handler = one.heard.get(subject);
    expect(await handler?.({ question: 'ledger.spell', asked: 'word' })).toBe('WORD');
    expect(() => handler?.({ question: 'ledger.sing', asked: 'word' })).toThrow(ControlRefusal);
    expect(() => handler?.('word')).toThrow(ControlRefusal);
    await one.relay.stop([partition, 63]);
    expect(one.heard.size).toBe(0);
  });

  test('knows each question once', () => {
    const { relay } = scene();
    const again = { name: 'ledger.spell', answer: () => Promise.resolve(1) };
    expect(() => relay.register({ ...again, readQuestion: String, readAnswer: Number })).toThrow(
      /exists already/,
    );
  });
});
