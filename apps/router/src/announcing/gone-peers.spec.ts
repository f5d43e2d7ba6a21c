import { Logger } from '@nestjs/common';
import { GonePeers } from './gone-peers';

const kept = (peerId: string) => ({ peerId, heartbeat: 1, parts: new Map<string, number>() });

let nowMs: number;
let dropped: string[];
/** What the list says, and what it says when it is asked the next time. */
let known: Set<string> | undefined;
let asked: Set<string> | undefined;
let gone: GonePeers;

beforeAll(() => {
  Logger.overrideLogger(false);
});

beforeEach(() => {
  nowMs = 1_000_000;
  dropped = [];
  known = new Set(['alice']);
  asked = known;
  gone = new GonePeers({
    clock: () => nowMs,
    peers: {
      has: (peerId) => known?.has(peerId),
      ask: () => {
        known = asked ?? known;
        return Promise.resolve(asked !== undefined);
      },
    },
    routes: {
      kept: () => ['alice', 'bob'].map(kept),
      drop: ({ peerId }) => {
        dropped.push(peerId);
        return Promise.resolve(true);
      },
    },
  });
});

test('what is kept of a peer that is gone is taken away, and looked for again after a while', async () => {
  await gone.sweep();
  await gone.sweep();
  expect(dropped).toEqual(['bob']);
  nowMs += 10_000;
  await gone.sweep();
  expect(dropped).toEqual(['bob', 'bob']);
  nowMs -= 3_600_000;
  await gone.sweep();
  expect(dropped).toHaveLength(3);
});

test('one that was added again meanwhile keeps it', async () => {
  asked = new Set(['alice', 'bob']);
  await gone.sweep();
  expect(dropped).toEqual([]);
});

test.each([
  ['who there is was never told', () => (known = undefined)],
  ['nobody says who there is now', () => (asked = undefined)],
])('nothing is taken away while %s', async (_, prepare) => {
  prepare();
  await gone.sweep();
  expect(dropped).toEqual([]);
});
