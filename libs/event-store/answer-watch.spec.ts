import { AnswerWatch } from './answer-watch';

test('a server that owes nothing is never silent', () => {
  expect(new AnswerWatch().silentForMs(performance.now() + 1e6)).toBe(0);
});

test('silence counts from the last answer, or from the first question after rest', async () => {
  const watch = new AnswerWatch();
  let answer: (() => void) | undefined;
  const beforeMs = performance.now();
  const slow = watch.follow(new Promise<void>((resolve) => (answer = resolve)));
  const askedAt = performance.now();
  expect(watch.isWaiting).toBe(true);
  const silentMs = watch.silentForMs(askedAt + 5_000);
  expect(silentMs).toBeGreaterThan(4_999);
  expect(silentMs).toBeLessThan(5_001 + askedAt - beforeMs);

  await new Promise((resolve) => setTimeout(resolve, 60));
  await watch.follow(Promise.resolve());
  expect(watch.silentForMs(askedAt + 5_000)).toBeLessThan(4_960);

  answer?.();
  await slow;
  expect(watch.isWaiting).toBe(false);
  expect(watch.silentForMs(askedAt + 5_000)).toBe(0);
});

test('a refused question is an answer too', async () => {
  const watch = new AnswerWatch();
  await expect(watch.follow(Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(watch.isWaiting).toBe(false);
});
