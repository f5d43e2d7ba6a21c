import type { PeerBroadcast, PeerBroadcastReply } from '#contracts';
import { BroadcastLanes } from './broadcast-lanes';

const broadcast = (peerId: string, contentType = 2): PeerBroadcast => ({
  ledgerId: peerId,
  peerId,
  carriage: 'custom',
  contentType,
  data: Buffer.from('{}'),
});
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Question {
  readonly asked: PeerBroadcast;
  readonly withinMs: number;
  readonly answer: (reply: PeerBroadcastReply) => void;
  readonly fail: (error: Error) => void;
}

let nowMs: number;
let questions: Question[];
let lanes: BroadcastLanes;

beforeEach(() => {
  nowMs = 1_000;
  questions = [];
  lanes = new BroadcastLanes({
    withinMs: 500,
    clock: () => nowMs,
    askRouter: (asked, withinMs) =>
      new Promise((answer, fail) => {
        questions.push({ asked, withinMs, answer, fail });
      }),
  });
});

test('of one peer one is worked on at a time, in order; others do not wait for it', async () => {
  const verdicts = [1, 2, 3].map((contentType) => lanes.carry(broadcast('alice', contentType)));
  void lanes.carry(broadcast('bob'));
  await settle();
  expect(questions.map(({ asked }) => asked.peerId)).toEqual(['alice', 'bob']);
  questions[0]?.answer({ outcome: 'refused', code: 'F00', message: 'no' });
  await settle();
  expect(questions.map(({ asked }) => asked.contentType)).toEqual([1, 2, 2]);
  questions[2]?.fail(new Error('nobody'));
  await settle();
  questions[3]?.answer({ outcome: 'accepted' });
  expect(await Promise.all(verdicts)).toMatchObject([
    { outcome: 'refused', code: 'F00' },
    { outcome: 'unavailable', error: { message: 'nobody' } },
    { outcome: 'accepted' },
  ]);
});

test('more than a few are turned away at once, until there is room', async () => {
  const carried = Array.from({ length: 5 }, () => lanes.carry(broadcast('alice')));
  expect(await lanes.carry(broadcast('alice'))).toEqual({ outcome: 'busy' });
  for (let n = 0; n < 5; n += 1) {
    await settle();
    questions[n]?.answer({ outcome: 'accepted' });
  }
  expect(await Promise.all(carried)).toHaveLength(5);
  void lanes.carry(broadcast('alice'));
  await settle();
  expect(questions).toHaveLength(6);
});

test('waiting counts: nobody is asked when the peer waits no longer', async () => {
  void lanes.carry(broadcast('alice'));
  const [second, third] = [lanes.carry(broadcast('alice')), lanes.carry(broadcast('alice'))];
  await settle();
  nowMs += 400;
  questions[0]?.answer({ outcome: 'accepted' });
  await settle();
  expect(questions[1]?.withinMs).toBe(100);
  nowMs += 100;
  questions[1]?.answer({ outcome: 'accepted' });
  expect(await second).toEqual({ outcome: 'accepted' });
  expect(await third).toEqual({ outcome: 'unavailable' });
  expect(questions).toHaveLength(2);
});
