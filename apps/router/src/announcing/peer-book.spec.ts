import { Logger } from '@nestjs/common';
import type { PeerSettings } from '#platform';
import { PeerBook } from './peer-book';

let nowMs: number;
let documents: unknown[];
let isSilent: boolean;
let questions: number;
let book: PeerBook;

beforeAll(() => {
  Logger.overrideLogger(false);
});

beforeEach(() => {
  nowMs = 1_000_000;
  documents = [];
  isSilent = false;
  questions = 0;
  const configured = { id: 'alice', dialect: 'v17' } as PeerSettings;
  book = new PeerBook([configured], {
    clock: () => nowMs,
    subjects: { peersList: 'peers' },
    control: {
      ask: (_subject, _question, { parse }) => {
        questions += 1;
        if (isSilent) return Promise.reject(new Error('silence'));
        const listed = { revision: 1, addedBy: 'x', addedAtMs: 1 };
        const peers = documents.map((document) => ({ document, ...listed }));
        return Promise.resolve(parse({ version: 1, peers }));
      },
    },
  });
});

test('peers of the configuration are there, of others it is not known before somebody says so', async () => {
  expect([book.has('alice'), book.has('bob')]).toEqual([true, undefined]);
  isSilent = true;
  expect(await book.ask()).toBe(false);
  expect(book.has('bob')).toBeUndefined();
  isSilent = false;
  expect(await book.ask()).toBe(true);
  expect([book.has('alice'), book.has('bob')]).toEqual([true, false]);
});

test('a peer that was added is there, with what it reads, until it is removed', async () => {
  const currency = { currencyCode: 'USD', currencyScale: 9, maxBalance: '1000' };
  const ledger = { prefix: 'test.bob.', ...currency };
  const terms = { socket: 'server', token: 'a-token-of-bob', authority: 'admin', ledger };
  documents = [
    { id: 'bob', dialect: 'v21', ...terms },
    { id: 'carol', of: 'later versions' },
  ];
  await book.ask();
  expect(['alice', 'bob', 'carol'].map((id) => [book.has(id), book.dialectOf(id)])).toEqual([
    [true, 'v17'],
    [true, 'v21'],
    [true, 'auto'],
  ]);
  isSilent = true;
  await book.ask();
  expect(book.has('bob')).toBe(true);
  isSilent = false;
  documents = [];
  await book.ask();
  expect(book.has('bob')).toBe(false);
});

test('the list is asked for now and then, and soon when it has changed', async () => {
  await book.refresh();
  nowMs += 1_000;
  await book.refresh();
  expect(questions).toBe(1);
  book.hurry();
  await book.refresh();
  expect(questions).toBe(2);
  nowMs += 15_000;
  await book.refresh();
  expect(questions).toBe(3);
});

test('a change that was announced is asked for again while there is no answer', async () => {
  await book.refresh();
  nowMs += 1_000;
  book.hurry();
  isSilent = true;
  await book.refresh();
  nowMs += 1_000;
  isSilent = false;
  await book.refresh();
  expect(questions).toBe(3);
  nowMs += 1_000;
  await book.refresh();
  expect(questions).toBe(3);
});

test('the list is asked for though the clock was set back', async () => {
  await book.refresh();
  nowMs -= 3_600_000;
  await book.refresh();
  expect(questions).toBe(2);
});
