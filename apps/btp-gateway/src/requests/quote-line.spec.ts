import { decodePeerQuoteQuestion, encodePeerQuoteAnswer } from '#contracts';
import { QuoteLine } from './quote-line';

const WITHIN_MS = 5_000;
const REPEAT_MS = 1_000;

class OneLink {
  readonly sent: { subject: string; reference: number; packet: string }[] = [];
  private hear: (entry: Buffer) => void = () => undefined;

  send(subject: string, entry: Buffer): void {
    const { replyTo, packet } = decodePeerQuoteQuestion(entry);
    expect(replyTo.gatewayId).toBe('g1');
    this.sent.push({ subject, reference: replyTo.reference, packet: packet.toString() });
  }

  listen(subject: string, _options: object, handler: (entry: Buffer) => void) {
    expect(subject).toBe('answers');
    this.hear = handler;
    return { stop: () => Promise.resolve() };
  }

  answer(index: number, packet: string): void {
    const { reference = 0 } = this.sent[index] ?? {};
    this.hear(encodePeerQuoteAnswer({ reference, packet: Buffer.from(packet) }));
  }
}

let link: OneLink;
let line: QuoteLine;
let nowMs: number;

beforeEach(() => {
  nowMs = 1_000_000;
  link = new OneLink();
  line = new QuoteLine({
    gatewayId: 'g1',
    link,
    subjects: { questions: 'questions', answers: 'answers' },
    withinMs: WITHIN_MS,
    repeatMs: REPEAT_MS,
    clock: () => nowMs,
  });
  line.listen();
});

const ask = async (packet: string): Promise<string> =>
  (await line.ask('alice', Buffer.from(packet))).toString();

const pass = (ms: number): void => {
  nowMs += ms;
  line.sweep(nowMs);
};

it('brings each answer to its question, in whatever order they come', async () => {
  const [one, other] = [ask('one'), ask('other')];
  link.answer(1, 'OTHER');
  link.answer(0, 'ONE');
  expect(await Promise.all([one, other])).toEqual(['ONE', 'OTHER']);
  expect(link.sent.map(({ subject }) => subject)).toEqual(['questions', 'questions']);
});

it('asks again what nobody answered, under the same number, until it is late', async () => {
  const lost = ask('lost');
  const refused = expect(lost).rejects.toThrow('no quoter has answered within 5000 ms');
  pass(REPEAT_MS - 1);
  expect(link.sent).toHaveLength(1);
  pass(1);
  pass(REPEAT_MS);
  expect(link.sent).toHaveLength(3);
  expect(new Set(link.sent.map(({ reference }) => reference)).size).toBe(1);
  pass(WITHIN_MS);
  await refused;
  pass(REPEAT_MS);
  expect(link.sent).toHaveLength(3);
});

it('takes the first of two answers, and none to what nobody asks any more', async () => {
  const asked = ask('one');
  pass(REPEAT_MS);
  link.answer(0, 'FIRST');
  link.answer(1, 'SECOND');
  expect(await asked).toBe('FIRST');
});
