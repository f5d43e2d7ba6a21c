import { HeldPrepares } from './held-prepares';

const LIMITS = { bytes: 10, timeMs: 100 };
const entry = (text: string): Buffer => Buffer.from(text);
const texts = (entries: readonly Buffer[]): string[] => entries.map((each) => each.toString());

test('what is held is handed out once, in its order', () => {
  const held = new HeldPrepares(LIMITS);
  held.hold(entry('one'), 0);
  held.hold(entry('two'), 1);
  expect(held.size).toBe(2);
  expect(texts(held.takeAll(2))).toEqual(['one', 'two']);
  expect(held.takeAll(2)).toEqual([]);
});

test('what has waited longer than the limit is forgotten and counted', () => {
  const held = new HeldPrepares(LIMITS);
  held.hold(entry('old'), 0);
  held.hold(entry('new'), 1);
  expect(texts(held.takeAll(101))).toEqual(['new']);
  expect(held.forgotten).toBe(1);
});

test('what there is no room for is forgotten and counted', () => {
  const held = new HeldPrepares(LIMITS);
  held.hold(entry('0123456'), 0);
  held.hold(entry('0123'), 0);
  held.hold(entry('012'), 0);
  expect(texts(held.takeAll(0))).toEqual(['0123456', '012']);
  expect(held.forgotten).toBe(1);
});

test('what is too old makes room, and so does what was handed out', () => {
  const held = new HeldPrepares(LIMITS);
  held.hold(entry('0123456789'), 0);
  held.hold(entry('abcdefghij'), 101);
  expect(texts(held.takeAll(101))).toEqual(['abcdefghij']);
  held.hold(entry('klmnopqrst'), 101);
  expect(texts(held.takeAll(101))).toEqual(['klmnopqrst']);
});

test('the message that an entry was a slice of may change afterwards', () => {
  const held = new HeldPrepares(LIMITS);
  const message = Buffer.from('entry');
  held.hold(message.subarray(0, 5), 0);
  message.fill(0);
  expect(texts(held.takeAll(0))).toEqual(['entry']);
});
