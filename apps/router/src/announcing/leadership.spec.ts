import { Logger } from '@nestjs/common';
import { Leadership } from './leadership';

let nowMs: number;
let isOurs: boolean;
let isBroken: boolean;
let opened: number;
let lose: () => void;
let leadership: Leadership;

beforeAll(() => {
  Logger.overrideLogger(false);
});

beforeEach(() => {
  nowMs = 1_000_000;
  isOurs = true;
  isBroken = false;
  opened = 0;
  leadership = new Leadership({
    clock: () => nowMs,
    openLock: (onLost) => {
      opened += 1;
      lose = onLost;
      if (isBroken) return Promise.reject(new Error('no database'));
      const hold = () => (isBroken ? Promise.reject(new Error('gone')) : Promise.resolve(isOurs));
      return Promise.resolve({ hold, release: () => undefined });
    },
  });
});

test('whoever holds the lock leads, and no longer than a few seconds without asking again', async () => {
  expect(leadership.isHeld).toBe(false);
  await leadership.renew();
  expect(leadership.isHeld).toBe(true);
  nowMs += 4_999;
  expect(leadership.isHeld).toBe(true);
  nowMs += 1;
  expect(leadership.isHeld).toBe(false);
  await leadership.renew();
  expect([leadership.isHeld, opened]).toEqual([true, 1]);
});

test('a clock that was set back makes nobody lead for longer', async () => {
  await leadership.renew();
  nowMs -= 3_600_000;
  expect(leadership.isHeld).toBe(false);
  await leadership.renew();
  expect(leadership.isHeld).toBe(true);
});

test.each([
  ['somebody else has the lock', () => (isOurs = false)],
  ['the database does not answer', () => (isBroken = true)],
])('nobody leads here while %s', async (_, happen) => {
  await leadership.renew();
  happen();
  await leadership.renew();
  expect(leadership.isHeld).toBe(false);
});

test('whoever hears that the lock is lost, or resigns, leads no longer', async () => {
  await leadership.renew();
  lose();
  expect(leadership.isHeld).toBe(false);
  await leadership.renew();
  leadership.resign();
  expect(leadership.isHeld).toBe(false);
});

test('a database that was not there at first is asked again', async () => {
  isBroken = true;
  await leadership.renew();
  isBroken = false;
  await leadership.renew();
  expect([leadership.isHeld, opened]).toEqual([true, 2]);
});
